// https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
import { lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { World } from "../world.ts";

/** Names and words from the OAuth2UserToken scheme of X's OpenAPI description, version 2.167, and its scope list. */
const scopes = {
  "tweet.read": "See all posts you can see, including those from protected accounts",
  "tweet.write": "Post and repost for you",
  "tweet.moderate.write": "Hide and unhide replies to your posts",
  "users.read": "See any account you can see, including protected accounts",
  "users.email": "See your e-mail address",
  "follows.read": "See who you follow and who follows you",
  "follows.write": "Follow and unfollow accounts for you",
  "offline.access": "Stay connected to your account until you take access away",
  "space.read": "See all Spaces you can access",
  "mute.read": "See accounts you have muted",
  "mute.write": "Mute and unmute accounts for you",
  "like.read": "See posts you have liked",
  "like.write": "Like and unlike posts for you",
  "list.read": "See Lists you have made or are a member of",
  "list.write": "Make and manage Lists for you",
  "block.read": "See accounts you have blocked",
  "block.write": "Block and unblock accounts for you",
  "bookmark.read": "See your bookmarked posts",
  "bookmark.write": "Bookmark posts and remove bookmarks",
  "broadcast.read": "See your live broadcasts and their chat",
  "broadcast.write": "Manage your live broadcasts for you",
  "dm.read": "Read your direct messages",
  "dm.write": "Send and manage direct messages for you",
  "media.write": "Upload media, such as photos and videos, for you",
  "timeline.read": "See all custom timelines you can see",
} as const;

const invalid = (description: (subject: string) => string) => ({ status: 400, error: "invalid_request", description });

/** X says invalid_request where the RFC says invalid_grant, and unauthorized_client where it says invalid_client. */
const refusals: Refusals = {
  ...standardRefusals,
  missing_parameter: invalid((name) => `Missing required parameter [${name}].`),
  repeated_parameter: invalid((name) => `Repeated parameter [${name}].`),
  client_authentication: {
    status: 401,
    error: "unauthorized_client",
    description: () => "Missing valid authorization header",
  },
  invalid_code: invalid(() => "Value passed for the authorization code was invalid."),
  redirect_uri_mismatch: invalid(
    () => "Value passed for the redirect uri did not match the uri of the authorization code.",
  ),
  code_verifier_mismatch: invalid(() => "Value passed for the code verifier did not match the code challenge."),
  invalid_refresh_token: invalid(() => "Value passed for the token was invalid."),
  foreign_token: invalid(() => "Value passed for the token was invalid."),
};

export function xOAuthRules(world: World): OAuthRules {
  return {
    platform: "x",
    name: "X",
    scopes,
    refreshScope: "offline.access",
    pkceMethods: ["S256", "plain"],
    stateMaximum: 500,
    confidentialClients: "basic",
    codeLifetime: 30,
    // Six months is what clients have seen; X does not publish a figure.
    ...lifetimes(world, { accessTokenLifetime: 7200, refreshTokenLifetime: 15_552_000, refreshGrace: 0 }),
    tokenType: "bearer",
    refusals,
    revoked: { revoked: true },
  };
}

/** Schemes that X refuses as callbacks of native apps, https://docs.x.com/fundamentals/developer-apps */
const blockedSchemes = new Set(["javascript:", "vbscript:", "data:", "file:", "ftp:", "mailto:", "telnet:"]);

export function refusesRedirectUri(uri: string): string | null {
  const { protocol, hash } = new URL(uri);
  if (blockedSchemes.has(protocol)) return `${protocol} is not allowed`;
  return hash === "" ? null : "it has a fragment";
}
