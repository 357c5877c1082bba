/** The token endpoint: code exchange and rotating refresh (RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.6). */
import { createHash } from "node:crypto";
import { type Instant, seconds } from "../../domain/time.ts";
import type { World } from "../world.ts";
import { scopesOf } from "./authorization-request.ts";
import { deviceGrantType, exchangeDeviceCode } from "./device.ts";
import type { AuthorizationCode, TokenPair } from "./grants.ts";
import type { IssuedTokens, OAuthRules } from "./rules.ts";
import { OAuthRefusal, required, type TokenCall } from "./token-call.ts";

/** @throws OAuthRefusal */
export function answerTokenRequest(call: TokenCall): IssuedTokens {
  const grantType = required(call.form, "grant_type");
  if (grantType === "authorization_code") return issued(call, grantType, exchangeCode(call));
  if (grantType === "refresh_token") return issued(call, grantType, refresh(call));
  if (grantType === deviceGrantType && call.rules.device) return issued(call, "device_code", exchangeDeviceCode(call));
  throw new OAuthRefusal("unsupported_grant_type");
}

function exchangeCode({ world, rules, client, form, withoutRefreshToken }: TokenCall): TokenPair {
  const { grants } = world;
  const code = grants.code(required(form, "code"));
  const redirectUri = required(form, "redirect_uri");
  if (!code || code.request.platform !== rules.platform || code.request.clientId !== client.clientId) {
    throw new OAuthRefusal("invalid_code");
  }
  if (code.grant) {
    grants.revoke(code.grant);
    throw new OAuthRefusal("invalid_code");
  }
  if (grants.isExpired(code)) throw new OAuthRefusal("invalid_code");
  if (redirectUri !== code.request.redirectUri) throw new OAuthRefusal("redirect_uri_mismatch");
  requireProof(rules, form.get("code_verifier"), code);
  const grant = grants.redeem(code);
  const asked = rules.refreshScope === null || grant.scopes.includes(rules.refreshScope);
  const refreshable = asked && (rules.refreshable?.(code.request, grants.hasGrant(grant)) ?? true);
  const accessTokenLifetime = rules.codeTokenLifetime ?? rules.accessLifetimeOf?.(client) ?? rules.accessTokenLifetime;
  const refreshTokenLifetime = rules.refreshLifetimeOf?.(client) ?? rules.refreshTokenLifetime;
  const lifetimes = { accessTokenLifetime, refreshTokenLifetime };
  return grants.issue(grant, grant.scopes, lifetimes, refreshable && !withoutRefreshToken);
}

function requireProof(rules: OAuthRules, verifier: string | null, { request }: AuthorizationCode): void {
  const { pkce = "required", challengeEncoding = "base64url" } = rules;
  if (pkce === "ignored") return;
  const { challenge } = request;
  // RFC 9700 section 2.1.1: a verifier where there was no challenge is a downgrade.
  if (challenge === null) {
    if (verifier !== null) throw new OAuthRefusal("code_verifier_mismatch");
    return;
  }
  if (!verifier) throw new OAuthRefusal("missing_parameter", "code_verifier");
  const digest = createHash("sha256").update(verifier).digest(challengeEncoding);
  const proof = challenge.method === "plain" ? verifier : digest;
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || proof !== challenge.value) {
    throw new OAuthRefusal("code_verifier_mismatch");
  }
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
  const scopes = narrowedScopes(rules, form.get("scope"), token.grant.scopes);
  const { refreshRotation: rotation } = rules;
  if ((typeof rotation === "function" ? rotation(client) : rotation) === "kept") {
    const access = grants.issueAccess(token.grant, scopes, rules.accessTokenLifetime);
    return { access, refresh: withoutRefreshToken ? null : token };
  }
  const lifetimes = rules.refreshEndsWithLogin
    ? { ...rules, refreshTokenLifetime: (token.expiresAt - clock.now()) / 1000 }
    : rules;
  const pair = grants.issue(token.grant, scopes, lifetimes, !withoutRefreshToken);
  if (pair.refresh) grants.spend(token, pair);
  return pair;
}

/** RFC 6749 section 6: a refresh may ask for less than was granted, never for more. */
function narrowedScopes(rules: OAuthRules, asked: string | null, granted: readonly string[]): readonly string[] {
  const scopes = scopesOf(rules, asked);
  if (scopes.length === 0) return granted;
  if (scopes.some((scope) => !granted.includes(scope))) throw new OAuthRefusal("scope_exceeds_grant", "scope");
  return scopes;
}

function issued(
  { rules, world }: TokenCall,
  grantType: IssuedTokens["grantType"],
  { access, refresh: next }: TokenPair,
): IssuedTokens {
  return {
    grantType,
    grant: access.grant,
    token_type: rules.tokenType,
    expires_in: expiresIn(world, access),
    access_token: access.value,
    scope: access.scopes.join(rules.replyScopeSeparator ?? " "),
    ...(next ? { refresh_token: next.value, refreshExpiresIn: expiresIn(world, next) } : {}),
  };
}

/** Whole seconds, as replies tell it. */
export function expiresIn({ clock }: World, { expiresAt }: { readonly expiresAt: Instant }): number {
  return Math.max(0, Math.round((expiresAt - clock.now()) / 1000));
}
