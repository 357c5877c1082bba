// https://github.com/reddit-archive/reddit/wiki/OAuth2 and r2/controllers/oauth2.py there
import { lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { World } from "../world.ts";

const scopes = {
  identity: "Access my reddit username and signup date",
  submit: "Submit links and comments from my account",
  read: "Access posts and comments through my account",
  flair: "Select my subreddit flair. Change link flair on my submissions",
  mysubreddits: "Access the list of subreddits I moderate, contribute to, and subscribe to",
  edit: "Edit and delete my comments and submissions",
  history: "Access my voting history and comments or submissions I've saved or hidden",
  privatemessages: "Access my inbox and send private messages to other users",
} as const;

const refused = (error: string, status = 200) => ({ status, error, description: () => error });

const refusals: Refusals = {
  ...standardRefusals,
  not_a_form: refused("invalid_request"),
  missing_parameter: refused("invalid_request"),
  repeated_parameter: refused("invalid_request"),
  client_authentication: refused("Unauthorized", 401),
  unsupported_grant_type: refused("unsupported_grant_type"),
  invalid_code: refused("invalid_grant"),
  redirect_uri_mismatch: refused("invalid_grant"),
  invalid_refresh_token: refused("invalid_request", 400),
};

export function redditOAuthRules(world: World): OAuthRules {
  return {
    platform: "reddit",
    name: "Reddit",
    scopes,
    refreshScope: null,
    refreshable: ({ parameters }) => parameters["duration"] === "permanent",
    refreshRotation: "kept",
    pkceMethods: [],
    pkce: "ignored",
    redirectErrors: { denied: { error: "access_denied" } },
    stateMaximum: 512,
    confidentialClients: "basic",
    publicClients: "basic",
    basicCredentials: "plain",
    codeLifetime: 600,
    // Refresh tokens do not end; no number is as long as that.
    ...lifetimes(world, { accessTokenLifetime: 86_400, refreshTokenLifetime: 315_360_000, refreshGrace: 0 }),
    tokenType: "bearer",
    refusals,
    refusalBody: ({ reason, error }) =>
      reason === "client_authentication" ? { message: "Unauthorized", error: 401 } : { error },
    revoked: {},
  };
}

/** An installed or web app has one: http or https, and no fragment. */
export function refusesRedirectUri(uri: string): string | null {
  const { protocol, hash } = new URL(uri);
  if (hash !== "") return "it has a fragment";
  return protocol === "https:" || protocol === "http:" ? null : "it must be http or https";
}
