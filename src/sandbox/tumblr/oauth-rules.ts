// https://github.com/tumblr/docs/blob/master/api.md#oauth2-authorization
import { lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { World } from "../world.ts";

const scopes = {
  basic: "Read your account information and posts",
  write: "Create, edit, and delete posts on your behalf",
  offline_access: "Do this when you are not using the app",
} as const;

const refusals: Refusals = {
  ...standardRefusals,
  invalid_refresh_token: {
    status: 401,
    error: "invalid_grant",
    description: () => "The refresh token is invalid or has expired",
  },
};

export function tumblrOAuthRules(world: World): OAuthRules {
  return {
    platform: "tumblr",
    name: "Tumblr",
    scopes,
    refreshScope: "offline_access",
    pkceMethods: [],
    pkce: "ignored",
    stateMaximum: 500,
    confidentialClients: "post",
    codeLifetime: 600,
    // How long a refresh token lives, Tumblr does not say.
    ...lifetimes(world, { accessTokenLifetime: 2520, refreshTokenLifetime: 31_536_000, refreshGrace: 0 }),
    tokenType: "bearer",
    tokenReply: ({ grantType: _how, grant: _whose, refreshExpiresIn: _untold, ...standard }) => ({
      ...standard,
      id_token: false,
    }),
    refusals,
    revoked: {},
  };
}

export function refusesRedirectUri(uri: string): string | null {
  const { protocol } = new URL(uri);
  return protocol === "https:" || protocol === "http:" ? null : "it must be http or https";
}
