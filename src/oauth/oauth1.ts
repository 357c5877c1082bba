/** The three steps of OAuth 1.0a, RFC 5849 section 2, and the end of a token. */
import { Failure } from "../domain/failure.ts";
import { type Http, type HttpResponse, textOf } from "../domain/ports/http.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import type { Instant } from "../domain/time.ts";
import type { OAuth1Endpoints } from "../platforms/platform.ts";
import { carriesParameter } from "./callback-parameter.ts";
import type { SigningKeys } from "./oauth1-signature.ts";
import { type SignedExchange, sendSigned } from "./signed-request.ts";

/** Who talks to whom. */
export interface OAuth1Party {
  readonly endpoints: OAuth1Endpoints;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  /** What an answer that is no success means at this platform. */
  readonly failureOf: (response: HttpResponse) => Failure;
}

/** A token with the secret that goes with it: a request token, or the one that stays. */
export interface OAuth1Token {
  readonly token: string;
  readonly tokenSecret: string;
}

export interface OAuth1Grant extends OAuth1Token {
  /** Everything the platform said, such as who it is. */
  readonly told: Readonly<Record<string, string>>;
  readonly sentAt: Instant;
}

/** In place of a callback: the platform shows a PIN, which the person brings back (section 2.1). */
export const outOfBand = "oob";

const noToken: OAuth1Token = { token: "", tokenSecret: "" };

/** Section 2.1. @throws HttpFailure, Failure */
export async function requestToken(party: OAuth1Party, callback: string): Promise<OAuth1Token> {
  const { response } = await ask(party, party.endpoints.requestToken, noToken, { oauth_callback: callback });
  const told = formIn(response);
  // Without the confirmation the server speaks OAuth 1.0, where anybody's answer could be slipped in.
  if (told["oauth_callback_confirmed"] !== "true") {
    throw new Failure("protocol", "the server did not confirm the callback (RFC 5849 section 2.1)");
  }
  return tokenIn(told);
}

/** Section 2.2: where the person's browser goes. */
export function authorizeUrl({ endpoints }: OAuth1Party, { token }: OAuth1Token): string {
  const url = new URL(endpoints.authorize);
  url.searchParams.set("oauth_token", token);
  return url.href;
}

/** Whether a callback answers this request token: `oauth_token`, or X's `denied`. */
export function answersRequest(callback: URL, { token }: OAuth1Token): boolean {
  return carriesParameter(callback, "oauth_token", token) || carriesParameter(callback, "denied", token);
}

/** What proves the person's consent. @throws Failure `state_mismatch`, `consent_denied`, `authorization_failed` */
export function verifierIn(callback: URL, request: OAuth1Token): string {
  if (!answersRequest(callback, request)) {
    throw new Failure("state_mismatch", "the answer does not belong to this attempt (its oauth_token differs)", {
      hint: "close old tabs of earlier attempts and connect again",
    });
  }
  if (callback.searchParams.has("denied")) {
    throw new Failure("consent_denied", "access was denied", {
      hint: "approve it this time: agencyiq connect PLATFORM",
    });
  }
  const verifier = callback.searchParams.get("oauth_verifier");
  if (verifier) return verifier;
  throw new Failure("authorization_failed", "the answer holds no oauth_verifier", { hint: "connect again" });
}

/** Section 2.3. The request token is used up by this call, whatever comes of it. @throws HttpFailure, Failure */
export async function accessToken(party: OAuth1Party, request: OAuth1Token, verifier: string): Promise<OAuth1Grant> {
  const { response, sentAt } = await ask(party, party.endpoints.accessToken, request, { oauth_verifier: verifier });
  const told = formIn(response);
  return { ...tokenIn(told), told, sentAt };
}

/** Ends a token for good. One that the platform does not know is as good as ended. @throws HttpFailure, Failure */
export async function invalidateToken(party: OAuth1Party, token: OAuth1Token): Promise<void> {
  const { invalidate } = party.endpoints;
  if (!invalidate) throw new TypeError("this platform cannot end a token");
  try {
    await ask(party, invalidate, token, {});
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "needs_reauth") throw error;
  }
}

async function ask(
  party: OAuth1Party,
  url: string,
  { token, tokenSecret }: OAuth1Token,
  parameters: Readonly<Record<string, string>>,
): Promise<SignedExchange> {
  const { consumerKey, consumerSecret, http, clock, random, signal, failureOf } = party;
  const keys: SigningKeys = { consumerKey, consumerSecret, token, tokenSecret };
  const request = { method: "POST", url, fresh: true, ...(signal ? { signal } : {}) } as const;
  const exchange = await sendSigned({ keys, http, clock, random }, request, parameters);
  if (exchange.response.status !== 200) throw failureOf(exchange.response);
  return exchange;
}

/** The answers are forms, whatever their content type says. */
function formIn(response: HttpResponse): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(textOf(response).trim()));
}

function tokenIn({ oauth_token: token, oauth_token_secret: tokenSecret }: Record<string, string>): OAuth1Token {
  if (token && tokenSecret) return { token, tokenSecret };
  throw new Failure("protocol", "the server's answer holds no token and secret");
}
