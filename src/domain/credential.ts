import type { Instant } from "./time.ts";

/**
 * Where a credential stands, apart from the clock. What users see (healthy, expiring, …) is computed from
 * this and the time: see health.ts.
 */
export type CredentialStatus =
  | "active"
  /** The authorization server said, in a parsed OAuth error, that the grant is dead. */
  | "reauth_required"
  /** The developer app is refused (`invalid_client`); its accounts wait. */
  | "paused"
  /** Restored from a backup: its refresh token may have been used since. */
  | "needs_confirm";

export interface LastError {
  readonly code: string;
  readonly message: string;
  readonly at: Instant;
}

/** One way of acting for an account. Holds no secret: those are sealed in their own records. */
export interface Credential {
  readonly id: string;
  readonly accountId: string;
  /** Credentials of an account are tried in ascending position. */
  readonly position: number;
  readonly method: string;
  readonly issuer: string | null;
  readonly clientId: string;
  readonly status: CredentialStatus;
  readonly reason: string | null;
  /** Grows by one with every new set of tokens; part of the seal of each secret. */
  readonly generation: number;
  readonly scopes: readonly string[];
  readonly tokenType: string;
  /** When the request that brought the present tokens was sent: expiry counts from here. */
  readonly obtainedAt: Instant;
  readonly accessExpiresAt: Instant | null;
  readonly refreshExpiresAt: Instant | null;
  readonly refreshable: boolean;
  readonly dpop: boolean;
  /** The authorization server's metadata (RFC 8414 names) where it was discovered or given; null where the platform's page states it. */
  readonly serverMetadata: Readonly<Record<string, unknown>> | null;
  readonly lastRefreshedAt: Instant | null;
  readonly lastError: LastError | null;
  readonly failureCount: number;
  readonly backoffUntil: Instant | null;
  /** Server clock minus ours in milliseconds, as last measured from a `Date` header. */
  readonly clockSkew: number;
  /** The next automatic refresh; null: none; 0: to be worked out. */
  readonly nextRefreshAt: Instant | null;
  /** When the row of failures began that `failureCount` counts. */
  readonly failingSince: Instant | null;
  /** The platform's id of the person whose login it is; null: not known. */
  readonly subject: string | null;
  /** The id of the account's credential that this one is got with; null: it came of a login itself. */
  readonly derivedFrom: string | null;
  /** When reading the person's data ends though the token lives on, as the platform last said; null: not known. */
  readonly dataAccessExpiresAt: Instant | null;
}

/** The token type of OAuth 1.0a: its token is never presented by itself, each request is signed (RFC 5849). */
export const signingTokenType = "OAuth1";

export function signsRequests({ tokenType }: Pick<Credential, "tokenType">): boolean {
  return tokenType === signingTokenType;
}

/** The kinds of sealed record, by owner. A test holds that every sealed column is named here. */
export const secretKinds = {
  credentials: ["access_token", "refresh_token", "dpop_key", "token_secret", "key"],
  apps: ["client_secret", "registration_access_token"],
  channels: ["smtp_password", "signing_secret", "webhook_url", "bot_token"],
  /** The vault's own: their owner is its id. */
  vault: ["callback_certificate"],
} as const;

export type SecretOwner = keyof typeof secretKinds;
export type CredentialSecret = (typeof secretKinds)["credentials"][number];
export type AppSecret = (typeof secretKinds)["apps"][number];
export type ChannelSecret = (typeof secretKinds)["channels"][number];

/**
 * In the order they are tried: the owner's, but one whose grant is dead comes last, though its access token may live on. A login
 * that another of them is got with never posts, and is left out.
 */
export function inOrderOfUse(credentials: readonly Credential[]): Credential[] {
  const dead = ({ status }: Credential) => status === "reauth_required";
  const posting = credentials.filter((each) => !bringsAnother(each, credentials));
  return [...posting.filter((each) => !dead(each)), ...posting.filter(dead)];
}

/** When a person has to sign in again, as far as that is known ahead; null: it renews itself, or does not end. */
export function endOf({ refreshable, refreshExpiresAt, accessExpiresAt }: Credential): Instant | null {
  return refreshable ? refreshExpiresAt : accessExpiresAt;
}

/** Whether it is a login that another credential of the account is got with. */
export function bringsAnother(
  { id }: Pick<Credential, "id">,
  credentials: readonly Pick<Credential, "derivedFrom">[],
): boolean {
  return credentials.some(({ derivedFrom }) => derivedFrom === id);
}

/** The login that a credential is got with; null where it came of a login itself. */
export function loginOf<C extends Credential>({ derivedFrom }: Credential, credentials: readonly C[]): C | null {
  return credentials.find(({ id }) => id === derivedFrom) ?? null;
}

/** Whether two credentials are of one person's login with one developer app, whichever account they are of. */
export function isSameLogin(
  one: Pick<Credential, "subject" | "clientId" | "issuer">,
  other: Pick<Credential, "subject" | "clientId" | "issuer">,
): boolean {
  return (
    one.subject !== null &&
    one.subject === other.subject &&
    one.clientId === other.clientId &&
    one.issuer === other.issuer
  );
}

/** The name of the lock that a credential is refreshed under. */
export function credentialLock(id: string): string {
  return `credential-${id}`;
}
