/** A platform's error table, as data. */
import type { FailureClass } from "../domain/platform-failure.ts";
import type { Instant } from "../domain/time.ts";

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
  readonly wait?: number | ((now: Instant, told: PlatformError) => number);
}

/** What a platform's error body says, in common words. */
export interface PlatformError {
  readonly code?: string | number | undefined;
  readonly subcode?: number | undefined;
  readonly transient?: boolean | undefined;
  readonly type?: string | undefined;
  readonly message?: string | undefined;
  /** Seconds after which it may pass, where no header says so. */
  readonly retryAfter?: number | undefined;
}
