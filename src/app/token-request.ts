/** One request with a token, in every place that platforms want it in, and what it means that it got no good answer. */
import { Failure } from "../domain/failure.ts";
import { HttpFailure, type HttpRequest, type HttpResponse, jsonOf, textOf } from "../domain/ports/http.ts";
import type { ApiRequest } from "../platforms/platform.ts";
import { failureOfAnswer } from "./answer-failure.ts";
import { type ApiInput, type Call, endpointsFor, methodIdOf } from "./api-input.ts";
import { presentationOf } from "./methods.ts";
import { bodyOf } from "./request-body.ts";
import type { Services } from "./services.ts";
import { type AccessToken, sendWithToken } from "./token-carrier.ts";

export async function send(input: ApiInput, call: Call, token: AccessToken): Promise<HttpResponse> {
  const { services, platform, companions } = input;
  try {
    const proven = await withProof(input, whereTokenIsKnown(input, call, token), token);
    const presentation = presentationOf(platform, methodIdOf(platform, token));
    const url = presentation?.in === "path" ? withTokenInPath(services, proven.url, token) : proven.url;
    const request = plainRequest(input, { ...proven, url, request: withTokenField(proven.request, token) });
    const scheme = call.request.authorization;
    const response = await sendWithToken(services, request, token, companions, { scheme, presentation });
    await input.pacing?.heed(response);
    const status = platform.statusOf?.(response.status, jsonOf(response) ?? textOf(response)) ?? response.status;
    return { ...response, status };
  } catch (error) {
    if (error instanceof HttpFailure) throw unanswered(error, call);
    throw error;
  }
}

function withTokenInPath(services: Services, url: string, { value }: AccessToken): string {
  // It is a path, or a part of one, and nothing that could end it.
  const whole = url.replace("{token}", () => encodeURI(value).replace(/[?#]/g, encodeURIComponent));
  if (whole !== url) services.keepSecret(new URL(whole).pathname);
  return whole;
}

function withTokenField(request: ApiRequest, { value }: AccessToken): ApiRequest {
  const { tokenField, form, query } = request;
  if (tokenField === undefined) return request;
  return form
    ? { ...request, form: { ...form, [tokenField]: value } }
    : { ...request, query: { ...query, [tokenField]: value } };
}

/**
 * A platform with several ways in may have the same API at a host for each, which know each other's tokens not: the one that
 * stands in for the account's first credential is presented at its own.
 */
function whereTokenIsKnown({ platform, endpoints }: ApiInput, call: Call, { credential }: AccessToken): Call {
  const here = endpoints.userinfo;
  const there = credential && endpointsFor(platform, credential).userinfo;
  if (here === undefined || !there) return call;
  const [from, to] = [new URL(here).origin, new URL(there).origin];
  if (from === to || !call.url.startsWith(`${from}/`)) return call;
  return { ...call, url: `${to}${call.url.slice(from.length)}` };
}

/** Where the platform wants proof that the request is from the token's app, and its secret is known. */
async function withProof({ platform, appSecret, services }: ApiInput, call: Call, token: AccessToken): Promise<Call> {
  const { tokenProof: parameter, tokenProofHost: host } = platform;
  if (parameter === undefined || isWithoutToken(call)) return call;
  if (host !== undefined && new URL(call.url).host !== host) return call;
  const secret = await appSecret(token);
  if (secret === null) return call;
  const { tokenProof } = await import("./token-proof.ts");
  const proof = await tokenProof(token.value, secret);
  services.keepSecret(proof);
  return { ...call, request: { ...call.request, query: { ...call.request.query, [parameter]: proof } } };
}

function plainRequest({ services, platform, address }: ApiInput, { method, url, request }: Call): HttpRequest {
  const target = new URL(url);
  for (const [name, value] of Object.entries(request.query ?? {})) target.searchParams.set(name, value);
  const body = bodyOf(request, {
    boundary: () => `agencyiq-${services.random.uuid()}`,
    moved: ({ source: { path: file, size: total } }, done) =>
      services.observe?.({ kind: "upload", account: address, platform: platform.id, file, done, total }),
  });
  // What makes nothing public need not end before the process may.
  const signal = request.repeatable || request.resumable ? services.stopping : undefined;
  return { method, url: target.href, ...body, ...(signal ? { signal } : {}) };
}

export function isWithoutToken({ request: { authorization } }: Call): boolean {
  return authorization === "none" || authorization === "nobody";
}

/** Whether a request that got no good answer may have made something public. */
function isDoubtful({ method, request }: Call): boolean {
  return method !== "GET" && !request.repeatable && !request.resumable;
}

/** A request that changes something and got no answer may have been carried out. */
function unanswered(error: HttpFailure, call: Call): Failure {
  // The file that was to be sent could not be read to its end: half a request is none.
  if (error.cause instanceof Failure) return error.cause;
  const cause = error;
  if (error.sent && isDoubtful(call)) {
    return new Failure("delivery_unknown", `no answer came back (${error.message}); it may have been done`, { cause });
  }
  return new Failure("network", `could not reach the platform (${error.message})`, {
    hint: "run it again later",
    cause,
  });
}

export function failureOf({ platform, services }: ApiInput, call: Call, response: HttpResponse): Failure {
  const failure = failureOfAnswer(platform, { response, doubtful: isDoubtful(call), now: services.clock.now() });
  if (!isWithoutToken(call) || failure.category !== "reauthorize") return failure;
  // Of an address that is too old, or the app's own token: connecting again would mend nothing.
  return new Failure("not_permitted", failure.message, { cause: failure });
}
