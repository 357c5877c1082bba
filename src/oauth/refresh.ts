/** The refresh request (RFC 6749 section 6) and what came of it, as plain data for domain/refresh-outcome.ts to judge. */
import * as oauth from "oauth4webapi";
import { Failure } from "../domain/failure.ts";
import { HttpFailure } from "../domain/ports/http.ts";
import type { RefreshAnswer } from "../domain/refresh-outcome.ts";
import { retryAfterSeconds } from "../domain/retry-after.ts";
import { withNonceRetry } from "./dpop.ts";
import { printable } from "./failures.ts";
import type { Party } from "./party.ts";
import { toTokenReply } from "./token-reply.ts";
import { measuredSkew } from "./transport.ts";

/** Sends exactly one refresh (two when the server wants a DPoP nonce, which spends nothing). Never throws for an answer. */
export async function requestRefresh(party: Party, refreshToken: string): Promise<RefreshAnswer> {
  const { server, client, authentication, options } = party;
  try {
    const reply = await withNonceRetry(async () => {
      const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, options);
      return toTokenReply(await oauth.processRefreshTokenResponse(server, client, await withoutIdToken(response)));
    });
    return { kind: "tokens", reply, ...seen(party) };
  } catch (error) {
    return answerOf(error, party);
  }
}

/**
 * A refresh may bring an id token (OpenID Connect Core section 12.2), of which nothing is used here. It would be judged by
 * this machine's clock, and one that is hours off must not cost the new pair, which came with it and exists nowhere else.
 */
async function withoutIdToken(response: Response): Promise<Response> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (typeof body !== "object" || body === null || !("id_token" in body)) return response;
  const { id_token: _unused, ...rest } = body;
  return new Response(JSON.stringify(rest), response);
}

function seen(party: Party) {
  const exchange = party.transport.last();
  const now = party.clock.now();
  return {
    sentAt: exchange.sentAt,
    clockSkew: measuredSkew(exchange, now),
    status: exchange.response?.status ?? 0,
    retryAfter: exchange.response ? retryAfterSeconds(exchange.response.headers, now) : null,
  };
}

function answerOf(error: unknown, party: Party): RefreshAnswer {
  if (error instanceof HttpFailure) {
    return { kind: "no_answer", sent: error.sent, code: error.code, message: error.message, ...seen(party) };
  }
  if (error instanceof oauth.ResponseBodyError) {
    const description = error.error_description === undefined ? null : printable(error.error_description);
    return { kind: "oauth_error", error: error.error, description, ...seen(party) };
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    const named = error.cause.map((challenge) => challenge.parameters["error"]).find((value) => value !== undefined);
    return named === undefined
      ? { kind: "http_error", ...seen(party) }
      : { kind: "oauth_error", error: named, description: null, ...seen(party) };
  }
  const { status } = seen(party);
  if (status >= 200 && status < 300) return { kind: "unreadable", ...seen(party) };
  if (status !== 0) return { kind: "http_error", ...seen(party) };
  throw new Failure("unexpected", error instanceof Error ? error.message : String(error), { cause: error });
}
