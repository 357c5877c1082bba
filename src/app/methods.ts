import type { AppKind } from "../domain/app.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectMethod, OAuth1Method, OAuth2Method, Platform } from "../platforms/platform.ts";

/**
 * The way in that a credential was made by. `oauth2.backup` is a second credential of the method `oauth2`: the part after
 * the dot is the owner's name for it.
 * @throws Failure `platform_cannot` for a way to connect that the platform does not have */
export function methodOf(platform: Platform, id: string | undefined): ConnectMethod {
  const method =
    id === undefined ? platform.methods[0] : platform.methods.find((candidate) => candidate.id === id.split(".")[0]);
  if (method) return method;
  throw new Failure("platform_cannot", `${platform.name} has no credential "${id ?? ""}"`, {
    hint: `it has: ${platform.methods.map((candidate) => candidate.id).join(", ")}`,
  });
}

/** Which of the platform's apps it takes. */
export function appKindOf(method: ConnectMethod): AppKind {
  if (method.kind === "oauth1") return "oauth1";
  return method.ownApp ? method.id : "oauth2";
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
