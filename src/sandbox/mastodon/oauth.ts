/** A server's authorization server: Doorkeeper, as Mastodon sets it up. https://docs.joinmastodon.org/methods/oauth */
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import { errorRedirect } from "../oauth/authorization-request.ts";
import { showsSecret } from "../oauth/client-authentication.ts";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { type IssuedTokens, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { acceptsRedirectUri, appScopes, outOfBand, placeOf } from "./apps.ts";
import { oauthError, oauthErrors } from "./errors.ts";
import { covers, scopesOf } from "./scopes.ts";
import type { Server } from "./servers.ts";

function refusal(error: keyof typeof oauthErrors) {
  const [status, description] = oauthErrors[error];
  return { status, error, description: () => description };
}

const refusals: Refusals = {
  ...standardRefusals,
  // Neither refresh tokens nor exchanges of tokens are known.
  invalid_refresh_token: refusal("unsupported_grant_type"),
  not_a_form: refusal("invalid_request"),
  missing_parameter: refusal("invalid_request"),
  repeated_parameter: refusal("invalid_request"),
  client_authentication: refusal("invalid_client"),
  invalid_code: refusal("invalid_grant"),
  redirect_uri_mismatch: refusal("invalid_grant"),
  code_verifier_mismatch: refusal("invalid_grant"),
  scope_exceeds_grant: refusal("invalid_scope"),
  foreign_token: refusal("unauthorized_client"),
};

function rulesOf(world: World, server: Server): OAuthRules {
  const forGood = Number.POSITIVE_INFINITY;
  return {
    platform: placeOf(server),
    name: server.title,
    scopes: scopesOf(server),
    refreshScope: null,
    refreshable: () => false,
    pkceMethods: ["S256"],
    pkce: server.apiVersion === null ? "ignored" : "optional",
    redirectUris: acceptsRedirectUri,
    stateMaximum: 2000,
    confidentialClients: "post",
    codeLifetime: 600,
    accessTokenLifetime: forGood,
    refreshTokenLifetime: forGood,
    refreshGrace: 0,
    tokenType: "Bearer",
    tokenReply: (issued) => tokenReply(world, issued),
    refusals,
    revoked: {},
  };
}

/** `reuse_access_token`: the same app, person and scopes have the same token. It has no end, and no successor. */
function tokenReply(
  world: World,
  { access_token: fresh, scope, grant }: IssuedTokens,
): Readonly<Record<string, unknown>> {
  const { platform, clientId, person } = grant;
  const shelf = world.shelves.of<string>("mastodon tokens in use");
  const name = `${platform} ${clientId} ${person} ${[...grant.scopes].sort().join(" ")}`;
  const known = shelf.get(name);
  const token = known !== undefined && world.grants.access(platform, known) ? known : fresh;
  shelf.set(name, token);
  const since = world.grants.access(platform, token)?.issuedAt ?? world.clock.now();
  return { access_token: token, token_type: "Bearer", scope, created_at: Math.floor(since / 1000) };
}

export function serveOAuth(site: Hono<{ Bindings: TwinBindings }>, world: World, server: Server): void {
  const rules = rulesOf(world, server);
  const { token, revoke } = oauthEndpoints(world, rules);
  const consent = consentHandlers(world, rules);
  site.get("/oauth/authorize", (context) => {
    const refused = refusedScope(world, rules, server, new URL(context.req.url).searchParams);
    return refused ? context.redirect(refused.href, 302) : consent.show(context);
  });
  site.post("/oauth/authorize", async (context) => shownInstead(await consent.decide(context)));
  site.get("/oauth/authorize/native", (context) =>
    context.html(
      html`<!doctype html><title>Authorization code</title><h1>Copy this code and paste it in the application</h1><input id="code" readonly value="${context.req.query("code") ?? ""}">`,
    ),
  );
  site.post("/oauth/token", async (context) => {
    const form = new URLSearchParams(await context.req.raw.clone().text());
    return form.get("grant_type") === "client_credentials" ? appToken(world, server, form) : token(context);
  });
  site.post("/oauth/revoke", (context: Context<{ Bindings: TwinBindings }>) => revoke(context));
  if (server.apiVersion !== null) {
    site.get("/.well-known/oauth-authorization-server", (context) => context.json(metadataOf(server)));
  }
}

/** Out of band there is nowhere to go back to: a page shows the code. */
function shownInstead(answer: Response): Response {
  const location = answer.headers.get("location") ?? "";
  if (!location.startsWith(outOfBand)) return answer;
  const code = new URL(location).searchParams.get("code");
  // A path of its own: the sandbox serves the host under its name.
  const to = code === null ? "authorize/native?code=" : `authorize/native?code=${encodeURIComponent(code)}`;
  return new Response(null, { status: 302, headers: { location: to } });
}

/** An app may ask for what it was made for. */
function refusedScope(world: World, rules: OAuthRules, server: Server, query: URLSearchParams): URL | null {
  const clientId = query.get("client_id") ?? "";
  const redirectUri = query.get("redirect_uri") ?? "";
  const client = world.clients.find(placeOf(server), clientId);
  if (!client || !acceptsRedirectUri(client.redirectUris, redirectUri) || redirectUri === outOfBand) return null;
  const own = appScopes(world).get(clientId) ?? Object.keys(rules.scopes);
  const wanted = (query.get("scope") ?? "read").split(" ");
  if (wanted.every((scope) => own.includes(scope))) return null;
  const error = { error: "invalid_scope", error_description: oauthErrors.invalid_scope[1] };
  return errorRedirect(rules, redirectUri, query.get("state"), error);
}

/** RFC 6749 section 4.4: of an app, for no person. */
function appToken(world: World, server: Server, form: URLSearchParams): Response {
  const client = world.clients.find(placeOf(server), form.get("client_id") ?? "");
  if (!client || !showsSecret(client, form.get("client_secret") ?? "")) return oauthError("invalid_client");
  const own = appScopes(world).get(client.clientId) ?? Object.keys(scopesOf(server));
  const scope = form.get("scope") ?? "read";
  if (!scope.split(" ").every((wanted) => covers(own, wanted))) return oauthError("invalid_scope");
  return Response.json({
    access_token: Buffer.from(world.random.bytes(32)).toString("base64url"),
    token_type: "Bearer",
    scope,
    created_at: Math.floor(world.clock.now() / 1000),
  });
}

/** https://docs.joinmastodon.org/methods/oauth/#authorization-server-metadata */
function metadataOf(server: Server): Readonly<Record<string, unknown>> {
  const origin = `https://${server.host}`;
  return {
    issuer: `${origin}/`,
    service_documentation: "https://docs.joinmastodon.org/",
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    app_registration_endpoint: `${origin}/api/v1/apps`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    userinfo_endpoint: `${origin}/oauth/userinfo`,
    scopes_supported: Object.keys(scopesOf(server)),
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment", "form_post"],
    grant_types_supported: ["authorization_code", "client_credentials"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    code_challenge_methods_supported: ["S256"],
  };
}
