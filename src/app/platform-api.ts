/** A platform's API with an account's token: errors are told by the platform's own table. */
import { Failure } from "../domain/failure.ts";
import { failureClasses } from "../domain/platform-failure.ts";
import { HttpFailure, type HttpRequest, type HttpResponse, jsonOf } from "../domain/ports/http.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { retryAfterSeconds } from "../domain/retry-after.ts";
import { endpointsInForce } from "../oauth/endpoints.ts";
import type { Party } from "../oauth/party.ts";
import type { Api, ApiRequest, FailureRule, OAuth2Endpoints, Platform, PlatformError } from "../platforms/platform.ts";
import { ensureFreshToken } from "./fresh-token.ts";
import { methodOf } from "./methods.ts";
import type { Services } from "./services.ts";
import { notConnected } from "./token-in-hand.ts";

export interface AccessToken {
  readonly value: string;
  readonly type: string;
}

interface ApiInput {
  readonly services: Services;
  readonly platform: Platform;
  readonly endpoints: OAuth2Endpoints;
  readonly handle: string | null;
  /** For tokens that are bound to a key (RFC 9449). */
  readonly party: () => Promise<Party>;
  readonly token: () => Promise<AccessToken>;
  /** A new token after the platform refused the present one; absent: there is none to be had. */
  readonly renew?: () => Promise<AccessToken>;
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
  const [credential] = account.credentials;
  if (!credential) throw notConnected(account);
  const fresh = async (force: boolean): Promise<AccessToken> => {
    const { accessToken, credential: now } = await ensureFreshToken(services, account, { force });
    return { value: accessToken, type: now.tokenType };
  };
  return createApi({
    services,
    platform,
    endpoints: endpointsInForce(methodOf(platform, credential.method), credential.serverMetadata),
    handle: account.externalId === null ? null : account.handle,
    party: async () => {
      const { partyFor } = await import("./credential-party.ts");
      return partyFor(services, await services.vault(), platform, account, credential);
    },
    token: () => fresh(false),
    ...(credential.refreshable ? { renew: () => fresh(true) } : {}),
  });
}

function createApi(input: ApiInput): Api {
  const call = async (method: HttpRequest["method"], url: string, request: ApiRequest = {}): Promise<unknown> => {
    const first = await send(input, method, url, request, await input.token());
    // Refused for its token, so it did nothing: safe to repeat with a new one, even for a POST.
    const response =
      first.status === 401 && input.renew ? await send(input, method, url, request, await input.renew()) : first;
    if (response.status >= 200 && response.status < 300) return jsonOf(response);
    throw failureOf(input, method, response);
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
      return await sendWithProof(await input.party(), plain, token.value);
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
