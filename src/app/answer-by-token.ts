/** The answer to a call, by the account's credentials: renewed once, settled, or another one in its place. */
import { Failure, toFailure } from "../domain/failure.ts";
import { type HttpResponse, jsonOf } from "../domain/ports/http.ts";
import { seconds } from "../domain/time.ts";
import type { ApiRequest } from "../platforms/platform.ts";
import type { ApiInput, Call } from "./api-input.ts";
import { canBeReplaced } from "./fresh-token.ts";
import type { Services } from "./services.ts";
import type { AccessToken } from "./token-carrier.ts";
import { failureOf, isWithoutToken, send } from "./token-request.ts";

export function isAnswer({ status }: HttpResponse, { accepts }: ApiRequest): boolean {
  return (status >= 200 && status < 300) || accepts?.includes(status) === true;
}

export async function waitFor({ clock, stopping }: Services, count: number): Promise<void> {
  try {
    await clock.sleep(seconds(count), stopping);
  } catch (cause) {
    throw new Failure("network", "it was stopped while it waited for the platform", { hint: "run it again", cause });
  }
}

/** By RFC 6750, or in the platform's own words: Meta's come with 400. What had no token with it refused none. */
function isRefused(input: ApiInput, call: Call, response: HttpResponse): boolean {
  if (isAnswer(response, call.request) || isWithoutToken(call)) return false;
  return response.status === 401 || failureOf(input, call, response).code === "needs_reauth";
}

/**
 * With the account's credentials in their order: what is refused for its token did nothing, so it is safe to send it again
 * with another one, even a POST.
 */
export async function answerTo(input: ApiInput, call: Call): Promise<HttpResponse> {
  let token = await input.token();
  while (true) {
    const tried = await withRenewal(input, call, token);
    if (!isRefused(input, call, tried.response)) return tried.response;
    const { failure, certain } = await refusalOf(input, call, tried);
    const next = certain ? await input.inPlaceOf?.(tried.token, failure) : null;
    if (!next) throw failure;
    token = next;
  }
}

interface Tried {
  readonly token: AccessToken;
  readonly response: HttpResponse;
  /** Why a refused token could not be renewed. */
  readonly failure: Failure | null;
}

async function withRenewal(input: ApiInput, call: Call, token: AccessToken): Promise<Tried> {
  const response = await sendOnceSettled(input, call, token);
  if (!input.renew || !isRefused(input, call, response)) return { token, response, failure: null };
  let renewed: AccessToken;
  try {
    renewed = await input.renew(token);
  } catch (error) {
    const failure = toFailure(error);
    if (!canBeReplaced(failure)) throw failure;
    return { token, response, failure };
  }
  if (renewed.value === token.value) return { token, response, failure: null };
  return { token: renewed, response: await sendOnceSettled(input, call, renewed), failure: null };
}

/** Where a platform's servers hear of a new token one after the other: what is refused for its token did nothing. */
async function sendOnceSettled(input: ApiInput, call: Call, token: AccessToken): Promise<HttpResponse> {
  const { clock } = input.services;
  const settled =
    (token.credential?.obtainedAt ?? token.obtainedAt ?? clock.now()) + seconds(input.platform.tokens.settles ?? 0);
  for (let pause = 1; ; pause *= 2) {
    const response = await send(input, call, token);
    if (response.status !== 401 || clock.now() + seconds(pause) > settled) return response;
    if (failureOf(input, call, response).category !== "reauthorize") return response;
    await waitFor(input.services, pause);
  }
}

/** `certain`: it is the token that is refused, by the platform itself or by its token endpoint. */
async function refusalOf(
  input: ApiInput,
  call: Call,
  { token, response, failure }: Tried,
): Promise<{ failure: Failure; certain: boolean }> {
  const told = failureOf(input, call, response);
  // A page that something in between answers with is no word of the platform's.
  const byPlatform = told.category === "reauthorize" && typeof jsonOf(response) === "object";
  if (byPlatform) await input.refused?.(token, failure ?? told);
  return { failure: failure ?? told, certain: byPlatform || failure !== null };
}
