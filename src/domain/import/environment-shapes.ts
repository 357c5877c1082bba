/** The variables that programs and guides keep tokens in. */
import { type Findings, type FoundToken, instantIn, type PassedOver, platformNamed, scopesIn } from "./found-token.ts";

interface KeyShape {
  readonly platform: string;
  /** The first that is there. */
  readonly token: readonly string[];
  readonly methods: readonly string[];
  /** By the way in's own names of what it asks. */
  readonly answers?: Readonly<Record<string, readonly string[]>>;
  readonly instance?: readonly string[];
  readonly usualInstance?: string;
}

/** Keys: as crosspost (its README) and its like name them. A platform or way in that this version lacks is told when it is met. */
const keyShapes: readonly KeyShape[] = [
  { platform: "devto", token: ["DEVTO_API_KEY", "DEV_TO_API_KEY"], methods: ["api-key"] },
  { platform: "discord", token: ["DISCORD_WEBHOOK_URL"], methods: ["webhook"] },
  { platform: "discord", token: ["DISCORD_BOT_TOKEN"], methods: ["bot"], answers: { channel: ["DISCORD_CHANNEL_ID"] } },
  { platform: "slack", token: ["SLACK_WEBHOOK_URL"], methods: ["webhook"] },
  {
    platform: "slack",
    token: ["SLACK_TOKEN", "SLACK_BOT_TOKEN"],
    methods: ["bot"],
    answers: { channel: ["SLACK_CHANNEL", "SLACK_CHANNEL_ID"] },
  },
  { platform: "telegram", token: ["TELEGRAM_BOT_TOKEN"], methods: ["bot"], answers: { chat: ["TELEGRAM_CHAT_ID"] } },
  {
    platform: "bluesky",
    token: ["BLUESKY_PASSWORD", "BLUESKY_APP_PASSWORD", "BSKY_PASSWORD", "BSKY_APP_PASSWORD"],
    methods: ["app-password"],
    answers: { handle: ["BLUESKY_IDENTIFIER", "BLUESKY_HANDLE", "BLUESKY_USERNAME", "BSKY_HANDLE", "BSKY_USERNAME"] },
    instance: ["BLUESKY_HOST", "BLUESKY_SERVICE"],
    usualInstance: "https://bsky.social",
  },
  {
    platform: "mastodon",
    token: ["MASTODON_ACCESS_TOKEN", "MASTODON_TOKEN"],
    methods: ["token"],
    instance: ["MASTODON_HOST", "MASTODON_URL", "MASTODON_BASE_URL", "MASTODON_API_BASE_URL", "MASTODON_INSTANCE"],
  },
  {
    platform: "medium",
    token: ["MEDIUM_ACCESS_TOKEN", "MEDIUM_TOKEN", "MEDIUM_INTEGRATION_TOKEN"],
    methods: ["token"],
  },
  { platform: "github", token: ["GITHUB_TOKEN", "GH_TOKEN"], methods: ["token", "personal-token", "personal"] },
  {
    platform: "wordpress",
    token: ["WORDPRESS_APPLICATION_PASSWORD", "WORDPRESS_APP_PASSWORD"],
    methods: ["application-password"],
    answers: { user: ["WORDPRESS_USERNAME", "WORDPRESS_USER"] },
    instance: ["WORDPRESS_URL", "WORDPRESS_SITE", "WORDPRESS_HOST"],
  },
  {
    platform: "nostr",
    token: ["NOSTR_PRIVATE_KEY"],
    methods: ["key", "private-key"],
    answers: { relays: ["NOSTR_RELAYS"] },
  },
];

/** After `PLATFORM_`, the first that is there. */
const parts = {
  secret: ["ACCESS_TOKEN_SECRET", "ACCESS_SECRET", "TOKEN_SECRET"],
  consumerKey: ["API_CONSUMER_KEY", "CONSUMER_KEY", "API_KEY", "APP_KEY"],
  consumerSecret: [
    "API_CONSUMER_SECRET",
    "CONSUMER_SECRET",
    "API_SECRET_KEY",
    "API_KEY_SECRET",
    "API_SECRET",
    "APP_SECRET",
  ],
  refreshToken: ["REFRESH_TOKEN"],
  clientId: ["CLIENT_ID", "APP_ID", "CLIENT_KEY"],
  clientSecret: ["CLIENT_SECRET", "APP_SECRET"],
  scopes: ["SCOPES", "SCOPE"],
  expiresAt: ["TOKEN_EXPIRES_AT", "ACCESS_TOKEN_EXPIRES_AT", "EXPIRES_AT"],
  instance: ["HOST", "INSTANCE", "URL", "BASE_URL"],
} as const;

const accessToken = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*?)_(?:OAUTH_|OAUTH2_|USER_|PAGE_)?ACCESS_TOKEN(?:_KEY)?$/;

type Variables = Readonly<Record<string, string>>;

export function tokensInVariables(variables: Variables): Findings {
  const given = new Map(
    Object.entries(variables).flatMap(([name, value]) => (value.trim() ? [[name, value.trim()]] : [])),
  );
  const first = (names: readonly string[]) => names.find((name) => given.has(name));
  const keys = keyShapes.flatMap((shape) => {
    const name = first(shape.token);
    if (name === undefined) return [];
    const found = keyAs(shape, name, (names) => given.get(first(names) ?? "") ?? null);
    return [{ name, found: { ...found, token: given.get(name) ?? "" } }];
  });
  const taken = new Set(keys.map(({ name }) => name));
  const logins = [...given].flatMap(([name, token]) => {
    const prefix = accessToken.exec(name)?.[1];
    if (prefix === undefined || taken.has(name)) return [];
    return [
      loginAs(prefix, name, token, (names) => given.get(first(names.map((part) => `${prefix}_${part}`)) ?? "") ?? null),
    ];
  });
  return { tokens: [...keys.map(({ found }) => found), ...logins], passedOver: appTokens(given) };
}

function keyAs(
  shape: KeyShape,
  place: string,
  valueIn: (names: readonly string[]) => string | null,
): Omit<FoundToken, "token"> {
  const { platform, methods, answers = {}, instance = [], usualInstance = null } = shape;
  const known = Object.entries(answers).flatMap(([name, names]) => {
    const value = valueIn(names);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    place,
    platform,
    kind: "key",
    methods,
    answers: Object.fromEntries(known),
    instance: valueIn(instance) ?? usualInstance,
  };
}

function loginAs(
  prefix: string,
  place: string,
  token: string,
  valueIn: (names: readonly string[]) => string | null,
): FoundToken {
  const platform = platformNamed(prefix);
  const instance = valueIn(parts.instance);
  const tokenSecret = valueIn(parts.secret);
  if (tokenSecret !== null) {
    const clientId = valueIn(parts.consumerKey);
    const app = clientId === null ? null : { clientId, clientSecret: valueIn(parts.consumerSecret) };
    return { place, platform, kind: "oauth1", token, tokenSecret, app, instance };
  }
  const clientId = valueIn(parts.clientId);
  return {
    place,
    platform,
    kind: "oauth2",
    token,
    refreshToken: valueIn(parts.refreshToken),
    expiresAt: instantIn(valueIn(parts.expiresAt)),
    scopes: scopesIn(valueIn(parts.scopes)),
    app: clientId === null ? null : { clientId, clientSecret: valueIn(parts.clientSecret) },
    instance,
  };
}

function appTokens(given: ReadonlyMap<string, string>): PassedOver[] {
  return [...given.keys()].flatMap((name) => {
    const [, prefix] = /^(X|TWITTER)_BEARER_TOKEN$/.exec(name) ?? [];
    return prefix === undefined ? [] : [{ place: name, platform: "x", why: "it acts for an app, and for no account" }];
  });
}
