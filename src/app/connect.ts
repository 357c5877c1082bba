/** Connecting an account: by the way in that was chosen, let a person consent, learn who it is, store it. */
import { appVariables } from "../domain/app.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { ConnectMethod, Platform } from "../platforms/platform.ts";
import type { ConnectEvents } from "./authorize.ts";
import { confined } from "./confined-http.ts";
import { refuseForeignOptions } from "./foreign-options.ts";
import { refuseOneNameForSeveral } from "./identities.ts";
import { appKindOf, methodOf, takesApp } from "./methods.ts";
import type { Connecting } from "./new-connection.ts";
import { requirePlatform, type Services } from "./services.ts";

export type ConnectMode = "browser" | "no-browser" | "manual" | "device";

export interface ConnectRequest {
  readonly platform: string;
  readonly brand: string;
  /** The handle to store in place of the platform's own. */
  readonly as?: string | undefined;
  /** Which identities of the login, by id, handle or name; `all`. */
  readonly select?: readonly string[] | undefined;
  readonly mode: ConnectMode;
  readonly method?: string | undefined;
  readonly issuer?: string | undefined;
  /** Of a platform that exists many times: which one, as a person says it. */
  readonly instance?: string | undefined;
  /** To what the way in asks, by name. */
  readonly answers?: Readonly<Record<string, string>> | undefined;
  /** It was not granted just now: nothing is kept that the platform does not name, and accounts that have such a credential stay as they are. */
  readonly imported?: true;
  /** A key waits to be read, so that a way in by a key is meant. */
  readonly keyGiven?: boolean | undefined;
  readonly clientId?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly port?: number | undefined;
  readonly redirectUri?: string | undefined;
  /** The callback server answers by TLS. */
  readonly https?: boolean | undefined;
  /** Milliseconds a person has to consent. */
  readonly timeout: number;
  readonly dpop: boolean;
  readonly signal: AbortSignal;
}

/** @throws Failure of the `reauthorize` and `locked` categories, `app_missing`, `port_taken`, `network`, … */
export async function connectAccount(
  services: Services,
  request: ConnectRequest,
  events: ConnectEvents,
): Promise<ConnectedAccount[]> {
  // Whatever still waits when this ends (the time limit, a pause) ends with it.
  const ended = new AbortController();
  try {
    const signal = AbortSignal.any([request.signal, ended.signal]);
    return await connect(services, { ...request, signal }, events);
  } catch (error) {
    throw await named(toFailure(error), services, request);
  } finally {
    ended.abort();
  }
}

/** The protocol's hints do not know which platform they speak to, nor where the developer app comes from. */
async function named(failure: Failure, services: Services, request: ConnectRequest): Promise<Failure> {
  if (!failure.hint?.includes("PLATFORM")) return failure;
  const { code, message, hint, account, cause } = failure;
  const again = hint.includes("--credential") ? { ...request, method: undefined } : request;
  const mend = hint.replace(/(?<=apps set |connect )PLATFORM/g, wayIn(again)).replaceAll("PLATFORM", request.platform);
  const variables = code === "app_refused" ? await appInEnvironment(services, request) : null;
  return new Failure(code, message, { account, hint: variables ?? mend, cause });
}

/** As the command line has it. */
function wayIn(request: Pick<ConnectRequest, "platform" | "method" | "issuer" | "instance">): string {
  const { platform, method: credential, issuer, instance } = request;
  const flags = Object.entries({ credential, issuer, instance }).filter(([, value]) => value !== undefined);
  return [platform, ...flags.map(([name, value]) => `--${name} ${value}`)].join(" ");
}

/** What `apps set` stores is not looked at while these are set. */
async function appInEnvironment(services: Services, request: ConnectRequest): Promise<string | null> {
  const { platform, method, clientId } = request;
  const way = methodOf(await requirePlatform(services, platform), method);
  if (!takesApp(way)) return null;
  const kind = appKindOf(way);
  const app = services.appFromEnvironment(platform, kind);
  if (!app || (clientId !== undefined && clientId !== app.clientId)) return null;
  const [id, secret] = appVariables(platform, kind);
  return `compare ${id} and ${secret}, which it comes from, with the developer app; or unset them and store it: agencyiq apps set ${wayIn(request)}`;
}

async function connect(
  services: Services,
  request: ConnectRequest,
  events: ConnectEvents,
): Promise<ConnectedAccount[]> {
  const platform = await requirePlatform(services, request.platform);
  const method = wantedMethod(platform, request);
  // Before a person consents, not after.
  refuseForeignOptions(request, method);
  if (!request.select?.includes("all")) {
    refuseOneNameForSeveral(request.as, new Set(request.select).size, platform.id);
  }
  const connecting: Connecting = { services: confined(services, platform), platform, request, events };
  if (method.kind === "oauth1") {
    const { connectByOAuth1 } = await import("./connect-oauth1.ts");
    return connectByOAuth1(connecting, method);
  }
  if (method.kind === "key") {
    const { connectByKey } = await import("./connect-key.ts");
    return connectByKey(connecting, method);
  }
  const { connectByOAuth2 } = await import("./connect-oauth2.ts");
  return connectByOAuth2(connecting, method);
}

/** The one that was named; else the first, or the first that takes a key where one was given. */
function wantedMethod(platform: Platform, { method, keyGiven }: ConnectRequest): ConnectMethod {
  const byKey = keyGiven && method === undefined ? platform.methods.find(({ kind }) => kind === "key") : undefined;
  return byKey ?? methodOf(platform, method);
}
