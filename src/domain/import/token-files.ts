/** Token files: JSON of one's own, and the configurations of gh, toot and xurl. */
import {
  type Findings,
  type FoundToken,
  instantIn,
  type PassedOver,
  platformNamed,
  recordIn,
  scopesIn,
  textIn,
} from "./found-token.ts";

type Raw = Readonly<Record<string, unknown>>;

/**
 * `{accessToken, refreshToken, expiresIn, scope, createdAt}`, or in the snake_case of RFC 6749 section 5.1: one (whose platform
 * it names, or `platform` does), a list of them, or one for each platform.
 */
export function tokensInJson(raw: unknown, platform: string | null): Findings {
  const entries: readonly (readonly [place: string, name: string | null, value: unknown])[] = Array.isArray(raw)
    ? raw.map((value, index) => [`[${index}]`, null, value] as const)
    : isToken(recordIn(raw))
      ? [["the token", null, raw] as const]
      : Object.entries(recordIn(raw)).flatMap(([name, value]) =>
          Array.isArray(value)
            ? value.map((each, index) => [`${name}[${index}]`, name, each] as const)
            : [[name, name, value] as const],
        );
  return gathered(entries.map(([place, name, value]) => fromJson(place, name, recordIn(value), platform)));
}

const field = (raw: Raw, ...names: readonly string[]): unknown =>
  names.map((name) => raw[name]).find((value) => value != null);

function isToken(raw: Raw): boolean {
  return textIn(field(raw, "accessToken", "access_token", "token")) !== null;
}

function fromJson(place: string, name: string | null, raw: Raw, given: string | null): FoundToken | PassedOver {
  const told = textIn(raw["platform"]) ?? textIn(raw["provider"]) ?? given ?? name;
  const platform = told === null ? null : platformNamed(told);
  const token = textIn(field(raw, "accessToken", "access_token", "token"));
  if (token === null) return { place, platform, why: "it holds no access token" };
  if (platform === null)
    return { place, platform, why: "it does not say of which platform it is: --platform PLATFORM" };
  const clientId = textIn(field(raw, "clientId", "client_id"));
  const clientSecret = textIn(field(raw, "clientSecret", "client_secret"));
  const common = {
    place,
    platform,
    token,
    instance: textIn(field(raw, "instance", "issuer", "host", "server")),
    handle: textIn(field(raw, "username", "handle", "account")),
  };
  const tokenSecret = textIn(field(raw, "accessTokenSecret", "access_token_secret", "tokenSecret", "token_secret"));
  if (tokenSecret !== null) {
    const consumerKey = textIn(field(raw, "consumerKey", "consumer_key")) ?? clientId;
    const consumerSecret = textIn(field(raw, "consumerSecret", "consumer_secret")) ?? clientSecret;
    const app = consumerKey === null ? null : { clientId: consumerKey, clientSecret: consumerSecret };
    return { ...common, kind: "oauth1", tokenSecret, app };
  }
  const obtainedAt = instantIn(field(raw, "createdAt", "created_at", "obtainedAt", "obtained_at"));
  const expiresIn = Number(field(raw, "expiresIn", "expires_in") ?? Number.NaN);
  const ends = instantIn(field(raw, "expiresAt", "expires_at", "expiration_time"));
  return {
    ...common,
    kind: "oauth2",
    refreshToken: textIn(field(raw, "refreshToken", "refresh_token")),
    obtainedAt,
    // Without the day that it was given on, a lifetime says nothing.
    expiresAt: ends ?? (obtainedAt !== null && Number.isFinite(expiresIn) ? obtainedAt + expiresIn * 1000 : null),
    scopes: scopesIn(field(raw, "scope", "scopes")),
    app: clientId === null ? null : { clientId, clientSecret },
  };
}

/** hosts.yml of gh (https://cli.github.com/manual/gh_auth_login): the token is there only where the keychain has it not. */
export function tokensInGh(raw: unknown): Findings {
  const found = Object.entries(recordIn(raw)).flatMap(([host, value]): (FoundToken | PassedOver)[] => {
    const entry = recordIn(value);
    if (host !== "github.com") return [{ place: host, platform: "github", why: "agencyiq knows github.com alone" }];
    const active = textIn(entry["user"]);
    const users = Object.entries(recordIn(entry["users"]));
    const named = users.length > 0 ? users : [[active ?? "", entry] as const];
    return named.map(([user, more]) => {
      const place = user === "" ? host : `${host} ${user}`;
      const own = textIn(recordIn(more)["oauth_token"]);
      const token = own ?? (user === active || users.length < 2 ? textIn(entry["oauth_token"]) : null);
      if (token === null) return { place, platform: "github", why: inKeychain };
      const methods = ["token", "personal-token", "personal"];
      return { place, platform: "github", kind: "key", methods, token, handle: user || null };
    });
  });
  return gathered(found);
}

const inKeychain =
  "its token is in the keychain: gh auth token | agencyiq connect github --credential token --token-stdin";

/** config.json of toot: `apps` by instance, `users` by `name@instance`. */
export function tokensInToot(raw: unknown): Findings {
  const apps = recordIn(recordIn(raw)["apps"]);
  const found = Object.entries(recordIn(recordIn(raw)["users"])).map(([name, value]): FoundToken | PassedOver => {
    const user = recordIn(value);
    const token = textIn(user["access_token"]);
    const host = textIn(user["instance"]);
    if (token === null || host === null) return { place: name, platform: "mastodon", why: "it holds no access token" };
    const app = recordIn(apps[host]);
    return {
      place: name,
      platform: "mastodon",
      kind: "key",
      methods: ["token"],
      token,
      instance: textIn(app["base_url"]) ?? host,
      handle: textIn(user["username"]),
    };
  });
  return gathered(found);
}

/** ~/.xurl: an app each with its logins (YAML), or before that the logins alone (JSON). */
export function tokensInXurl(raw: unknown): Findings {
  const file = recordIn(raw);
  const apps = Object.entries(recordIn(file["apps"]));
  const named = apps.length > 0 ? apps : [["", file] as const];
  return gathered(named.flatMap(([name, value]) => ofXurlApp(name, recordIn(value))));
}

function ofXurlApp(name: string, app: Raw): (FoundToken | PassedOver)[] {
  const at = (place: string) => (name === "" ? place : `${name} ${place}`);
  const clientId = textIn(app["client_id"]);
  const client = clientId === null ? null : { clientId, clientSecret: textIn(app["client_secret"]) };
  const logins = Object.entries(recordIn(app["oauth2_tokens"])).map(([user, value]): FoundToken | PassedOver => {
    const place = at(`oauth2 ${user}`.trim());
    const login = recordIn(recordIn(value)["oauth2"]);
    const token = textIn(login["access_token"]);
    if (token === null) return { place, platform: "x", why: "it holds no access token" };
    const refreshToken = textIn(login["refresh_token"]);
    const expiresAt = instantIn(login["expiration_time"]);
    return { place, platform: "x", kind: "oauth2", token, refreshToken, expiresAt, app: client, handle: user || null };
  });
  const signed = recordIn(recordIn(app["oauth1_token"] ?? app["oauth1_tokens"])["oauth1"]);
  const token = textIn(signed["access_token"]);
  const consumerKey = textIn(signed["consumer_key"]);
  const oauth1: FoundToken[] =
    token === null
      ? []
      : [
          {
            place: at("oauth1"),
            platform: "x",
            kind: "oauth1",
            token,
            tokenSecret: textIn(signed["token_secret"]),
            app:
              consumerKey === null ? null : { clientId: consumerKey, clientSecret: textIn(signed["consumer_secret"]) },
          },
        ];
  const bearer = textIn(recordIn(app["bearer_token"])["bearer"]);
  const why = "it acts for an app, and for no account";
  return [...logins, ...oauth1, ...(bearer === null ? [] : [{ place: at("bearer"), platform: "x", why }])];
}

function gathered(found: readonly (FoundToken | PassedOver)[]): Findings {
  return {
    tokens: found.filter((each) => "token" in each),
    passedOver: found.filter((each): each is PassedOver => "why" in each),
  };
}
