// https://developers.tiktok.com/doc/login-kit-desktop, login-kit-web, oauth-user-access-token-management
import { portWildcard } from "../oauth/redirect-uris.ts";
import { lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { World } from "../world.ts";
import { oauthErrorBody } from "./answers.ts";
import { openId } from "./people.ts";

const scopes = {
  "user.info.basic": "Read your profile info (open id, avatar, display name)",
  "user.info.profile":
    "Read your additional profile information (profile web link, bio, verification status, username)",
  "user.info.stats": "Read your profile engagement statistics",
  "video.list": "Read your public videos on TikTok",
  "video.publish": "Post content to TikTok",
  "video.upload": "Share content to your account as a draft to further edit and post in TikTok",
} as const;

const refused = (error: string, description: (subject: string) => string) => ({ status: 200, error, description });

/** Whatever is wrong, the status says that all is well. */
const refusals: Refusals = {
  ...standardRefusals,
  not_a_form: refused("invalid_request", () => "Only `application/x-www-form-urlencoded` is accepted as Content-Type."),
  missing_parameter: refused("invalid_request", (name) => `The request parameters are malformed: ${name} is missing.`),
  repeated_parameter: refused(
    "invalid_request",
    (name) => `The request parameters are malformed: ${name} is repeated.`,
  ),
  client_authentication: refused("invalid_client", () => "Client key or secret is incorrect."),
  unsupported_grant_type: refused("unsupported_grant_type", () => "Grant type is not supported."),
  invalid_code: refused("invalid_grant", () => "Authorization code is expired."),
  redirect_uri_mismatch: refused(
    "invalid_request",
    () => "Redirect_uri is not matched with the uri when requesting code.",
  ),
  code_verifier_mismatch: refused("invalid_request", () => "Code verifier or code challenge is invalid."),
  invalid_refresh_token: refused("invalid_grant", () => "Refresh token is invalid or expired."),
  scope_exceeds_grant: refused("invalid_scope", () => "The scope was not granted."),
  foreign_token: refused("invalid_request", () => "The token belongs to another client."),
};

export function tiktokOAuthRules(world: World): OAuthRules {
  return {
    platform: "tiktok",
    name: "TikTok",
    scopes,
    refreshScope: null,
    pkceMethods: ["S256"],
    challengeEncoding: "hex",
    clientIdParameter: "client_key",
    scopeSeparator: ",",
    replyScopeSeparator: ",",
    redirectUris: portWildcard,
    redirectParameters: ({ scopes: granted }) => ({ scopes: granted.join(",") }),
    stateMaximum: 512,
    confidentialClients: "post",
    codeLifetime: 600,
    // Since November 2026; 24 hours and 365 days before.
    ...lifetimes(world, { accessTokenLifetime: 7200, refreshTokenLifetime: 180 * 86_400, refreshGrace: 0 }),
    tokenType: "Bearer",
    tokenReply: ({ access_token, expires_in, refresh_token, refreshExpiresIn, scope, token_type, grant }) => {
      const person = world.people.find(({ handle }) => handle === grant.person);
      const client = world.clients.find("tiktok", grant.clientId);
      const open_id = person && client ? openId(person, client) : "";
      const refresh = refresh_token === undefined ? {} : { refresh_token, refresh_expires_in: refreshExpiresIn };
      return { access_token, expires_in, open_id, ...refresh, scope, token_type };
    },
    refusalBody: ({ error, description }) => oauthErrorBody(error, description),
    refusals,
    // "The app disappears" from those that the person is connected to.
    revokesAll: true,
    revoked: {},
  };
}

/** Desktop: this machine alone, with a port or `*` for any. Web: https, and not this machine. */
export function refusesRedirectUri(uri: string): string | null {
  if (uri.length >= 512) return "it is longer than 511 characters";
  const { protocol, hostname, port, search, hash } = new URL(uri.replace(/^(https?:\/\/[^/:]+):\*/, "$1:1"));
  if (search !== "" || hash !== "") return "it must have no query and no fragment";
  if (hostname === "localhost" || hostname === "127.0.0.1") {
    return /^https?:$/.test(protocol) && port !== "" ? null : "a port is mandatory; * stands for any";
  }
  return protocol === "https:" ? null : "it must be https, or on localhost or 127.0.0.1";
}
