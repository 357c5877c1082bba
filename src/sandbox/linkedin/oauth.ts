// https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow
import type { Context } from "hono";
import { errorRedirect, scopesOf } from "../oauth/authorization-request.ts";
import { showsSecret } from "../oauth/client-authentication.ts";
import { type IssuedTokens, lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { World } from "../world.ts";
import { oauthError } from "./errors.ts";
import { memberId } from "./people.ts";

/** Of Sign In with LinkedIn using OpenID Connect, and Share on LinkedIn. */
const memberScopes = {
  openid: "Use your name and photo",
  profile: "Use your name and photo",
  email: "Use the primary email address associated with your LinkedIn account",
  w_member_social: "Create, modify, and delete posts, comments, and reactions on your behalf",
} as const;

/** Of the Community Management API. */
const pageScopes = {
  r_basicprofile: "Use your basic profile including your name, photo, headline, and public profile URL",
  w_organization_social: "Create, modify, and delete posts, comments, and reactions on your organization's behalf",
  r_organization_social: "Retrieve your organization's posts, comments, reactions, and other engagement data",
  rw_organization_admin: "Manage your organization's page and retrieve reporting data",
  r_organization_admin: "Retrieve your organization's page and its reporting data",
  w_member_social: memberScopes.w_member_social,
  r_organization_followers: "Use your followers' data",
} as const;

/** The app of the second product has no other. */
export const pagesClient = "sandbox-linkedin-pages";

const invalid = (description: string) => ({ status: 400, error: "invalid_request", description: () => description });

const refusals: Refusals = {
  ...standardRefusals,
  missing_parameter: {
    status: 400,
    error: "invalid_request",
    description: (name) => `A required parameter "${name}" is missing`,
  },
  client_authentication: { status: 401, error: "invalid_client", description: () => "Client authentication failed" },
  invalid_code: invalid("Unable to retrieve access token: authorization code not found"),
  redirect_uri_mismatch: invalid(
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired. Or external member binding exists",
  ),
  invalid_refresh_token: {
    status: 400,
    error: "invalid_grant",
    description: () => "The provided authorization grant or refresh token is invalid, expired or revoked.",
  },
};

export function linkedinOAuthRules(world: World): OAuthRules {
  return {
    platform: "linkedin",
    name: "LinkedIn",
    scopes: { ...pageScopes, ...memberScopes },
    refreshScope: null,
    // Only apps that LinkedIn has approved are given one.
    refreshable: ({ clientId }) => clientId === pagesClient,
    refreshRotation: "kept",
    pkceMethods: [],
    // An app that is not one of its native ones may not use it.
    pkce: "refused",
    replyScopeSeparator: ",",
    redirectErrors: {
      denied: {
        error: "user_cancelled_authorize",
        error_description: "The user cancelled the authorization",
      },
      scope: { error: "unauthorized_scope_error", error_description: "Scope is not authorized for your application" },
    },
    stateMaximum: 500,
    confidentialClients: "post",
    codeLifetime: 1800,
    ...lifetimes(world, { accessTokenLifetime: 5_184_000, refreshTokenLifetime: 31_536_000, refreshGrace: 0 }),
    tokenType: "Bearer",
    tokenReply: (issued) => tokenReply(world, issued),
    refusals,
    revoked: {},
  };
}

/** Without `token_type`, with commas, and with an id token where that was asked for. */
function tokenReply(world: World, issued: IssuedTokens): Record<string, unknown> {
  const { access_token, expires_in, scope, refresh_token, refreshExpiresIn, grant } = issued;
  return {
    access_token,
    expires_in,
    scope,
    ...(refresh_token === undefined ? {} : { refresh_token, refresh_token_expires_in: refreshExpiresIn }),
    ...(grant.scopes.includes("openid") ? { id_token: idToken(world, grant) } : {}),
  };
}

/** Nothing checks its signature here, so it has none. */
function idToken(world: World, { clientId, person }: IssuedTokens["grant"]): string {
  const now = Math.floor(world.clock.now() / 1000);
  const claims = {
    iss: "https://www.linkedin.com/oauth",
    aud: clientId,
    iat: now,
    exp: now + 3600,
    sub: memberId({ handle: person }, clientId),
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT", kid: "sandbox" })}.${part(claims)}.c2FuZGJveA`;
}

/** An app may ask for the scopes of its products alone. */
export function refusedScope(world: World, rules: OAuthRules, query: URLSearchParams): URL | null {
  const clientId = query.get("client_id") ?? "";
  const redirectUri = query.get("redirect_uri") ?? "";
  const client = world.clients.find("linkedin", clientId);
  if (!client?.redirectUris.includes(redirectUri)) return null;
  const own = clientId === pagesClient ? pageScopes : memberScopes;
  const lacks = scopesOf(rules, query.get("scope")).some((scope) => !Object.hasOwn(own, scope));
  const refusal = rules.redirectErrors?.scope;
  return lacks && refusal ? errorRedirect(rules, redirectUri, query.get("state"), refusal) : null;
}

/** https://learn.microsoft.com/linkedin/shared/authentication/token-introspection */
export function introspect(world: World) {
  return async (context: Context): Promise<Response> => {
    const form = new URLSearchParams(await context.req.text());
    const client = world.clients.find("linkedin", form.get("client_id") ?? "");
    const token = form.get("token");
    if (!token) return oauthError(400, "invalid_request", 'A required parameter "token" is missing');
    if (!client || !showsSecret(client, form.get("client_secret") ?? "")) {
      return oauthError(401, "invalid_client", "Client authentication failed");
    }
    const issued = world.grants.accessToken(token);
    if (issued?.grant.platform !== "linkedin" || issued.grant.clientId !== client.clientId)
      return context.json({ active: false });
    const expired = issued.expiresAt <= world.clock.now();
    const status = issued.grant.revoked ? "revoked" : expired ? "expired" : "active";
    return context.json({
      active: status === "active",
      status,
      client_id: client.clientId,
      authorized_at: Math.floor(issued.issuedAt / 1000),
      created_at: Math.floor(issued.issuedAt / 1000),
      expires_at: Math.floor(issued.expiresAt / 1000),
      scope: issued.scopes.join(","),
      auth_type: "3L",
    });
  };
}

/** Its page asks for https; its portal takes http for this machine by name or number. */
export function refusesRedirectUri(uri: string): string | null {
  const { protocol, hostname, hash } = new URL(uri);
  if (hash !== "") return "it has a fragment";
  if (protocol === "https:") return null;
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "http:" && here ? null : "it must be https";
}
