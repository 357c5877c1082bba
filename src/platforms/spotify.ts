// https://developer.spotify.com/documentation/web-api, and docs/platforms/spotify.md for what is not verified
import { days, hours } from "../domain/time.ts";
import { type Api, definePlatform, type FailureRule, type Identity, type PlatformError } from "./platform.ts";

interface Profile {
  /** Since May 2026; stays, where `id` may change. */
  readonly account_id?: string;
  readonly id?: string;
  readonly display_name?: string | null;
  readonly external_urls?: { readonly spotify?: string };
}

async function myProfile(api: Api): Promise<Identity> {
  const { account_id, id, display_name, external_urls } = ((await api.get("https://api.spotify.com/v1/me")) ??
    {}) as Profile;
  const handle = id ?? account_id ?? "";
  return {
    externalId: account_id ?? handle,
    handle,
    name: display_name ?? null,
    url: external_urls?.spotify ?? null,
  };
}

/** One that is about the app comes as plain text. */
function errorOf(body: unknown): PlatformError {
  if (typeof body === "string") return { message: body };
  const { error, error_description } = (body ?? {}) as {
    error?: string | { message?: string; reason?: string };
    error_description?: string;
  };
  if (typeof error === "string") return { code: error, message: error_description ?? error };
  return { code: error?.reason, message: error?.message };
}

const failures: readonly FailureRule[] = [
  {
    status: 429,
    code: "QUOTA_EXCEEDED",
    is: "rate_limited",
    say: "the quota of the app's owner is used up for today",
    wait: hours(24) / 1000,
  },
  { status: 429, is: "rate_limited", wait: 30 },
  {
    status: 403,
    message: /user not registered/i,
    is: "app",
    say: "the app does not know this user, or its owner's Premium has lapsed",
    hint: "add the account's name and e-mail under User Management of the app: https://developer.spotify.com/dashboard",
  },
  {
    status: 403,
    message: /insufficient client scope/i,
    is: "scope",
    hint: "connect again: agencyiq connect spotify",
  },
  { status: 401, is: "reauth" },
  { status: 403, is: "permission" },
  { status: 404, is: "gone" },
  { status: 400, is: "invalid_content" },
  { status: 502, is: "transient" },
  { status: 503, is: "transient" },
];

export const spotify = definePlatform({
  id: "spotify",
  name: "Spotify",
  site: "https://open.spotify.com",
  documentation: "https://developer.spotify.com/documentation/web-api",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: "https://accounts.spotify.com/authorize",
        token: "https://accounts.spotify.com/api/token",
      },
      pkce: "S256",
      clientAuthentication: "client_secret_basic",
      scopes: [
        "user-read-private",
        "playlist-read-private",
        "playlist-modify-public",
        "playlist-modify-private",
        "ugc-image-upload",
      ],
      // `localhost` is refused; a URI without a port stands for every port.
      redirect: { loopbackPort: "any", registeredPort: "none", host: "127.0.0.1" },
    },
  ],
  tokens: {
    defaultLifetime: 3600,
    // Without a secret each refresh brings another refresh token; with one the same goes on.
    reuse: { kind: "unknown" },
    // "Six months" (https://developer.spotify.com/blog, 2026-06-18), the shortest of them.
    loginLifetime: days(180),
  },
  removeAccessAt: "https://www.spotify.com/account/apps/",
  limits: {},
  failures,
  errorOf,
  setup: [
    {
      title: "Make an app",
      text: "Sign in with an account that has Premium: the app lives as long as that does. Create app, tick Web API. Its redirect URI has no port, which stands for any; localhost is refused.",
      open: "https://developer.spotify.com/dashboard",
    },
    {
      title: "Say who may use it",
      text: "User Management: add the name and the e-mail address of every account that is to be connected, your own too. In Development Mode there are five at most.",
      open: "https://developer.spotify.com/dashboard",
    },
    {
      title: "Take its Client ID",
      text: "Settings, Client ID. No client secret is needed, and agencyiq is better off without it.",
    },
  ],
  identify: async (api) => [await myProfile(api)],
  check: async (api) => `account ${(await myProfile(api)).handle}`,
});
