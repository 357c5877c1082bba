/** Spotify, as far as tokens go. https://developer.spotify.com/documentation/web-api/tutorials/code-pkce-flow */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { anyPortWhereNone } from "../oauth/redirect-uris.ts";
import { lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { Person, SandboxClient } from "../options.ts";
import { pageHeaders } from "../page-headers.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { answerStatus, spotifyErrors } from "./errors.ts";

const platform = "spotify";

/** In the words of Spotify's consent page. */
const scopes = {
  "user-read-private": "View your Spotify account data: your subscription type, country and settings",
  "playlist-read-private": "Access your private playlists",
  "playlist-modify-public": "Create, edit, and follow playlists",
  "playlist-modify-private": "Create, edit, and follow private playlists",
  "ugc-image-upload": "Upload images to personalize your profile or playlist cover",
};

const refusal = (error: string, description: string) => ({ status: 400, error, description: () => description });

const refusals: Refusals = {
  ...standardRefusals,
  client_authentication: refusal("invalid_client", "Invalid client"),
  invalid_code: refusal("invalid_grant", "Invalid authorization code"),
  redirect_uri_mismatch: refusal("invalid_grant", "Invalid redirect URI"),
  code_verifier_mismatch: refusal("invalid_grant", "code_verifier was incorrect"),
  invalid_refresh_token: refusal("invalid_grant", "Refresh token revoked"),
  foreign_token: refusal("invalid_grant", "Invalid refresh token"),
};

const isPublic = ({ clientSecret }: SandboxClient): boolean => clientSecret === null;

function rulesOf(world: World): OAuthRules {
  return {
    platform,
    name: "Spotify",
    scopes,
    refreshScope: null,
    pkceMethods: ["S256"],
    stateMaximum: 2000,
    confidentialClients: "basic",
    redirectUris: anyPortWhereNone,
    redirectErrors: { denied: { error: "access_denied" } },
    codeLifetime: 600,
    // Six months from the login, whatever comes after.
    ...lifetimes(world, { accessTokenLifetime: 3600, refreshTokenLifetime: 184 * 86_400, refreshGrace: 0 }),
    refreshEndsWithLogin: true,
    refreshRotation: (client) => (isPublic(client) ? "rotates" : "kept"),
    tokenReply: ({ grantType, grant, refresh_token, ...reply }) => {
      const { access_token, token_type, expires_in, scope } = reply;
      const client = world.clients.find(platform, grant.clientId);
      const goesOn = grantType === "refresh_token" && client !== null && !isPublic(client);
      const next = goesOn || refresh_token === undefined ? {} : { refresh_token };
      return { access_token, token_type, expires_in, ...next, scope };
    },
    tokenType: "Bearer",
    refusals,
    revoked: {},
  };
}

const idOf = (name: string): string => createHash("sha256").update(`spotify ${name}`).digest("base64url").slice(0, 22);

function profileOf({ handle, name }: Person): object {
  const id = handle.toLowerCase();
  return {
    account_id: idOf(id),
    display_name: name,
    external_urls: { spotify: `https://open.spotify.com/user/${id}` },
    href: `https://api.spotify.com/v1/users/${id}`,
    id,
    images: [],
    type: "user",
    uri: `spotify:user:${id}`,
  };
}

export const makeSpotifyTwin: MakeTwin = (world) => {
  const rules = rulesOf(world);
  const consent = consentHandlers(world, rules);
  const { token } = oauthEndpoints(world, rules);
  const accounts = new Hono<{ Bindings: TwinBindings }>();
  accounts.use(pageHeaders);
  accounts.get("/authorize", consent.show);
  accounts.post("/authorize", consent.decide);
  accounts.post("/api/token", token);
  accounts.notFound(() => spotifyErrors["not-found"]());
  const api = new Hono<{ Bindings: TwinBindings }>();
  api.get("/v1/me", (context) => {
    const value = /^Bearer (\S+)$/.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    const known = world.grants.accessToken(value);
    const live = world.grants.access(platform, value);
    const person = live && personOf(world, live.grant.person);
    if (person) return context.json(profileOf(person));
    return known?.grant.platform === platform ? spotifyErrors["token-expired"]() : spotifyErrors["token-invalid"]();
  });
  api.notFound(() => spotifyErrors["not-found"]());
  const redirectUris = ["http://127.0.0.1/callback/spotify"];
  return {
    id: platform,
    name: "Spotify",
    hosts: { "accounts.spotify.com": accounts, "api.spotify.com": api },
    clients: [
      { platform, clientId: "sandbox-spotify-client", clientSecret: null, redirectUris },
      { platform, clientId: "sandbox-spotify-confidential", clientSecret: "sandbox-spotify-secret", redirectUris },
    ],
    answerStatus,
    errors: spotifyErrors,
    refusesRedirectUri,
    maximumRedirectUris: 100,
  };
};

/** Since 2025-04-09. */
function refusesRedirectUri(uri: string): string | null {
  const { protocol, hostname } = new URL(uri);
  if (protocol === "https:") return null;
  if (protocol !== "http:") return "it must be https, or http on 127.0.0.1";
  return ["127.0.0.1", "[::1]"].includes(hostname)
    ? null
    : "This redirect URI is not secure: localhost is refused, use 127.0.0.1";
}
