/** The ways into a platform, and the rules of the tokens that they bring: data, as far as it goes. */
import type { RefreshTiming } from "../domain/refresh-schedule.ts";
import type { Api, Facts } from "./api.ts";
import type { OAuth2Endpoints } from "./endpoints.ts";
import type { FailureRule } from "./failure-rule.ts";

/** How the token endpoint authenticates the client (RFC 6749 section 2.3, OpenID Connect names). */
export type ClientAuthentication = "client_secret_basic" | "client_secret_post" | "none";

/** One OAuth 2 way in. Endpoints are absent where they are discovered from an issuer. */
export interface OAuth2Method {
  readonly kind: "oauth2";
  /** What `--credential` and the vault call it. */
  readonly id: string;
  readonly endpoints: OAuth2Endpoints | "discovery";
  /** Where they are discovered, and nowhere else; absent: `--issuer` says it. */
  readonly issuer?: string;
  /** `S256-hex`: the challenge is the digest in hexadecimal, as TikTok wants it. `none`: the platform refuses or ignores it. */
  readonly pkce: "S256" | "S256-hex" | "none";
  /** What the platform calls `client_id`; absent: that. */
  readonly clientIdParameter?: string;
  /** Between scopes in the authorization request; absent: a space (RFC 6749 section 3.3). */
  readonly scopeSeparator?: ",";
  /** Used when the app has a secret; without one the client is public and sends `client_id` in the body. */
  readonly clientAuthentication: ClientAuthentication;
  /** What a client without a secret authenticates as; absent: by `client_id` in the body. `basic`: with an empty password. */
  readonly publicClient?: "basic";
  /** With `client_secret_basic`: id and secret are joined as they are, and not form-encoded before (RFC 6749 section 2.3.1). */
  readonly basicCredentials?: "plain";
  /** Extra parameters of the request that a code is exchanged by. */
  readonly tokenParameters?: Readonly<Record<string, string>>;
  /** What the device authorization request calls `scope`; absent: that (RFC 8628 section 3.1). */
  readonly deviceScopeParameter?: string;
  /** The authorization request is pushed first (RFC 9126). */
  readonly pushed?: "required";
  /** Tokens are bound to a key, whoever asks (RFC 9449). */
  readonly dpop?: "required";
  /** Where the platform exists many times; goes with `endpoints: "discovery"`. Absent there: `--issuer`, by RFC 8414 and RFC 7591. */
  readonly server?: ServerRules;
  readonly scopes: readonly string[];
  /** Scopes without which publishing is refused by the platform. */
  readonly neededToPublish?: readonly string[];
  /** Extra authorize parameters the platform wants. */
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  readonly redirect: RedirectRules;
  /** Revoking a token ends everything that this person gave the app, not its own grant alone (RFC 7009 section 2.1). */
  readonly revokes?: "login";
  /** What a code brings lives for an hour: it is exchanged at once for one that lives long. */
  readonly afterLogin?: TokenExchange;
  /** An app of its own, beside that of the other ways in: `apps set --credential <id>`. */
  readonly ownApp?: true;
  /** The token's own rules where they are not those of the platform. */
  readonly tokens?: TokenRules;
  /** The identities whose tokens this login brings have these rules, and a credential of this id. Absent: they share the login's token. */
  readonly derived?: DerivedMethod;
  /** Who can be posted as after this login; absent: `Platform.identify`. */
  readonly identify?: Identify;
  /** Who it is by the answer that brought the token; null: it does not tell. Looked at before `identify`. */
  readonly identityOf?: (
    answer: Readonly<Record<string, unknown>>,
    api: Api,
  ) => Identity | null | Promise<Identity | null>;
}

/**
 * A token that is got with another one, as a Page's is with its administrator's. The account keeps both: the derived one
 * posts, the login's is kept alive, never posts, and brings a new one when the derived one is refused.
 */
export interface DerivedMethod {
  readonly kind: "derived";
  readonly id: string;
  readonly tokens: TokenRules;
  readonly presentation?: Presentation;
  /**
   * With the login's token: the token of the identity with this id; null: the login has no right to it any more. Absent: only
   * a login brings it, as `Identity.token`.
   */
  readonly derive?: (api: Api, externalId: string) => Promise<IdentityToken | null>;
}

/**
 * A secret that a person gets at the platform by hand and pastes: an API key, a bot's token, a webhook's address, an
 * application password. It is kept as the access token, and does not end by itself unless `tokens` says so.
 */
export interface KeyMethod {
  readonly kind: "key";
  readonly id: string;
  /** What the platform calls it: "API key", "bot token". null: there is none, a person does the last step by hand. */
  readonly name: string | null;
  /** What it is called in a question where it has to be told how to write it: "https://hooks.slack.com/services/…". */
  readonly example?: string;
  /** Asked before it; without a terminal: `--set name=value`. The answers are `api.facts` while connecting. */
  readonly asks?: readonly KeyQuestion[];
  /** What is kept of what was pasted. @throws Failure `usage` that says what is wrong with it, and not what it is */
  readonly read?: (pasted: string, answers: Facts) => string | Promise<string>;
  /** What is to be said of what was pasted, though it is taken; null: nothing. Holds nothing of it. */
  readonly doubtsOf?: (key: string) => string | null;
  readonly presentation?: Presentation;
  /** It is not presented itself: with it, sessions are opened, whose tokens are kept and renewed. */
  readonly session?: KeySession;
  readonly tokens?: TokenRules;
  /** Who can be posted as with it; absent: `Platform.identify`. */
  readonly identify?: Identify;
  readonly server?: ServerRules;
  /** Told before it is asked for: what somebody should know who hands it out. */
  readonly warning?: string;
}

export interface KeyQuestion {
  /** In lower case, words joined by hyphens. */
  readonly name: string;
  /** "The channel to post to". */
  readonly say: string;
  readonly example?: string;
  readonly optional?: true;
}

export interface KeySession {
  /** The tokens in the names of RFC 6749 section 5.1. @throws Failure where the key is refused */
  readonly open: (api: Api, key: string, answers: Facts) => Promise<unknown>;
}

/** How a token travels; absent: `Authorization: Bearer` (RFC 6750 section 2.1), or with a proof or as a signature. */
export type Presentation =
  | { readonly in: "header"; readonly name: string; readonly prefix?: string }
  /** The token is `user:password` (RFC 7617). */
  | { readonly in: "basic" }
  /** It stands where the URL has `{token}`; the URL is a secret then. */
  | { readonly in: "path" }
  | { readonly in: "nothing" };

/** For a platform that exists many times, or has its accounts at many servers: which one is meant, and how it lets apps in. */
export interface ServerRules {
  /** "Which server is the account at?" */
  readonly question: string;
  readonly example: string;
  /** By what a person typed; asks without a token. @throws Failure `usage` for what cannot be one */
  readonly find: (api: Api, typed: string) => Promise<FoundServer>;
  /** Makes an app there. */
  readonly register?: (api: Api, server: FoundServer, app: WantedApp) => Promise<RegisteredApp>;
  /** Whether an app that was made there before is there still: asked before it is used again. Absent: servers forget none. */
  readonly knows?: (api: Api, server: FoundServer, app: RegisteredApp) => Promise<boolean>;
  /** The client id where nothing is registered. */
  readonly clientIdOf?: (redirectUri: string, scopes: readonly string[]) => string;
}

export interface FoundServer {
  /** Its address: what `api.instance` is from now on, and with whose help two accounts of one id are told apart. */
  readonly instance: string;
  /** Of the authorization server (RFC 8414 names); null where none is needed. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** Who is to sign in (OpenID Connect's `login_hint`). */
  readonly loginHint?: string;
  /** What is known of the account by what was typed: `api.facts` while connecting. What it answers of `KeyMethod.asks` is not asked. */
  readonly answers?: Facts;
  /** In place of the method's, where this server knows others. */
  readonly scopes?: readonly string[];
}

export interface WantedApp {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

export interface RegisteredApp {
  readonly clientId: string;
  readonly clientSecret: string | null;
}

/** OAuth 1.0a (RFC 5849): every request is signed with two secrets, and a token lives until somebody takes it away. */
export interface OAuth1Method {
  readonly kind: "oauth1";
  readonly id: string;
  readonly endpoints: OAuth1Endpoints;
  readonly redirect: RedirectRules;
  /** What the platform's console calls the pair of keys. */
  readonly keyNames: { readonly key: string; readonly secret: string };
  /** Who it is, where the answer with the token tells. */
  readonly identityOf?: (answer: Readonly<Record<string, string>>) => Identity | null;
  /** What refusals mean while connecting; looked at before the platform's own table. */
  readonly failures: readonly FailureRule[];
}

/** The platform's ways in; the first is the usual one. */
export type ConnectMethod = AppMethod | KeyMethod;

/** Those that take a developer app. */
export type AppMethod = OAuth2Method | OAuth1Method;

export interface OAuth1Endpoints {
  readonly requestToken: string;
  readonly authorize: string;
  readonly accessToken: string;
  /** Ends the token that signs the request. */
  readonly invalidate?: string;
}

export interface RedirectRules {
  /** `fixed`: must equal a registered URI, port included; `any`: RFC 8252 section 7.3 is honoured. */
  readonly loopbackPort: "fixed" | "any";
  /** Nothing is registered at the platform: what listens on this machine is taken. */
  readonly unregistered?: true;
  /** What the platform wants in place of `127.0.0.1`, if anything. */
  readonly host: "127.0.0.1" | "localhost";
  /** `required`: http is refused even on this machine: `--https` or `--manual`. Absent: http. */
  readonly https?: "required";
  /** With any port: what stands for it in the URI that is registered. Absent: any port there means any other, too. */
  readonly registeredPort?: "*" | "none";
  /** With `--manual` the platform shows the code itself (`urn:ietf:wg:oauth:2.0:oob`), where no address of one's own is asked for. */
  readonly outOfBand?: true;
  /** The path of the redirect URI, where the usual `/callback/<platform>` is refused. */
  readonly path?: string;
}

/** What presenting a refresh token twice does. */
export type ReuseBehaviour =
  | { readonly kind: "non_rotating" }
  | { readonly kind: "idempotent" }
  | { readonly kind: "grace"; readonly seconds: number }
  | { readonly kind: "revokes_family" }
  | { readonly kind: "unknown" };

/**
 * A token that renews itself while it lives, as Meta's do: `GET endpoint?grant_type=…&<tokenParameter>=<access token>`
 * (https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived).
 */
export interface TokenExchange {
  readonly endpoint: string;
  readonly grantType: string;
  readonly tokenParameter: string;
  /** What goes along of the app: `client_id` and `client_secret`, the secret alone, or nothing. */
  readonly with: "client" | "secret" | "nothing";
}

/**
 * By a call of the platform's own: `POST` with the refresh token as bearer and no body. The answer goes through `readReply`.
 * Where the refresh token is dead, `KeySession.open` brings another one.
 */
export interface SessionRenewal {
  readonly refreshAt: (instance: string) => string;
  /** The same way it is ended. What it was opened with lives on. */
  readonly endAt?: (instance: string) => string;
}

/** At most this many refreshes: `burst` at once, then `perSecond`. */
export interface RefreshRate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenRules extends RefreshTiming {
  /** Absent: by refresh token (RFC 6749 section 6). `none`: a person has to connect again when it ends. */
  readonly renewal?: TokenExchange | SessionRenewal | "none";
  /** A person has to sign in again so long after the last time, however often it was renewed meanwhile (milliseconds). */
  readonly loginLifetime?: number;
  /** What this platform may be asked; absent: the daemon's own limit. */
  readonly rate?: RefreshRate;
  /** Puts a token reply that is not one of RFC 6749 into its shape: tokens, or `{error, error_description}`. */
  readonly readReply?: (body: unknown) => unknown;
  /** Seconds, for servers that do not send `expires_in`; null: does not expire unless told so. */
  readonly defaultLifetime: number | null;
  readonly reuse: ReuseBehaviour;
  /** Why a refresh token may end within weeks of a login, and what to do about it: told where one does. */
  readonly endsSoonBecause?: string;
  /** Seconds in which a token that was just given may be refused all the same: it is presented again. */
  readonly settles?: number;
  /** OAuth error codes of the token endpoint that here mean `invalid_grant`. */
  readonly deadGrantErrors?: readonly string[];
}

/** A token that an identity has of its own. */
export interface IdentityToken {
  readonly accessToken: string;
  /** Seconds; null: it does not expire by itself. */
  readonly expiresIn: number | null;
  readonly scopes: readonly string[] | null;
}

export interface Identity {
  readonly externalId: string;
  readonly handle: string;
  readonly name: string | null;
  readonly url: string | null;
  /** The platform's id of the person who signed in, where the identity is not that person: accounts of one login end together. */
  readonly login?: string;
  /** What kind it is, for people who choose: "Page", "organization". */
  readonly kind?: string;
  readonly token?: IdentityToken;
  /** What is known of its place, and needed for posting there: a server's limits, a channel's id, relays. */
  readonly facts?: Facts;
  /** Why it cannot be posted as, and what to do about it; it is told and not offered. */
  readonly unusable?: string;
}

/** Everybody who can be posted as with the token. */
export type Identify = (api: Api) => Promise<readonly Identity[]>;
