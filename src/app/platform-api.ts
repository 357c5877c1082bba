/** A platform's API with an account's token: errors are told by the platform's own table. */
import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import { failureClasses } from "../domain/platform-failure.ts";
import { HttpFailure, type HttpRequest, type HttpResponse, jsonOf } from "../domain/ports/http.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { retryAfterSeconds } from "../domain/retry-after.ts";
import { endpointsInForce } from "../oauth/endpoints.ts";
import type { Party } from "../oauth/party.ts";
import type { Api, ApiRequest, FailureRule, OAuth2Endpoints, Platform, PlatformError } from "../platforms/platform.ts";
import { ensureFreshToken, freshTokenOf } from "./fresh-token.ts";
import { methodOf } from "./methods.ts";
import type { Services } from "./services.ts";
import { type FreshToken, notConnected } from "./token-in-hand.ts";

export interface AccessToken {
  readonly value: string;
  readonly type: string;
  /** The stored credential it is of. */
  readonly credential?: Credential;
}

interface ApiInput {
  readonly services: Services;
  readonly platform: Platform;
  readonly endpoints: OAuth2Endpoints;
  readonly handle: string | null;
  /** For tokens that are bound to a key (RFC 9449). */
  readonly party: (token: AccessToken) => Promise<Party>;
  readonly token: () => Promise<AccessToken>;
  /** A new token after the platform refused the present one; absent: there is none to be had. */
  readonly renew?: (token: AccessToken) => Promise<AccessToken>;
  /** The platform refuses a token that was just renewed, or that cannot be. */
  readonly refused?: (token: AccessToken, failure: Failure) => Promise<void>;
}

/** The API for a token that is not stored yet: who is it? */
export function apiForNewToken(
  services: Services,
  platform: Platform,
  endpoints: OAuth2Endpoints,
  party: Party,
  token: AccessToken,
): Api {
  return createApi({ services, platform, endpoints, handle: null, party: async () => party, token: async () => token });
}

/** The API for a connected account; a refused token is refreshed once. */
export function apiForAccount(services: Services, platform: Platform, account: ConnectedAccount): Api {
  const [first] = account.credentials;
  if (!first) throw notConnected(account);
  const inHand = ({ accessToken, credential }: FreshToken): AccessToken => ({
    value: accessToken,
    type: credential.tokenType,
    credential,
  });
  return createApi({
    services,
    platform,
    endpoints: endpointsInForce(methodOf(platform, first.method), first.serverMetadata),
    handle: account.externalId === null ? null : account.handle,
    party: async ({ credential = first }) => {
      const { partyFor } = await import("./credential-party.ts");
      return partyFor(services, await services.vault(), platform, account, credential);
    },
    token: async () => inHand(await ensureFreshToken(services, account)),
    renew: async (token) => {
      const { credential } = token;
      if (!credential?.refreshable) return token;
      try {
        return inHand(await freshTokenOf(services, account, credential, { force: true }));
      } catch (error) {
        return (await anotherToken(services, account, token)) ?? Promise.reject(error);
      }
    },
    refused: async ({ credential }, failure) => {
      if (!credential) return;
      const { needsReauth } = await import("../domain/notification.ts");
      const now = services.clock.now();
      const error = { code: failure.code, message: failure.message, at: now };
      const notification = needsReauth({ account, credential, why: failure.message, now });
      await (await services.vault()).refuseCredential(credential, { error, notification }, addressOf(account));
    },
  });
}

/** Of the account as it stands now: another credential's token, if there is one. */
async function anotherToken(
  services: Services,
  account: ConnectedAccount,
  refused: AccessToken,
): Promise<AccessToken | null> {
  const present = await (await services.vault()).accountOf(refused.credential?.id ?? "");
  const others = present?.credentials.filter(({ id }) => id !== refused.credential?.id) ?? [];
  if (others.length === 0) return null;
  const { accessToken, credential } = await ensureFreshToken(services, { ...account, credentials: others });
  return { value: accessToken, type: credential.tokenType, credential };
}

function createApi(input: ApiInput): Api {
  const call = async (method: HttpRequest["method"], url: string, request: ApiRequest = {}): Promise<unknown> => {
    let token = await input.token();
    let response = await send(input, method, url, request, token);
    if (response.status === 401 && input.renew) {
      // Refused for its token, so it did nothing: safe to repeat with a new one, even for a POST.
      const renewed = await input.renew(token);
      if (renewed.value !== token.value) response = await send(input, method, url, request, renewed);
      token = renewed;
    }
    if (response.status >= 200 && response.status < 300) return jsonOf(response);
    const failure = failureOf(input, method, response);
    // A page that something in between answers with is no word of the platform's.
    const told = failure.category === "reauthorize" && typeof jsonOf(response) === "object";
    if (response.status === 401 && told) await input.refused?.(token, failure);
    throw failure;
  };
  return {
    get: (url, request) => call("GET", url, request),
    post: (url, request) => call("POST", url, request),
    delete: (url, request) => call("DELETE", url, request),
    handle: input.handle,
    endpoints: input.endpoints,
  };
}

async function send(
  input: ApiInput,
  method: HttpRequest["method"],
  url: string,
  request: ApiRequest,
  token: AccessToken,
): Promise<HttpResponse> {
  const target = new URL(url);
  for (const [name, value] of Object.entries(request.query ?? {})) target.searchParams.set(name, value);
  const plain: HttpRequest = { method, url: target.href, ...bodyOf(request) };
  try {
    if (token.type === "DPoP") {
      const { sendWithProof } = await import("../oauth/protected-resource.ts");
      return await sendWithProof(await input.party(token), plain, token.value);
    }
    const headers = { ...plain.headers, authorization: `Bearer ${token.value}` };
    return await input.services.http.send({ ...plain, headers });
  } catch (error) {
    if (error instanceof HttpFailure) throw unanswered(error, method);
    throw error;
  }
}

function bodyOf(request: ApiRequest): { headers: Record<string, string>; body?: string } {
  const all = { ...request.headers };
  if (request.json !== undefined) {
    return { headers: { ...all, "content-type": "application/json" }, body: JSON.stringify(request.json) };
  }
  if (request.form !== undefined) {
    const body = new URLSearchParams(request.form).toString();
    return { headers: { ...all, "content-type": "application/x-www-form-urlencoded" }, body };
  }
  return { headers: all };
}

/** A request that changes something and got no answer may have been carried out. */
function unanswered(error: HttpFailure, method: string): Failure {
  const cause = error;
  if (error.sent && method !== "GET") {
    return new Failure("delivery_unknown", `no answer came back (${error.message}); it may have been done`, { cause });
  }
  return new Failure("network", `could not reach the platform (${error.message})`, {
    hint: "run it again later",
    cause,
  });
}

function failureOf(input: ApiInput, method: string, response: HttpResponse): Failure {
  const { platform, services } = input;
  const { status } = response;
  const told = (platform.errorOf ?? commonError)(jsonOf(response));
  const rule = platform.failures.find((candidate) => matches(candidate, status, told));
  const words = [rule?.say, told.message && told.message !== rule?.say ? `"${oneLine(told.message)}"` : null];
  const message = `${platform.name} answered ${status}: ${words.filter(Boolean).join(" ") || "no reason given"}`;
  // A server that broke while changing something may have changed it; 503 says that it did not try.
  if (status >= 500 && status !== 503 && method !== "GET") {
    return new Failure("delivery_unknown", `${message}; it may have been done all the same`);
  }
  if (rule) {
    const { code, retryable } = failureClasses[rule.is];
    const retryAfter = retryable ? waitTold(response, services.clock.now()) : null;
    return new Failure(code, message, { hint: rule.hint, retryAfterSeconds: retryAfter ?? undefined });
  }
  if (status < 500) return new Failure("protocol", message);
  return new Failure("platform_fault", message, { hint: "run it again later" });
}

function matches(rule: FailureRule, status: number, told: PlatformError): boolean {
  if (rule.status !== undefined && rule.status !== status) return false;
  if (rule.code !== undefined && rule.code !== told.code) return false;
  if (rule.type !== undefined && !told.type?.includes(rule.type)) return false;
  return rule.message === undefined || rule.message.test(told.message ?? "");
}

/** The shapes most APIs use: RFC 6749 section 5.2, RFC 9457, `{errors:[…]}`, `{error:{code,message}}`. */
function commonError(body: unknown): PlatformError {
  const told = (body ?? {}) as Record<string, unknown>;
  const nested = (typeof told["error"] === "object" ? told["error"] : undefined) as Record<string, unknown> | undefined;
  const code = nested?.["code"] ?? told["error"] ?? told["code"];
  const message =
    nested?.["message"] ?? told["error_description"] ?? told["detail"] ?? told["message"] ?? told["title"];
  return {
    code: typeof code === "string" || typeof code === "number" ? code : undefined,
    type: typeof told["type"] === "string" ? told["type"] : undefined,
    message: typeof message === "string" ? message : undefined,
  };
}

/** Seconds until the platform wants to be asked again: `Retry-After`, else a reset header in Unix seconds. */
function waitTold(response: HttpResponse, now: number): number | null {
  const told = retryAfterSeconds(response.headers, now);
  if (told !== null) return told;
  const reset = Number(response.headers["x-rate-limit-reset"]);
  return Number.isFinite(reset) && reset > 0 ? Math.max(1, Math.ceil(reset - now / 1000)) : null;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
