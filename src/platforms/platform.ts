/**
 * What a platform is to agencyiq: data first, then at most a handful of small functions. Adding one is a
 * file in this folder, a line in index.ts, a sandbox twin, conformance data and a guide.
 */
import type { Limits } from "../domain/limits.ts";
import type { Pace } from "../domain/pace.ts";
import type { FailureClass } from "../domain/platform-failure.ts";
import type { HttpMethod } from "../domain/ports/http.ts";
import type { MediaFacts, MediaSource } from "../domain/ports/media.ts";
import type { MediaFile, PostPart } from "../domain/post.ts";
import type { OptionValue, PostOption } from "../domain/post-option.ts";
import type { RefreshTiming } from "../domain/refresh-schedule.ts";
import type { Instant } from "../domain/time.ts";

export type { Pace };

/** How the token endpoint authenticates the client (RFC 6749 section 2.3, OpenID Connect names). */
export type ClientAuthentication = "client_secret_basic" | "client_secret_post";

/** One OAuth 2 way in. Endpoints are absent where they are discovered from an issuer. */
export interface OAuth2Method {
  readonly kind: "oauth2";
  /** What `--credential` and the vault call it. */
  readonly id: string;
  readonly endpoints: OAuth2Endpoints | "discovery";
  /** `S256-hex`: the challenge is the digest in hexadecimal, as TikTok wants it. `none`: the platform refuses or ignores it. */
  readonly pkce: "S256" | "S256-hex" | "none";
  /** What the platform calls `client_id`; absent: that. */
  readonly clientIdParameter?: string;
  /** Between scopes in the authorization request; absent: a space (RFC 6749 section 3.3). */
  readonly scopeSeparator?: ",";
  /** Used when the app has a secret; without one the client is public and sends `client_id` in the body. */
  readonly clientAuthentication: ClientAuthentication;
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
  readonly identify?: Platform["identify"];
}

/**
 * A token that is got with another one, as a Page's is with its administrator's. The account keeps both: the derived one
 * posts, the login's is kept alive, never posts, and brings a new one when the derived one is refused.
 */
export interface DerivedMethod {
  readonly kind: "derived";
  readonly id: string;
  readonly tokens: TokenRules;
  /** With the login's token: the token of the identity with this id; null: the login has no right to it any more. */
  readonly derive: (api: Api, externalId: string) => Promise<IdentityToken | null>;
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
export type ConnectMethod = OAuth2Method | OAuth1Method;

export interface OAuth1Endpoints {
  readonly requestToken: string;
  readonly authorize: string;
  readonly accessToken: string;
  /** Ends the token that signs the request. */
  readonly invalidate?: string;
}

export interface OAuth2Endpoints {
  readonly authorize: string;
  readonly token: string;
  readonly revoke?: string;
  readonly deviceAuthorization?: string;
  readonly userinfo?: string;
  /** The value of `iss` and of id tokens, where the platform sends them. */
  readonly issuer?: string;
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
  readonly registeredPort?: "*";
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

/** At most this many refreshes: `burst` at once, then `perSecond`. */
export interface RefreshRate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenRules extends RefreshTiming {
  /** Absent: by refresh token (RFC 6749 section 6). `none`: a person has to connect again when it ends. */
  readonly renewal?: TokenExchange | "none";
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

/** One row of the platform's error table. All given fields must match; the first matching row wins. */
export interface FailureRule {
  readonly status?: number;
  /** A pair: from the one up to, and with, the other. */
  readonly code?: string | number | readonly [from: number, to: number];
  /** What Meta puts beside a code that means many things. */
  readonly subcode?: number;
  /** Found in the problem's `type`, as a substring. */
  readonly type?: string;
  readonly message?: RegExp;
  /** The answer says of itself that it will pass. */
  readonly transient?: true;
  readonly is: FailureClass;
  /** What was to be changed may have been changed all the same. */
  readonly doubtful?: true;
  /** What to tell the user in place of the platform's words. */
  readonly say?: string;
  readonly hint?: string;
  /** Seconds after which it may pass, for platforms whose answers do not say so. */
  readonly wait?: number | ((now: Instant) => number);
}

/** What a platform's error body says, in common words. */
export interface PlatformError {
  readonly code?: string | number | undefined;
  readonly subcode?: number | undefined;
  readonly transient?: boolean | undefined;
  readonly type?: string | undefined;
  readonly message?: string | undefined;
}

/** One message as it goes to a platform: its part of the post, and what it answers. */
export interface Message extends PostPart {
  readonly title: string | null;
  readonly link: string | null;
  /** In a thread: the message before. */
  readonly replyTo: string | null;
  readonly quote: string | null;
  readonly language: string | null;
  readonly visibility: string | null;
  readonly tags: readonly string[];
  readonly firstComment: string | null;
  /** What stands for the video until it plays; null where the platform takes none. */
  readonly thumbnail: MediaFile | null;
  /** By the names of the platform's `options`: what was asked for, checked by their rules. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

/**
 * Does a sub-request once in a delivery's life: what it gave is on disk before it is used, and is given again when the
 * delivery goes on in another process.
 */
export type Step = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/** What `commit` is given beside the message. */
export interface Sending<Prepared = unknown> {
  readonly prepared: Prepared;
  /** The same for every try of this message: for platforms that refuse to do the same thing twice. */
  readonly idempotencyKey: string;
  /** When the first try left that may have been carried out, by the platform's clock; null or absent: there was none. */
  readonly doubtedSince?: Instant | null;
  /** As in `prepare`, and of the same steps: what was kept there, and what the commit request gave that `confirm` needs. */
  readonly step: Step;
}

/** Three parts that are treated differently when something goes wrong. */
// biome-ignore lint/suspicious/noExplicitAny: each platform knows what it prepared; nobody else looks at it.
export interface Publishing<Prepared = any> {
  /** Uploads and waits for processing: repeated freely, step by step. */
  readonly prepare?: (api: Api, message: Message, step: Step) => Promise<Prepared>;
  /** The one request that makes the message public. Never repeated blindly. */
  readonly commit: (api: Api, message: Message, sending: Sending<Prepared>) => Promise<Published>;
  /**
   * The platform carries out what has the same `idempotencyKey` once, for so long after the first time (milliseconds), and
   * answers the second time as it did the first: an answer that was lost is asked for again. As a function: it is so for this
   * account and message; 0: not at all.
   */
  readonly idempotentFor?: number | ((api: Api, message: Message) => number);
  /**
   * Read-only: did it go out? null: nothing of it is there. Absent, or undefined as answer: it cannot be told. Nothing
   * that was there before `since` (by the platform's clock) can be it.
   */
  readonly confirm?: (
    api: Api,
    message: Message,
    sending: Sending<Prepared>,
    since: Instant,
  ) => Promise<Published | null | undefined>;
  /**
   * Until so long after a request left, "nothing of it is there" does not prove that it was not carried out (milliseconds;
   * default: 2 min): it may still be under way, or what it made may not be listed yet.
   */
  readonly settles?: number;
  /** For so long what `prepare` did is used by later tries (milliseconds; default: 12 h); platforms drop what is not posted. */
  readonly keeps?: number;
  /** The scopes that this very message takes, where they are not the method's `neededToPublish`. */
  readonly scopesFor?: (message: Message) => readonly string[];
  readonly delete?: (api: Api, remoteId: string) => Promise<void>;
  /** Writes `text` under what was published; its own step of a delivery, with the same promises as `commit`. */
  readonly comment?: (api: Api, remoteId: string, text: string) => Promise<Published>;
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
  /** Why it cannot be posted as, and what to do about it; it is told and not offered. */
  readonly unusable?: string;
}

export interface Published {
  readonly remoteId: string;
  readonly url: string;
}

/** A part of a file, read while it is sent: from `start` up to, but not with, `end`. */
export interface FileSlice {
  readonly source: MediaSource;
  readonly start: number;
  readonly end: number;
}

/** Of one kind of body at most. */
export interface ApiRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** multipart/form-data (RFC 7578), its fields in this order. */
  readonly multipart?: Readonly<Record<string, string | FileSlice>>;
  /** The file's bytes themselves, with its type. */
  readonly file?: FileSlice;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing is public by it: it is sent again, a few times, where no answer came or the platform broke. */
  readonly repeatable?: boolean;
  /** Nothing is public by it either, but it is not sent again as it is: whoever sends it looks how far it came. */
  readonly resumable?: boolean;
  /** The scheme before the token (default: `Bearer`); `none`: the URL itself is the right to it, and a secret. */
  readonly authorization?: "OAuth" | "none";
  /** The form field, or the query parameter where there is no form, that the token is sent in: of what looks into tokens. */
  readonly tokenField?: string;
  /** Statuses beside 2xx that are answers and no errors. */
  readonly accepts?: readonly number[];
}

/** An answer with what its body does not say. */
export interface ApiAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The platform's API with the account's token; an error answer is thrown as a Failure by the platform's own table. */
export interface Api {
  get(url: string, request?: ApiRequest): Promise<unknown>;
  post(url: string, request?: ApiRequest): Promise<unknown>;
  put(url: string, request?: ApiRequest): Promise<unknown>;
  delete(url: string, request?: ApiRequest): Promise<unknown>;
  /** As those above, where the headers or the status matter. */
  call(method: HttpMethod, url: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** The token itself, for the calls that take one as what they are about. */
  token(): Promise<string>;
  /**
   * From now on never shown: what a platform gave as a URL that is a right in itself. To be told when it is got, and again when
   * a step gives it in another process.
   */
  keepSecret(value: string): void;
  /** The developer's app that the token was given to. */
  app(): Promise<{ readonly clientId: string; readonly clientSecret: string | null }>;
  /** A file that a message names, or the copy that goes out in its place. @throws Failure `file_unreadable` */
  open(file: MediaFile): Promise<MediaSource>;
  /** For what a platform takes its time over. Rejects when the process is to end. */
  wait(seconds: number): Promise<void>;
  now(): Instant;
  /** The account's id at the platform; null: not known yet. */
  readonly externalId: string | null;
  /** The account's handle, where the platform's URLs need it. */
  readonly handle: string | null;
  /** Of the endpoints in force (discovered ones where the method says so) those that platforms ask. */
  readonly endpoints: Pick<OAuth2Endpoints, "userinfo" | "issuer">;
  /** For request URLs: the name of `Platform.version`, or what stands in its place (`AGENCYIQ_<PLATFORM>_API_VERSION`). */
  readonly version: string;
}

/** What a live check found, beside the word for people. */
export interface TokenCheck {
  readonly say: string;
  /** Of the token itself; null: it does not expire; absent: not told. */
  readonly expiresAt?: Instant | null;
  /** When reading a person's data ends though the token lives; a person signs in again before. */
  readonly dataAccessExpiresAt?: Instant;
  readonly scopes?: readonly string[];
}

/** The version of the API that is spoken, and what is known of its end. */
export interface ApiVersion {
  readonly name: string;
  /** RFC 3339 date; null: not announced. */
  readonly endsOn: string | null;
  /** Where the platform publishes it. */
  readonly documentation: string;
}

/** What is looked at beside a message, before anything of it is sent. */
export interface MessageFacts {
  readonly now: Instant;
  readonly video: MediaFacts | null;
}

/** What a person does at the platform before `connect` can work; walked by `agencyiq setup`. */
export interface SetupStep {
  readonly title: string;
  readonly text: string;
  readonly open?: string;
}

export interface Platform {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  /** Where the facts of this definition are published. */
  readonly documentation: string;
  readonly methods: readonly ConnectMethod[];
  readonly tokens: TokenRules;
  readonly limits: Limits;
  readonly failures: readonly FailureRule[];
  readonly setup: readonly SetupStep[];
  /** The end of a command that makes a first post, where words alone are none. */
  readonly firstPost?: string;
  /** Reads the platform's error body, as JSON or as the text that is none; absent: the common shapes (RFC 6749, RFC 9457, `{errors:[…]}`). */
  readonly errorOf?: (body: unknown) => PlatformError;
  /** The status that an answer should have had, where the platform's own does not say what its body says. */
  readonly statusOf?: (status: number, body: unknown) => number;
  /** Who this token is. Every identity that can be posted as. */
  readonly identify: (api: Api) => Promise<readonly Identity[]>;
  /** The cheapest live call that proves the token works; a short word for people. */
  readonly check: (api: Api) => Promise<string | TokenCheck>;
  /** Warned about before `--live` where a live check costs money or quota. */
  readonly checkCost?: string;
  /** Where a person takes the app's access away by hand. */
  readonly removeAccessAt?: string;
  /** Where RFC 7009 is not spoken: ends the token that is presented, and every other of the same login. */
  readonly revoke?: (api: Api) => Promise<void>;
  readonly version?: ApiVersion;
  /** Hex HMAC-SHA256 of the access token under the app's secret, sent along as this query parameter. */
  readonly tokenProof?: string;
  /** The only host that knows the proof; absent: all of the platform's. */
  readonly tokenProofHost?: string;
  /** Looked at on every answer, with header names in lower case; null: go on. Never throws: the answer would be lost. */
  readonly paceOf?: (headers: Readonly<Record<string, string>>, now: Instant) => Pace | null;
  readonly options?: readonly PostOption[];
  /** What is wrong with a message that `limits` cannot say, each in words. */
  readonly problemsOf?: (message: Message, facts: MessageFacts) => readonly string[];
  /** What is good to know of a video before it is sent, each in words; `--dry-run` tells them. */
  readonly notesOf?: (video: MediaFacts) => readonly string[];
  /** Absent: tokens only. */
  readonly publish?: Publishing;
}

/** Types a definition and keeps its literal shape readable where it stands. */
export function definePlatform(platform: Platform): Platform {
  return platform;
}
