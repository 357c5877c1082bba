/** What a code brings lives for an hour at Meta's platforms: it is exchanged at once, and only what lives long is kept. */
import { Failure, type FailureCode } from "../domain/failure.ts";
import type { RefreshAnswer } from "../domain/refresh-outcome.ts";
import type { Instant } from "../domain/time.ts";
import type { TokenReply } from "../domain/token.ts";
import type { OAuth2Method, Platform, TokenExchange } from "../platforms/platform.ts";
import type { DeveloperApp } from "./developer-app.ts";
import type { Connecting } from "./new-connection.ts";

type App = Pick<DeveloperApp, "clientId" | "clientSecret">;

/** Said before a person consents, since the login would come to nothing. @throws Failure `app_missing` */
export function requireExchangeSecret(
  platform: Platform,
  { afterLogin }: OAuth2Method,
  { clientSecret }: Pick<App, "clientSecret">,
): void {
  if (!afterLogin || afterLogin.with === "nothing" || clientSecret !== null) return;
  throw new Failure(
    "app_missing",
    `the ${platform.id} app's secret is not known, and its tokens cannot be had without`,
    {
      hint: `agencyiq apps set ${platform.id} asks for it`,
    },
  );
}

interface LongLived {
  readonly reply: TokenReply;
  readonly sentAt: Instant;
  readonly clockSkew: number;
}

/** Pauses before another try, in milliseconds: it only reads, and the short-lived token stays what it is. */
const pauses = [500, 2000, null] as const;

/**
 * The scopes and the kind of the login stay those that the code's answer told.
 * @throws Failure that says what came of the exchange; nothing is stored then
 */
export async function longLived(
  connecting: Connecting,
  method: OAuth2Method,
  exchange: TokenExchange,
  app: App,
  login: TokenReply,
): Promise<LongLived> {
  const { services, platform, request } = connecting;
  const { requestExchange } = await import("../oauth/exchange.ts");
  const { http, clock } = services;
  const { readReply } = method.tokens ?? platform.tokens;
  const { signal } = request;
  for (const pause of pauses) {
    const answer = await requestExchange({
      exchange,
      accessToken: login.accessToken,
      ...app,
      readReply,
      http,
      clock,
      signal,
    });
    signal.throwIfAborted();
    if (answer.kind === "tokens") {
      services.keepSecret(answer.reply.accessToken);
      const { sentAt, clockSkew } = answer;
      const reply = { ...answer.reply, scopes: answer.reply.scopes ?? login.scopes };
      return { reply, sentAt, clockSkew };
    }
    if (pause === null || !mayPass(answer)) throw await failureOf(answer);
    await clock.sleep(pause, signal);
  }
  throw new TypeError("the last pause is none");
}

type NoTokens = Exclude<RefreshAnswer, { kind: "tokens" }>;

const mayPass = ({ kind, status }: NoTokens): boolean => kind === "no_answer" || status >= 500;

async function failureOf(answer: NoTokens): Promise<Failure> {
  const [code, why] = await reasonOf(answer);
  return new Failure(code, `signed in, but the token could not be exchanged for one that lives long: ${why}`, {
    hint: "nothing was stored; connect again",
    ...(answer.retryAfter === null ? {} : { retryAfterSeconds: answer.retryAfter }),
  });
}

async function reasonOf(answer: NoTokens): Promise<[FailureCode, string]> {
  const { kind, status } = answer;
  if (kind === "no_answer") return ["network", `no answer (${answer.message})`];
  if (status >= 500) return ["platform_fault", `the server answered ${status}`];
  if (status === 429) return ["rate_limited", "too many requests"];
  if (kind === "unreadable") return ["authorization_failed", "the server's answer was not valid"];
  if (kind === "http_error") return ["authorization_failed", `the server answered ${status}`];
  if (kind !== "oauth_error") return ["authorization_failed", "the server's answer was not an exchange's"];
  const { error, description } = answer;
  // The person's code was used up well: what is refused now is the token.
  if (error === "invalid_grant") return ["authorization_failed", `it was refused (${description ?? error})`];
  const { oauthFailure } = await import("../oauth/failures.ts");
  const { code, message } = oauthFailure(error, description ?? undefined);
  return [code, message];
}
