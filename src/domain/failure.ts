/**
 * Every way agencyiq can fail, as data. A code is stable (scripts match on it); its category decides
 * the exit code (cli/exit.ts) and whether rerunning can help.
 */

export type FailureCategory =
  | "unexpected"
  | "usage"
  | "partial"
  | "reauthorize"
  | "locked"
  | "later"
  | "refused"
  | "integrity"
  | "unknown_outcome";

/** code → category. Adding a code here is all it takes to give it an exit code. */
export const failureCategories = {
  // Wrong usage, or a question with nobody to answer it.
  usage: "usage",
  question_without_terminal: "usage",
  unknown_command: "usage",
  unknown_platform: "usage",
  unknown_account: "usage",
  ambiguous_account: "usage",
  app_missing: "usage",
  port_taken: "usage",
  endpoint_not_loopback: "usage",
  platform_cannot: "usage",
  platform_file_invalid: "usage",
  host_not_declared: "usage",
  import_unreadable: "usage",
  already_connected: "usage",
  file_unreadable: "usage",
  post_file_invalid: "usage",
  vault_exists: "usage",
  key_sources_conflict: "usage",
  daemon_running: "usage",
  not_found: "usage",
  already_sent: "usage",
  // The account must be connected (again).
  not_connected: "reauthorize",
  needs_reauth: "reauthorize",
  scope_missing: "reauthorize",
  consent_denied: "reauthorize",
  authorization_timeout: "reauthorize",
  authorization_failed: "reauthorize",
  state_mismatch: "reauthorize",
  issuer_mismatch: "reauthorize",
  code_expired: "reauthorize",
  // The vault cannot be opened now.
  vault_missing: "locked",
  key_missing: "locked",
  key_wrong: "locked",
  key_locked: "locked",
  key_unavailable: "locked",
  key_timeout: "locked",
  // Nothing was lost; run it again.
  rate_limited: "later",
  network: "later",
  platform_fault: "later",
  refresh_busy: "later",
  account_busy: "later",
  refresh_outcome_unknown: "later",
  // The content, or the wish to post it, was refused.
  content_invalid: "refused",
  media_changed: "refused",
  duplicate_content: "refused",
  not_permitted: "refused",
  channel_refused: "refused",
  quota_used_up: "refused",
  cycle_not_begun: "refused",
  // The vault's data is not what was written.
  vault_damaged: "integrity",
  record_damaged: "integrity",
  record_rolled_back: "integrity",
  ledger_damaged: "integrity",
  // It may be public.
  delivery_unknown: "unknown_outcome",
  // Some did, some did not.
  partial: "partial",
  // For the owner of the machine or of the developer app.
  app_refused: "unexpected",
  storage_full: "unexpected",
  storage_unwritable: "unexpected",
  storage_unsupported: "unexpected",
  agent_unavailable: "unexpected",
  scheduler_refused: "unexpected",
  picture_library_missing: "unexpected",
  protocol: "unexpected",
  doctor_found_problems: "unexpected",
  unexpected: "unexpected",
} as const satisfies Record<string, FailureCategory>;

export type FailureCode = keyof typeof failureCategories;

export interface FailureDetails {
  /** The account meant, as users address it (`x/acme`). */
  readonly account?: string | undefined;
  /** The exact command, flag or setting that mends it. */
  readonly hint?: string | undefined;
  /** Seconds to wait before trying again, where the platform said so. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The one error type that crosses layers. `message` never holds a secret: it is printed, logged and
 * written to the ledger as it is.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly account: string | undefined;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.account = details.account;
    this.hint = details.hint;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  get category(): FailureCategory {
    return failureCategories[this.code];
  }

  /** The same failure, told about an account it did not know of. */
  about(account: string): Failure {
    if (this.account !== undefined) return this;
    return new Failure(this.code, this.message, {
      account,
      hint: this.hint,
      retryAfterSeconds: this.retryAfterSeconds,
      cause: this.cause,
    });
  }
}

/** Any thrown value as a Failure; what was not foreseen becomes `unexpected` and keeps its cause. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure("unexpected", message, { cause: thrown });
}

/** Exit precedence when several categories apply to one run, the strongest first. */
export const categoryPrecedence: readonly FailureCategory[] = [
  "integrity",
  "locked",
  "unknown_outcome",
  "partial",
  "reauthorize",
  "refused",
  "later",
  "usage",
  "unexpected",
];
