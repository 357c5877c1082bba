/** How values cross the daemon's socket: JSON, with failures marked so that they arrive as failures. */
import { Failure, type FailureCode, failureCategories } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";

/** An account as it is asked about: what it was when the asker read it decides whether somebody refreshed it since. */
export interface AccountSeen {
  readonly id: string;
  /** Credential id → generation. */
  readonly generations: Readonly<Record<string, number>>;
}

export function seen(account: ConnectedAccount): AccountSeen {
  return {
    id: account.id,
    generations: Object.fromEntries(account.credentials.map(({ id, generation }) => [id, generation])),
  };
}

const mark = "$failure";

/**
 * A value that can be written as JSON, every text of it redacted: a server's words may echo a secret that only this side
 * has seen.
 */
export function outgoing(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (value instanceof Failure) {
    const { code, message, hint, account, retryAfterSeconds } = value;
    return { [mark]: outgoing({ code, message, hint, account, retryAfterSeconds }, redact) };
  }
  if (Array.isArray(value)) return value.map((each) => outgoing(each, redact));
  return typeof value === "object" && value !== null ? mapped(value, (each) => outgoing(each, redact)) : value;
}

/** What `outgoing` made, with its failures again. Trusts the daemon for the rest: the socket's folder is the guard. */
export function incoming(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(incoming);
  if (typeof value !== "object" || value === null) return value;
  return mark in value ? failureFrom(value[mark]) : mapped(value, incoming);
}

function failureFrom(told: unknown): Failure {
  const { code, message, ...details } = told as { code: string; message: string; hint?: string; account?: string };
  const known = Object.hasOwn(failureCategories, code) ? (code as FailureCode) : "unexpected";
  return new Failure(known, message, details);
}

function mapped(value: object, change: (each: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
}
