/**
 * An authorization server that tells of itself (RFC 8414) and has a userinfo endpoint (OpenID Connect Core section 5.3):
 * `agencyiq connect oidc --issuer https://login.example.com`. It gives no ID tokens; test/real/ has those, from oidc-provider.
 */
import { Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { anyLoopback } from "../oauth/redirect-uris.ts";
import { lifetimes, type OAuthRules, standardRefusals } from "../oauth/rules.ts";
import { pageHeaders } from "../page-headers.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { answerStatus, oidcErrors } from "./errors.ts";

const host = "login.example.com";
const issuer = `https://${host}`;

const scopes = {
  openid: "Know who you are",
  profile: "Your name",
  email: "Your e-mail address",
  offline_access: "Stay signed in",
} as const;

const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  userinfo_endpoint: `${issuer}/userinfo`,
  scopes_supported: Object.keys(scopes),
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["client_secret_basic"],
};

export const makeTwin: MakeTwin = (world) => ({
  id: "oidc",
  name: "An OpenID Connect server",
  hosts: { [host]: siteOf(world) },
  clients: [
    {
      platform: "oidc",
      clientId: "sandbox-oidc-client",
      clientSecret: "sandbox-oidc-secret",
      redirectUris: ["http://127.0.0.1/callback/oidc"],
    },
  ],
  answerStatus,
  errors: oidcErrors,
  refusesRedirectUri: (uri) =>
    URL.canParse(uri) && !uri.includes("#") ? null : "a redirect URI is absolute, without #",
  maximumRedirectUris: 10,
});

function rulesOf(world: World): OAuthRules {
  return {
    platform: "oidc",
    name: "login.example.com",
    scopes,
    refreshScope: "offline_access",
    pkceMethods: ["S256"],
    redirectUris: anyLoopback,
    stateMaximum: 1024,
    confidentialClients: "basic",
    codeLifetime: 60,
    ...lifetimes(world, { accessTokenLifetime: 3600, refreshTokenLifetime: 30 * 86_400, refreshGrace: 0 }),
    tokenType: "Bearer",
    refusals: standardRefusals,
    revoked: {},
  };
}

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const rules = rulesOf(world);
  const { token, revoke } = oauthEndpoints(world, rules);
  const consent = consentHandlers(world, rules);
  for (const name of ["openid-configuration", "oauth-authorization-server"])
    site.get(`/.well-known/${name}`, (context) => context.json(metadata));
  site.post("/token", token);
  site.post("/revoke", revoke);
  site.get("/userinfo", (context) => {
    const bearer = /^Bearer (\S+)$/.exec(context.req.header("authorization") ?? "")?.[1];
    if (bearer === undefined) return answerStatus(401);
    const access = world.grants.access("oidc", bearer);
    const person = access && personOf(world, access.grant.person);
    if (!access || !person) return oidcErrors["invalid-token"]();
    if (!access.scopes.includes("openid")) return oidcErrors["insufficient-scope"]();
    const { handle, name } = person;
    const told = (scope: string, claims: object) => (access.scopes.includes(scope) ? claims : {});
    return context.json({
      sub: `sub-${handle}`,
      ...told("profile", { name, preferred_username: handle }),
      ...told("email", { email: `${handle}@example.com`, email_verified: true }),
    });
  });
  site.use(pageHeaders);
  site.get("/authorize", consent.show);
  site.post("/authorize", consent.decide);
  return site;
}
