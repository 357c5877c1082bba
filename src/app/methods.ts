import type { AppKind } from "../domain/app.ts";
import { Failure } from "../domain/failure.ts";
import type { Limits } from "../domain/limits.ts";
import type { RefreshTiming } from "../domain/refresh-schedule.ts";
import type {
  AppMethod,
  ConnectMethod,
  DerivedMethod,
  Facts,
  OAuth1Method,
  OAuth2Method,
  Platform,
  Presentation,
  TokenRules,
} from "../platforms/platform.ts";

/**
 * The way in that a credential was made by. `oauth2.backup` is a second credential of the method `oauth2`: the part after
 * the dot is the owner's name for it. A derived credential was made by the login that it is got with.
 * @throws Failure `platform_cannot` for a way to connect that the platform does not have */
export function methodOf(platform: Platform, id: string | undefined): ConnectMethod {
  const method = id === undefined ? platform.methods[0] : methodIfAny(platform, id);
  if (method) return method;
  throw new Failure("platform_cannot", `${platform.name} has no credential "${id ?? ""}"`, {
    hint: `it has: ${platform.methods.map((candidate) => candidate.id).join(", ")}`,
  });
}

/** The same; undefined for one that this version does not know any more. */
export function methodIfAny(platform: Platform, id: string): ConnectMethod | undefined {
  return platform.methods.find((candidate) => candidate.id === baseOf(id) || derivedOf(candidate)?.id === baseOf(id));
}

/** Whether it takes a developer app. */
export function takesApp(method: ConnectMethod): method is AppMethod {
  return method.kind !== "key";
}

/** Which of the platform's apps it takes. */
export function appKindOf(method: AppMethod): AppKind {
  if (method.kind === "oauth1") return "oauth1";
  return method.ownApp ? method.id : "oauth2";
}

/** Without the owner's name for it. */
function baseOf(id: string): string | undefined {
  return id.split(".")[0];
}

function derivedOf(method: ConnectMethod): DerivedMethod | undefined {
  return method.kind === "oauth2" ? method.derived : undefined;
}

/** What credentials of this way in are called: `like` is what the owner called it, `oauth2.backup` say. */
export function credentialName(id: string, like: string | undefined): string {
  const dot = like?.indexOf(".") ?? -1;
  return like === undefined || dot < 0 ? id : `${id}${like.slice(dot)}`;
}

/** A pasted key lives until somebody deletes it at the platform. */
const keyRules: TokenRules = { defaultLifetime: null, renewal: "none", reuse: { kind: "idempotent" } };

/** The rules of a credential's tokens: those of the way in that it was made by, where that has its own. */
export function rulesOf(platform: Platform, id: string): TokenRules {
  const made = platform.methods.find((candidate) => derivedOf(candidate)?.id === baseOf(id));
  if (made) return derivedOf(made)?.tokens ?? platform.tokens;
  const method = platform.methods.find((candidate) => candidate.id === baseOf(id));
  if (method?.kind === "key" && !method.session) return method.tokens ?? keyRules;
  return (method && method.kind !== "oauth1" ? method.tokens : undefined) ?? platform.tokens;
}

/** What the platform takes of an account of which this is known. */
export function limitsOf(platform: Platform, facts: Facts): Limits {
  return platform.limitsFor?.(facts) ?? platform.limits;
}

/** How its tokens travel; absent: as their type says. */
export function presentationOf(platform: Platform, id: string): Presentation | undefined {
  for (const method of platform.methods) {
    const derived = derivedOf(method);
    if (derived && derived.id === baseOf(id)) return derived.presentation;
    if (method.kind === "key" && method.id === baseOf(id)) return method.presentation;
  }
  return undefined;
}

/** The same, for a platform or a way in that this version may not know any more. */
export function timingOf(platform: Platform | null, id: string): RefreshTiming {
  return platform ? rulesOf(platform, id) : {};
}

export function oauth2MethodOf(platform: Platform, id: string | undefined): OAuth2Method {
  const method = methodOf(platform, id);
  if (method.kind === "oauth2") return method;
  throw new TypeError(`${method.id} of ${platform.id} is no OAuth 2`);
}

export function oauth1MethodOf(platform: Platform, id: string | undefined): OAuth1Method {
  const method = methodOf(platform, id);
  if (method.kind === "oauth1") return method;
  throw new TypeError(`${method.id} of ${platform.id} is no OAuth 1.0a`);
}
