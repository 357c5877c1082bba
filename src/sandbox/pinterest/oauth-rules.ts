// https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization
import { type IssuedTokens, lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { World } from "../world.ts";

const scopes = {
  "boards:read": "See your public boards, including group boards you join",
  "boards:write": "Create, update, or delete your public boards",
  "boards:read_secret": "See your secret boards",
  "boards:write_secret": "Create, update, or delete your secret boards",
  "pins:read": "See your public Pins",
  "pins:write": "Create, update, or delete your public Pins",
  "pins:read_secret": "See your secret Pins",
  "pins:write_secret": "Create, update, or delete your secret Pins",
  "user_accounts:read": "See your user accounts and followers",
} as const;

const refused = (status: number, error: string, words: string) => ({ status, error, description: () => words });

/** By the codes of its API. */
const codes: Readonly<Record<string, number>> = { invalid_client: 2, invalid_grant: 283, invalid_request: 1 };

const refusals: Refusals = {
  ...standardRefusals,
  client_authentication: refused(401, "invalid_client", "Authentication failed."),
  invalid_code: refused(400, "invalid_grant", "Invalid authorization code"),
  invalid_refresh_token: refused(401, "invalid_grant", "The refresh token is invalid, expired or revoked."),
};

export function pinterestOAuthRules(world: World): OAuthRules {
  return {
    platform: "pinterest",
    name: "Pinterest",
    scopes,
    refreshScope: null,
    pkceMethods: [],
    pkce: "ignored",
    scopeSeparator: ",",
    stateMaximum: 500,
    confidentialClients: "basic",
    codeLifetime: 600,
    ...lifetimes(world, { accessTokenLifetime: 2_592_000, refreshTokenLifetime: 5_184_000, refreshGrace: 0 }),
    tokenType: "bearer",
    tokenReply: (issued) => tokenReply(world, issued),
    refusals,
    refusalBody: ({ error, description }) => ({ code: codes[error] ?? 1, message: description }),
    revoked: {},
  };
}

function tokenReply(world: World, { grantType, grant: _grant, refreshExpiresIn, ...standard }: IssuedTokens) {
  const refreshes =
    refreshExpiresIn === undefined
      ? {}
      : {
          refresh_token_expires_in: refreshExpiresIn,
          refresh_token_expires_at: Math.floor(world.clock.now() / 1000) + refreshExpiresIn,
        };
  return { response_type: grantType, ...standard, ...refreshes };
}

/** http for this machine by name. */
export function refusesRedirectUri(uri: string): string | null {
  const { protocol, hostname } = new URL(uri);
  return protocol === "https:" || (protocol === "http:" && hostname === "localhost") ? null : "it must be https";
}
