import { Failure } from "./failure.ts";
import type { Instant } from "./time.ts";

/** A token endpoint's answer after the platform's oddities were put right (RFC 6749 section 5.1 names). */
export interface TokenReply {
  readonly accessToken: string;
  readonly tokenType: string;
  /** Seconds, counted from when the request was sent; null where the server did not say. */
  readonly expiresIn: number | null;
  readonly refreshToken: string | null;
  /** Seconds; null where the server did not say. */
  readonly refreshExpiresIn: number | null;
  /** null means: the scope is what was asked for (RFC 6749 section 5.1). */
  readonly scopes: readonly string[] | null;
  /** All that was answered, for what only one platform says: of a code alone, and never kept. */
  readonly answer?: Readonly<Record<string, unknown>>;
}

/** The tokens of a credential as they are kept. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly tokenType: string;
  readonly scopes: readonly string[];
  readonly obtainedAt: Instant;
  readonly accessExpiresAt: Instant | null;
  readonly refreshExpiresAt: Instant | null;
}

/** Seconds from a number or numeric string; null when absent. Platforms send both. */
export function parseLifetime(value: unknown): number | null {
  if (value === undefined || value === null || value === "") return null;
  const parsed = typeof value === "string" ? Number(value) : value;
  if (typeof parsed === "number" && Number.isFinite(parsed) && parsed >= 0) return parsed;
  throw new Failure("protocol", "the token endpoint sent a lifetime that is not a number");
}

export interface MergeOptions {
  readonly previous: TokenSet | null;
  readonly reply: TokenReply;
  /** When the request left. */
  readonly sentAt: Instant;
  /** The platform's usual lifetime in seconds, for servers that do not say; null: does not expire. */
  readonly defaultLifetime: number | null;
  /** After a login, however often it is renewed: when a person has to sign in again (milliseconds). Absent: not so there. */
  readonly loginLifetime?: number | undefined;
  /** What was asked for, for a reply without `scope` on first connection. */
  readonly requestedScopes: readonly string[];
}

/**
 * The new tokens after a reply. An absent or empty refresh token keeps the old one (RFC 6749 section 6: the
 * server MAY issue a new one); an absent scope is unchanged.
 */
export function mergeTokenReply(options: MergeOptions): TokenSet {
  const { previous, reply, sentAt, defaultLifetime, requestedScopes } = options;
  const lifetime = reply.expiresIn ?? defaultLifetime;
  const newRefreshToken = reply.refreshToken ? reply.refreshToken : null;
  return {
    accessToken: reply.accessToken,
    refreshToken: newRefreshToken ?? previous?.refreshToken ?? null,
    tokenType: reply.tokenType,
    scopes: reply.scopes ?? previous?.scopes ?? requestedScopes,
    obtainedAt: sentAt,
    accessExpiresAt: lifetime === null ? null : sentAt + lifetime * 1000,
    refreshExpiresAt: endOfRefreshing(options, newRefreshToken !== null),
  };
}

/** What the server tells; else that of the token that is kept; where the login itself ends, no renewal moves that. */
function endOfRefreshing({ previous, reply, sentAt, loginLifetime }: MergeOptions, isNew: boolean): Instant | null {
  if (reply.refreshExpiresIn !== null) return sentAt + reply.refreshExpiresIn * 1000;
  if (previous !== null && (!isNew || loginLifetime !== undefined)) return previous.refreshExpiresAt;
  return isNew && loginLifetime !== undefined ? sentAt + loginLifetime : null;
}
