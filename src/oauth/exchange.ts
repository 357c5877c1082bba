/**
 * Renewing a token by what is no OAuth grant: presenting it while it still lives, as Meta's three products have it; or a call
 * of the platform's own with the refresh token as bearer.
 */
import { Failure } from "../domain/failure.ts";
import { type Http, HttpFailure, type HttpRequest, type HttpResponse, jsonOf } from "../domain/ports/http.ts";
import type { Clock } from "../domain/ports/machine.ts";
import type { RefreshAnswer } from "../domain/refresh-outcome.ts";
import { retryAfterSeconds } from "../domain/retry-after.ts";
import { parseLifetime } from "../domain/token.ts";
import type { TokenExchange } from "../platforms/platform.ts";
import { printable } from "./failures.ts";
import { type Exchange, measuredSkew } from "./transport.ts";

export interface ExchangeInput {
  readonly exchange: TokenExchange;
  readonly accessToken: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly readReply: ((body: unknown) => unknown) | undefined;
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Sends exactly one request. Never throws for an answer. */
export function requestExchange(input: ExchangeInput): Promise<RefreshAnswer> {
  const { exchange, accessToken, clientId, clientSecret, signal } = input;
  const url = new URL(exchange.endpoint);
  url.searchParams.set("grant_type", exchange.grantType);
  if (exchange.with === "client") url.searchParams.set("client_id", clientId);
  if (exchange.with !== "nothing") url.searchParams.set("client_secret", clientSecret ?? "");
  url.searchParams.set(exchange.tokenParameter, accessToken);
  return answered({ method: "GET", url: url.href, fresh: true, ...(signal ? { signal } : {}) }, input);
}

export interface SessionRefreshInput extends Pick<ExchangeInput, "readReply" | "http" | "clock"> {
  readonly url: string;
  readonly refreshToken: string;
}

/** `POST` with the refresh token as bearer and no body. Sends exactly one request. Never throws for an answer. */
export function requestSessionRefresh(input: SessionRefreshInput): Promise<RefreshAnswer> {
  const headers = { authorization: `Bearer ${input.refreshToken}` };
  return answered({ method: "POST", url: input.url, headers, fresh: true }, input);
}

type Answering = Pick<ExchangeInput, "readReply" | "http" | "clock">;

async function answered(request: HttpRequest, input: Answering): Promise<RefreshAnswer> {
  const { http, clock } = input;
  const sentAt = clock.now();
  try {
    const response = await http.send(request);
    return answerOf(response, input, { sentAt, response });
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const seen = { sentAt, clockSkew: 0, status: 0, retryAfter: null };
    return { kind: "no_answer", sent: error.sent, code: error.code, message: error.message, ...seen };
  }
}

function answerOf(response: HttpResponse, { clock, readReply }: Answering, exchange: Exchange): RefreshAnswer {
  const now = clock.now();
  const seen = {
    sentAt: exchange.sentAt,
    clockSkew: measuredSkew(exchange, now),
    status: response.status,
    retryAfter: retryAfterSeconds(response.headers, now),
  };
  const body = jsonOf(response);
  const told = (readReply ? readReply(body) : body) as Record<string, unknown> | null;
  const accessToken = told?.["access_token"];
  if (typeof accessToken === "string" && accessToken !== "" && response.status < 300) {
    try {
      const reply = {
        accessToken,
        tokenType: typeof told?.["token_type"] === "string" ? told["token_type"] : "bearer",
        expiresIn: parseLifetime(told?.["expires_in"]),
        refreshToken: told?.["refresh_token"] ? String(told["refresh_token"]) : null,
        refreshExpiresIn: parseLifetime(told?.["refresh_token_expires_in"]),
        scopes: null,
      };
      return { kind: "tokens", reply, ...seen };
    } catch (error) {
      if (error instanceof Failure) return { kind: "unreadable", ...seen };
      throw error;
    }
  }
  const error = errorOf(told);
  if (error) return { kind: "oauth_error", ...error, ...seen };
  return response.status < 300 ? { kind: "unreadable", ...seen } : { kind: "http_error", ...seen };
}

/** `{error, error_description}`, or Meta's `{error: {code, message}}`: its code is what the platform's page lists. */
function errorOf(body: Record<string, unknown> | null): { error: string; description: string | null } | null {
  const told = body?.["error"];
  const nested = (typeof told === "object" ? told : null) as Record<string, unknown> | null;
  const error = nested?.["code"] ?? told;
  if (typeof error !== "string" && typeof error !== "number") return null;
  const words = nested?.["message"] ?? body?.["error_description"];
  return { error: String(error), description: typeof words === "string" ? printable(words) : null };
}
