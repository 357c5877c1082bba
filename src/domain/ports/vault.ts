/**
 * The vault as use cases see it. Every method that writes is one durable transaction (BEGIN IMMEDIATE,
 * FULL sync) with its ledger entry inside; none leaves a half-written state.
 *
 * Errors common to all: Failure `vault_damaged`, `storage_full`, `storage_unwritable`; and for what seals or
 * opens a secret or appends to the ledger: the `key_*` codes, `record_damaged`.
 */
import type { Account } from "../account.ts";
import type { App, AppKind } from "../app.ts";
import type { AppSecret, Credential, CredentialSecret, CredentialStatus, LastError } from "../credential.ts";
import type { LedgerEntry, LedgerFact } from "../ledger.ts";
import type { NewNotification } from "../notification.ts";
import type { RefreshTiming } from "../refresh-schedule.ts";
import type { Instant } from "../time.ts";
import type { TokenSet } from "../token.ts";
import type { BrandBook } from "./brand-book.ts";
import type { DeclaredPlatforms } from "./declared-platforms.ts";
import type { ServerCertificate } from "./machine.ts";
import type { Outbox } from "./outbox.ts";
import type { PostStore } from "./post-store.ts";

/** An account with its credentials, in the order they are tried. */
export interface ConnectedAccount extends Account {
  readonly credentials: readonly Credential[];
}

export interface NewAccount {
  readonly brand: string;
  readonly platform: string;
  readonly handle: string;
  readonly name: string | null;
  readonly externalId: string | null;
  readonly issuer: string | null;
  readonly url: string | null;
  /** What is known of its place, by names of its platform. Absent: what was known stays. */
  readonly facts?: Readonly<Record<string, string>>;
}

export interface NewCredential {
  readonly method: string;
  /** Which of the platform's ways in it is (default 0): those of a lower one are tried first, whenever they were connected. */
  readonly rank?: number;
  readonly issuer: string | null;
  readonly clientId: string;
  readonly dpop: boolean;
  readonly refreshable: boolean;
  readonly serverMetadata: Readonly<Record<string, unknown>> | null;
  readonly tokens: TokenSet;
  /** The private JWK of RFC 9449, as JSON. */
  readonly dpopKey: string | null;
  /** The platform's id of the person who signed in; absent: not known. */
  readonly subject?: string | null;
  /** The method of the credential that it is got with, stored along with it; absent: it came of the login itself. */
  readonly derivedFrom?: string;
  /** OAuth 1.0a: the half of the signature's key that came with the token. */
  readonly tokenSecret?: string | null;
  /** What sessions are opened with: an application password. */
  readonly key?: string | null;
  readonly clockSkew: number;
  /** The platform's rules, for when the first refresh is due. */
  readonly timing: RefreshTiming;
}

/** What one login brought for one identity: the account, and its credentials in the order they are tried. */
export interface NewConnection {
  readonly account: NewAccount;
  readonly credentials: readonly NewCredential[];
}

export interface AppInput {
  readonly platform: string;
  readonly issuer: string | null;
  /** Default: `oauth2`. */
  readonly kind?: AppKind;
  readonly clientId: string;
  /** undefined keeps a stored one for the same client id; null removes it. */
  readonly clientSecret?: string | null;
  readonly redirectUri: string | null;
  readonly scopes: readonly string[] | null;
  readonly registered: boolean;
  readonly registrationAccessToken?: string | null;
  readonly serverMetadata: Readonly<Record<string, unknown>> | null;
}

export type AttemptState = "sent" | "committed" | "rejected" | "transient" | "ambiguous" | "superseded";

/** One refresh request, recorded before it leaves. */
export interface RefreshAttempt {
  readonly id: string;
  readonly credentialId: string;
  readonly generation: number;
  readonly state: AttemptState;
  /** How often this very refresh token was presented before without a known outcome. */
  readonly replay: number;
  readonly host: string;
  readonly processId: number;
  readonly sentAt: Instant;
  readonly finishedAt: Instant | null;
  readonly httpStatus: number | null;
  readonly oauthError: string | null;
}

export interface RefreshFailure {
  readonly state: Exclude<AttemptState, "sent" | "committed">;
  readonly httpStatus: number | null;
  readonly oauthError: string | null;
  /** What the credential becomes; unchanged when absent. */
  readonly status?: CredentialStatus;
  readonly reason?: string;
  readonly error: LastError;
  readonly backoffUntil: Instant | null;
  /** When it is tried again by itself; null: never. */
  readonly nextRefreshAt: Instant | null;
  /** The developer app was refused: every credential of the same app waits. */
  readonly pausesApp?: boolean;
  /** Until then this server is asked nothing for anybody. */
  readonly pause?: { readonly scope: string; readonly until: Instant };
  /** Put into the outbox in the same transaction. */
  readonly notification?: NewNotification;
}

export interface CommitRefresh {
  readonly attemptId: string;
  readonly credentialId: string;
  /** The generation the request was made from: the compare in compare-and-swap. */
  readonly fromGeneration: number;
  readonly tokens: TokenSet;
  readonly clockSkew: number;
  /** The platform's rules, for when the next refresh is due. */
  readonly timing?: RefreshTiming;
  /** Put into the outbox if something else was told of this credential before. */
  readonly recovery?: NewNotification;
}

/** What a platform says of a token that it was asked about, by this machine's clock. */
export interface TokenFacts {
  readonly accessExpiresAt?: Instant | null;
  readonly scopes?: readonly string[];
  readonly dataAccessExpiresAt?: Instant;
}

/** What was believed otherwise. */
export type TokenFact = keyof TokenFacts;

/** A credential whose refresh is due, and which server it is asked of. */
export interface DueCredential {
  readonly credentialId: string;
  readonly platform: string;
  readonly method: string;
  readonly issuer: string | null;
  readonly dueAt: Instant;
}

export interface Census {
  readonly platform: string;
  readonly status: CredentialStatus;
  readonly credentials: number;
  /** The access token that ends first. */
  readonly firstExpiresAt: Instant | null;
  readonly lastRefreshedAt: Instant | null;
}

export interface Lock {
  release(): void;
  /** Releases it for good, and leaves no file behind: nobody needs this name any more, nor does anything under it. */
  retire(): void;
}

export interface LedgerQuery {
  readonly accounts?: readonly string[];
  readonly since?: Instant;
  readonly after?: number;
  readonly limit?: number;
}

/** See post-store.ts for posts and deliveries, outbox.ts for notifications, brand-book.ts for brands, declared-platforms.ts for platforms from files. */
export interface Vault extends BrandBook, DeclaredPlatforms, Outbox, PostStore {
  readonly id: string;

  /** Opens the key and shows that the store takes a write, so that nothing is begun that could not be kept. */
  prove(): Promise<void>;

  // accounts
  accounts(filter?: { platform?: string; brand?: string }): Promise<ConnectedAccount[]>;
  account(id: string): Promise<ConnectedAccount | null>;
  /**
   * Stores a fresh authorization. An account already known by (brand, platform, issuer, external id) keeps its id,
   * handle and name unless they changed at the platform; its credential of the same method gets a new generation.
   */
  connect(account: NewAccount, credential: NewCredential): Promise<ConnectedAccount>;
  /** The same for everything that one login brought: all of it, or nothing. */
  connectAll(connections: readonly NewConnection[]): Promise<ConnectedAccount[]>;
  /** Corrects who an account is, once the platform has told. */
  identify(accountId: string, identity: Pick<NewAccount, "handle" | "name" | "externalId" | "url">): Promise<void>;
  /** What its platform says now of the account's place, in place of what was known. */
  keepFacts(accountId: string, facts: Readonly<Record<string, string>>): Promise<void>;
  renameAccount(accountId: string, handle: string): Promise<void>;
  setDefaultAccount(accountId: string): Promise<void>;
  /** Forgets the account and every secret of it; pages are zeroed and the WAL is truncated. */
  disconnect(accountId: string, detail: { revoked: boolean }): Promise<void>;

  // apps
  apps(): Promise<App[]>;
  saveApp(input: AppInput): Promise<App>;
  removeApp(appId: string): Promise<void>;
  appSecret(app: App, kind: AppSecret): Promise<string | null>;

  /** What `connect --https` answers with; null: none was made yet, or its record is damaged. */
  callbackCertificate(): Promise<ServerCertificate | null>;
  /** In place of one there was. */
  keepCallbackCertificate(certificate: ServerCertificate): Promise<void>;

  // secrets of credentials
  /** @throws Failure `record_damaged`, `record_rolled_back`, `not_connected` for an account that is gone meanwhile */
  secret(credential: Credential, kind: CredentialSecret): Promise<string | null>;

  // refresh (REFRESH protocol, docs/refresh.md)
  /** One holder per name across processes, freed by the kernel when the process ends. @throws Failure `refresh_busy` after `wait` ms */
  lock(name: string, wait: number): Promise<Lock>;
  credential(id: string): Promise<Credential | null>;
  lastAttempt(credentialId: string): Promise<RefreshAttempt | null>;
  /** `presented` is the token that will be sent; its fingerprint is kept. The durable intent: after this commit, and only then, may the request leave. @throws Failure `refresh_busy` for a credential that moved on */
  beginAttempt(credential: Credential, address: string, replay: number, presented: string): Promise<RefreshAttempt>;
  /** Whether this refresh token was refused for good before (tombstone), so that no process presents it again. */
  isTombstoned(credential: Credential): Promise<boolean>;
  commitAttempt(commit: CommitRefresh, address: string): Promise<"committed" | "superseded">;
  /** `superseded`: the credential has moved on meanwhile, and was left as it is. */
  failAttempt(attempt: RefreshAttempt, failure: RefreshFailure, address: string): Promise<"failed" | "superseded">;
  /** The platform's API refused a token that is not to be renewed; nothing happens to a credential that moved on. */
  refuseCredential(
    credential: Pick<Credential, "id" | "generation">,
    refusal: { readonly error: LastError; readonly notification: NewNotification },
    address: string,
  ): Promise<void>;
  /**
   * What the platform says of the token now; what is absent is left as it is. Where that is another thing than was believed, the
   * ledger has it, and the next refresh is worked out anew. Nothing happens to a credential that moved on.
   */
  correct(
    credential: Pick<Credential, "id" | "generation">,
    facts: TokenFacts,
    timing: RefreshTiming,
    address: string,
  ): Promise<readonly TokenFact[]>;
  /** Keeps what could not be committed: a sealed file, applied at the next chance with the same compare-and-swap. */
  rescue(commit: CommitRefresh): Promise<void>;
  /** Applies rescue files of a credential; the number applied. */
  applyRescues(credentialId: string, address: string): Promise<number>;

  // schedule
  /** What is due, the most overdue first. */
  dueCredentials(now: Instant, limit: number): Promise<DueCredential[]>;
  /** When the next credential is due; null: none ever. */
  nextDueAt(): Promise<Instant | null>;
  /** Corrects when a credential is due, unless it moved on. */
  schedule(credential: Pick<Credential, "id" | "generation">, at: Instant | null): Promise<void>;
  /** After a clock was set back: short-lived tokens that were obtained after `after` are due now. How many. */
  distrustAfter(after: Instant): Promise<number>;
  /** How credentials stand, by platform: for metrics. */
  census(): Promise<readonly Census[]>;
  /** Accounts with a credential that comes to its end before `before`, whose refresh fails, that has ended, or that waits for a person. */
  accountsAtRisk(before: Instant): Promise<ConnectedAccount[]>;
  /** Those of the platform with a credential that it was not asked about after `since`. */
  uncheckedAccounts(platform: string, since: Instant): Promise<ConnectedAccount[]>;
  /** When the platform was asked about the credential that waits longest; null: it has none. */
  oldestCheck(platform: string): Promise<Instant | null>;
  /** The platform takes the credential's token now. */
  checked(credentialId: string): Promise<void>;
  /** The account that a credential is of; null once it is gone. */
  accountOf(credentialId: string): Promise<ConnectedAccount | null>;
  /** Until when a server asked to be left alone; null: it did not. */
  pausedUntil(scope: string): Promise<Instant | null>;

  // history
  ledger(query: LedgerQuery): Promise<LedgerEntry[]>;
  append(fact: LedgerFact): Promise<void>;

  close(): Promise<void>;
}
