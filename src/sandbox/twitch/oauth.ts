// https://dev.twitch.tv/docs/authentication/getting-tokens-oauth, refresh-tokens, validate-tokens, revoke-tokens
import { Hono } from "hono";
import { seconds } from "../../domain/time.ts";
import { showsSecret } from "../oauth/client-authentication.ts";
import { consentHandlers } from "../oauth/consent.ts";
import { deviceGrantType } from "../oauth/device.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { lifetimes, type OAuthRules, type RefusalReason, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { SandboxClient } from "../options.ts";
import { pageHeaders } from "../page-headers.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { oauthTold } from "./errors.ts";
import { channelId } from "./people.ts";

const platform = "twitch";

/** In the words of Twitch's consent page. */
const scopes = {
  "user:write:chat": "Send chat messages as you",
  "moderator:manage:announcements": "Send announcements in channels where you are a moderator",
  "channel:manage:broadcast": "Manage your channel's broadcast configuration, including updating channel configuration",
  "user:read:email": "View your email address",
};

const refusal = (error: string, message: string) => ({ status: 400, error, description: () => message });

const refusals: Refusals = {
  ...standardRefusals,
  missing_parameter: { status: 400, error: "", description: (name) => `missing ${name.replaceAll("_", " ")}` },
  client_authentication: { status: 403, error: "", description: () => "invalid client secret" },
  unsupported_grant_type: refusal("", "unsupported grant type"),
  invalid_code: refusal("", "Invalid authorization code"),
  redirect_uri_mismatch: refusal("", "Parameter redirect_uri does not match registered URI"),
  invalid_refresh_token: refusal("", "Invalid refresh token"),
  foreign_token: refusal("", "Invalid token"),
  scope_exceeds_grant: refusal("", "invalid scope requested"),
  authorization_pending: refusal("", "authorization_pending"),
  slow_down: refusal("", "slow_down"),
  denied_device_code: refusal("", "access_denied"),
  expired_device_code: refusal("", "invalid device code"),
  invalid_device_code: refusal("", "invalid device code"),
};

const isPublic = ({ clientSecret }: SandboxClient): boolean => clientSecret === null;

const forever = 100 * 365 * 86_400;

export function twitchRules(world: World): OAuthRules {
  const usual = lifetimes(world, { accessTokenLifetime: 14_124, refreshTokenLifetime: 30 * 86_400, refreshGrace: 0 });
  return {
    platform,
    name: "Twitch",
    scopes,
    refreshScope: null,
    pkceMethods: [],
    pkce: "ignored",
    stateMaximum: 2000,
    confidentialClients: "post",
    redirectErrors: {
      denied: { error: "access_denied", error_description: "The user denied you access" },
      scope: { error: "invalid_scope", error_description: "Invalid scope requested" },
    },
    redirectParameters: ({ scopes: granted }) => ({ scope: granted.join(" ") }),
    codeLifetime: 600,
    ...usual,
    device: {
      lifetime: 1800,
      interval: 5,
      verificationUri: "https://www.twitch.tv/activate",
      complete: "itself",
      codeParameter: "device-code",
      scopeParameter: "scopes",
      letters: 8,
    },
    refreshLifetimeOf: (client) => (isPublic(client) ? usual.refreshTokenLifetime : forever),
    refreshRotation: (client) => (isPublic(client) ? "rotates" : "kept"),
    tokenReply: ({ access_token, expires_in, refresh_token, scope, token_type }) => ({
      access_token,
      expires_in,
      ...(refresh_token === undefined ? {} : { refresh_token }),
      scope: scope.split(" "),
      token_type,
    }),
    refusalBody: ({ reason, description }) => ({ status: statusOf(reason), message: description }),
    tokenType: "bearer",
    refusals,
    revoked: {},
  };
}

const statusOf = (reason: RefusalReason): number => refusals[reason].status;

export function oauthHost(world: World, rules: OAuthRules): Hono<{ Bindings: TwinBindings }> {
  const consent = consentHandlers(world, rules);
  const { token, device } = oauthEndpoints(world, rules);
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.use("/oauth2/authorize", pageHeaders);
  host.get("/oauth2/authorize", consent.show);
  host.post("/oauth2/authorize", consent.decide);
  host.post("/oauth2/device", async (context) => {
    const form = new URLSearchParams(await context.req.raw.clone().text());
    if (!world.clients.find(platform, form.get("client_id") ?? "")) return oauthTold(400, "invalid client");
    return form.get("scopes") ? device(context) : oauthTold(400, "missing scopes");
  });
  host.post("/oauth2/token", async (context) => {
    const form = new URLSearchParams(await context.req.raw.clone().text());
    const client = world.clients.find(platform, form.get("client_id") ?? "");
    if (!client) return oauthTold(400, "invalid client");
    const grantType = form.get("grant_type");
    if (grantType === deviceGrantType && !form.get("scopes")) return oauthTold(400, "missing scopes");
    if (grantType === "authorization_code" && isPublic(client)) return oauthTold(400, "missing client secret");
    return token(context);
  });
  host.post("/oauth2/revoke", async (context) => revoke(world, new URLSearchParams(await context.req.text())));
  host.get("/oauth2/validate", (context) => validate(world, context.req.header("authorization")));
  host.notFound(() => oauthTold(404, "not found"));
  return host;
}

/** Access tokens only, as far as Twitch's page says. */
function revoke(world: World, form: URLSearchParams): Response {
  const client = world.clients.find(platform, form.get("client_id") ?? "");
  if (!client) return oauthTold(404, "client does not exist");
  const secret = form.get("client_secret");
  if (secret !== null && !showsSecret(client, secret)) return oauthTold(403, "invalid client secret");
  const value = form.get("token") ?? "";
  const token = world.grants.access(platform, value);
  if (token?.grant.clientId !== client.clientId) return oauthTold(400, "Invalid token");
  world.grants.revoke(token.grant);
  return new Response(null, { status: 200 });
}

function validate(world: World, authorization = ""): Response {
  const value = /^(?:OAuth|Bearer) (\S+)$/i.exec(authorization)?.[1] ?? "";
  const token = world.grants.access(platform, value);
  const person = token && personOf(world, token.grant.person);
  if (!token || !person) return oauthTold(401, "invalid access token");
  return Response.json({
    client_id: token.grant.clientId,
    login: person.handle.toLowerCase(),
    scopes: token.scopes,
    user_id: channelId(person),
    expires_in: Math.floor((token.expiresAt - world.clock.now()) / seconds(1)),
  });
}
