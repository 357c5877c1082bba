/** The token endpoint: code exchange and rotating refresh (RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.6). */
import { createHash } from "node:crypto";
import { seconds } from "../../domain/time.ts";
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import { scopesOf } from "./authorization-request.ts";
import type { AuthorizationCode, TokenPair } from "./grants.ts";
import type { OAuthRules, RefusalReason } from "./rules.ts";

/** A refusal on its way to the error body; `subject` is the parameter it is about. */
export class OAuthRefusal extends Error {
  override readonly name = "OAuthRefusal";
  readonly reason: RefusalReason;
  readonly subject: string;

  constructor(reason: RefusalReason, subject = "") {
    super(reason);
    this.reason = reason;
    this.subject = subject;
  }
}

export interface TokenCall {
  readonly world: World;
  readonly rules: OAuthRules;
  readonly client: SandboxClient;
  readonly form: URLSearchParams;
  readonly withoutRefreshToken: boolean;
}

/** @throws OAuthRefusal */
export function answerTokenRequest(call: TokenCall): Record<string, unknown> {
  const grantType = required(call.form, "grant_type");
  if (grantType === "authorization_code") return tokenReply(call, exchangeCode(call));
  if (grantType === "refresh_token") return tokenReply(call, refresh(call));
  throw new OAuthRefusal("unsupported_grant_type");
}

export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw new OAuthRefusal("missing_parameter", name);
  return value;
}

/** @throws OAuthRefusal */
export function exchangeCode({ world, rules, client, form, withoutRefreshToken }: TokenCall): TokenPair {
  const { grants } = world;
  const code = grants.code(required(form, "code"));
  const redirectUri = required(form, "redirect_uri");
  const verifier = rules.pkceMethods.length === 0 ? "" : required(form, "code_verifier");
  if (!code || code.request.platform !== rules.platform || code.request.clientId !== client.clientId) {
    throw new OAuthRefusal("invalid_code");
  }
  if (code.grant) {
    grants.revoke(code.grant);
    throw new OAuthRefusal("invalid_code");
  }
  if (grants.isExpired(code)) throw new OAuthRefusal("invalid_code");
  if (redirectUri !== code.request.redirectUri) throw new OAuthRefusal("redirect_uri_mismatch");
  if (!provesChallenge(verifier, code)) throw new OAuthRefusal("code_verifier_mismatch");
  const grant = grants.redeem(code);
  const refreshable = rules.refreshScope === null || grant.scopes.includes(rules.refreshScope);
  return grants.issue(grant, grant.scopes, rules, refreshable && !withoutRefreshToken);
}

function provesChallenge(verifier: string, { request: { challenge } }: AuthorizationCode): boolean {
  if (challenge === null) return true;
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  const proof = challenge.method === "plain" ? verifier : createHash("sha256").update(verifier).digest("base64url");
  return proof === challenge.value;
}

function refresh({ world, rules, client, form, withoutRefreshToken }: TokenCall): TokenPair {
  const { grants, clock } = world;
  const token = grants.refreshToken(required(form, "refresh_token"));
  if (!token || token.grant.platform !== rules.platform || token.grant.clientId !== client.clientId) {
    throw new OAuthRefusal("invalid_refresh_token");
  }
  if (token.grant.revoked || grants.isExpired(token)) throw new OAuthRefusal("invalid_refresh_token");
  if (token.spent) {
    const { at, successor } = token.spent;
    const inGrace = clock.now() < at + seconds(rules.refreshGrace) && !successor.refresh?.spent;
    if (inGrace) return successor;
    grants.revoke(token.grant);
    throw new OAuthRefusal("invalid_refresh_token");
  }
  const scopes = narrowedScopes(form.get("scope"), token.grant.scopes);
  const pair = grants.issue(token.grant, scopes, rules, !withoutRefreshToken);
  if (pair.refresh) grants.spend(token, pair);
  return pair;
}

/** RFC 6749 section 6: a refresh may ask for less than was granted, never for more. */
function narrowedScopes(asked: string | null, granted: readonly string[]): readonly string[] {
  const scopes = scopesOf(asked);
  if (scopes.length === 0) return granted;
  if (scopes.some((scope) => !granted.includes(scope))) throw new OAuthRefusal("scope_exceeds_grant", "scope");
  return scopes;
}

function tokenReply({ rules, world }: TokenCall, { access, refresh: next }: TokenPair): Record<string, unknown> {
  return {
    token_type: rules.tokenType,
    expires_in: Math.max(0, Math.round((access.expiresAt - world.clock.now()) / 1000)),
    access_token: access.value,
    scope: access.scopes.join(" "),
    ...(next ? { refresh_token: next.value } : {}),
  };
}
