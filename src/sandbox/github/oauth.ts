// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps, and the page on refreshing tokens of GitHub Apps
import {
  type IssuedTokens,
  lifetimes,
  type OAuthRules,
  type RefusalReason,
  type Refusals,
  standardRefusals,
} from "../oauth/rules.ts";
import type { World } from "../world.ts";

/** A GitHub App, whose tokens end. */
export const appClient = "Iv23sandboxgithubapp";

const scopes = {
  "read:user": "Read all user profile data",
  "user:email": "Access your email addresses (read-only)",
  gist: "Create gists",
  public_repo: "Access public repositories",
  repo: "Full control of private repositories",
};

/** Errors are told with 200. */
const told = (error: string, description: string) => ({ status: 200, error, description: () => description });
const badCode = told("bad_verification_code", "The code passed is incorrect or expired.");
const badRefresh = told("bad_refresh_token", "The refresh token passed is incorrect or expired.");

const own: Partial<Record<RefusalReason, Refusals[RefusalReason]>> = {
  client_authentication: told(
    "incorrect_client_credentials",
    "The client_id and/or client_secret passed are incorrect.",
  ),
  invalid_code: badCode,
  code_verifier_mismatch: badCode,
  redirect_uri_mismatch: told("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL."),
  invalid_refresh_token: badRefresh,
  authorization_pending: told("authorization_pending", "The authorization request is still pending."),
  slow_down: told("slow_down", "Too many requests have been made in the same timeframe."),
  denied_device_code: told("access_denied", "The authorization request was denied."),
  expired_device_code: told("expired_token", "The device_code has expired."),
  invalid_device_code: told("incorrect_device_code", "The device_code provided is not valid."),
  unsupported_grant_type: told("unsupported_grant_type", "The grant_type is not supported."),
};

/** Registered without a port, or with one: any is taken on this machine, and the path may go on below it. */
function loopback(registered: readonly string[], given: string): boolean {
  if (!URL.canParse(given)) return false;
  const asked = new URL(given);
  return registered.some((uri) => {
    const { protocol, hostname, pathname, host } = new URL(uri);
    const local = hostname === "127.0.0.1" || hostname === "localhost";
    const samePlace = local ? asked.hostname === hostname : asked.host === host;
    const below = asked.pathname === pathname || asked.pathname.startsWith(pathname.replace(/\/?$/, "/"));
    return asked.protocol === protocol && samePlace && below;
  });
}

export function githubOAuthRules(world: World): OAuthRules {
  const isApp = ({ clientId }: { readonly clientId: string }) => clientId === appClient;
  const lives = lifetimes(world, { accessTokenLifetime: 28_800, refreshTokenLifetime: 15_811_200, refreshGrace: 0 });
  return {
    platform: "github",
    name: "GitHub",
    scopes,
    refreshScope: null,
    refreshable: isApp,
    accessLifetimeOf: (client) => (isApp(client) ? lives.accessTokenLifetime : 10 * 365 * 86_400),
    pkceMethods: ["S256"],
    pkce: "optional",
    replyScopeSeparator: ",",
    redirectUris: loopback,
    stateMaximum: 500,
    confidentialClients: "post",
    // What came of the device flow is renewed without a secret, too.
    secretOptional: (form) => form.get("grant_type") !== "authorization_code",
    device: { lifetime: 900, interval: 5, verificationUri: "https://github.com/login/device", letters: 8 },
    codeLifetime: 600,
    ...lives,
    tokenType: "bearer",
    tokenReply,
    refusals: { ...standardRefusals, ...own },
    revoked: {},
  };
}

/** An OAuth app's tokens do not end; a GitHub App's have no scopes. */
function tokenReply({ access_token, refresh_token, refreshExpiresIn, expires_in, scope, grant }: IssuedTokens) {
  const token = { access_token, token_type: "bearer" };
  if (grant.clientId !== appClient) return { ...token, scope };
  return { ...token, scope: "", expires_in, refresh_token, refresh_token_expires_in: refreshExpiresIn };
}
