/**
 * A session that was opened with a key, renewed by its refresh token; where that is dead, opened anew with the key. Both are one
 * attempt of docs/refresh.md: a session that was opened and whose answer was lost harms nobody, and the next one is opened by
 * the same way.
 */
import type { Credential } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import { judgeRefresh, type RefreshAnswer } from "../domain/refresh-outcome.ts";
import type { KeySession, SessionRenewal } from "../platforms/platform.ts";
import { methodOf } from "./methods.ts";
import { apiForNewToken } from "./platform-api.ts";
import type { Holder } from "./refresh-obstacles.ts";
import type { Renewal } from "./renewal.ts";
import { sessionReply } from "./session-reply.ts";

/** @throws Failure `needs_reauth` where what it takes is missing; and for a key that cannot be opened */
export async function prepareSession(
  holder: Holder,
  credential: Credential,
  renewal: SessionRenewal,
): Promise<Renewal> {
  const { services, vault, platform, account, rules } = holder;
  const refreshToken = await vault.secret(credential, "refresh_token");
  if (refreshToken === null) throw new Failure("needs_reauth", "its refresh token's record is missing");
  services.keepSecret(refreshToken);
  const key = await vault.secret(credential, "key");
  services.keepSecret(key);
  const method = methodOf(platform, credential.method);
  const session = method.kind === "key" ? method.session : undefined;
  const { requestSessionRefresh } = await import("../oauth/exchange.ts");
  const { http, clock } = services;
  const { readReply } = rules;
  const url = renewal.refreshAt(account.issuer ?? "");
  const send = async () => {
    const answer = await requestSessionRefresh({ url, refreshToken, readReply, http, clock });
    return session && key !== null && isDead(holder, answer) ? openAnew(holder, session, key, answer) : answer;
  };
  return { refreshToken, presents: refreshToken, send };
}

function isDead({ rules }: Holder, answer: RefreshAnswer): boolean {
  const { deadGrantErrors = [] } = rules;
  return judgeRefresh(answer, { deadGrantErrors, failureCount: 0, fraction: 0 }).kind === "dead";
}

/** Logging in is rationed, so it is for dead sessions alone. A key that is refused ends the authorization. */
async function openAnew(
  { services, platform, account, seen }: Holder,
  session: KeySession,
  key: string,
  dead: RefreshAnswer,
): Promise<RefreshAnswer> {
  const { facts, issuer: instance } = account;
  const app = { clientId: "", clientSecret: null };
  const token = { value: "", type: "Bearer", method: seen.method };
  const api = apiForNewToken(services, platform, {}, token, {}, app, { instance, facts });
  const sentAt = services.clock.now();
  const { clockSkew } = dead;
  try {
    const reply = sessionReply(await session.open(api, key, facts));
    return { kind: "tokens", reply, sentAt, clockSkew, status: 200, retryAfter: null };
  } catch (error) {
    const failure = toFailure(error);
    const { code, message, retryAfterSeconds = null } = failure;
    const seenThere = { sentAt, clockSkew, retryAfter: retryAfterSeconds };
    if (failure.category === "reauthorize") {
      return { kind: "oauth_error", error: "invalid_grant", description: message, status: 400, ...seenThere };
    }
    return { kind: "not_derived", code, message, status: 0, ...seenThere };
  }
}
