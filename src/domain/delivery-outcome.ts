/** What a try that failed makes of a delivery. Pure: docs/publishing.md has it as a table. */
import type { Delivery, DeliveryState } from "./delivery.ts";
import { Failure, type FailureCategory, type FailureCode, failureCategories } from "./failure.ts";
import { hours, type Instant, minutes, seconds } from "./time.ts";

/** A delivery is not tried again by itself for longer than this (milliseconds). */
export const retryLimit = hours(24);

/** How long a request that left may still be carried out, where the platform's page says nothing else (milliseconds). */
export const defaultSettling = minutes(2);

export interface TryFacts {
  /**
   * `harmless`: nothing that was sent makes a post public. `commit`: the request that does may have left.
   */
  readonly phase: "harmless" | "commit";
  readonly now: Instant;
  readonly giveUpAt: Instant;
  /** Tries before this one. */
  readonly attempts: number;
  /** In [0, 1), for full jitter. */
  readonly fraction: number;
}

export interface TryVerdict {
  readonly state: Extract<DeliveryState, "retrying" | "failed" | "unknown">;
  /** When it is tried again; null: not by itself. */
  readonly dueAt: Instant | null;
  /** It would be tried again, were it not for the limit. */
  readonly gaveUp: boolean;
}

type Fate = "again" | "never" | "unknown";

const fates: Record<FailureCategory, Fate> = {
  later: "again",
  reauthorize: "again",
  locked: "again",
  unknown_outcome: "unknown",
  refused: "never",
  usage: "never",
  integrity: "never",
  partial: "never",
  unexpected: "never",
};

/** A failure that says that nothing was done, or, after the commit request, that nobody knows. */
export function judgeTry(failure: Failure, facts: TryFacts): TryVerdict {
  const fate = fateOf(failure, facts);
  if (fate === "unknown") return { state: "unknown", dueAt: null, gaveUp: false };
  if (fate === "never") return { state: "failed", dueAt: null, gaveUp: false };
  const dueAt = facts.now + waitAfter(failure, facts);
  // Quotas of a day may end on the next one: what a platform says itself is waited for, once.
  const beyond = failure.retryAfterSeconds === undefined || facts.now > facts.giveUpAt ? 0 : hours(25);
  if (dueAt > facts.giveUpAt + beyond) return { state: "failed", dueAt: null, gaveUp: true };
  return { state: "retrying", dueAt, gaveUp: false };
}

function fateOf({ code, category }: Failure, { phase }: TryFacts): Fate {
  // A full disk here says nothing about the post.
  if (code.startsWith("storage_")) return phase === "commit" ? "unknown" : "again";
  // What nobody foresaw, after the request left: it may have been carried out.
  if (code === "unexpected") return phase === "commit" ? "unknown" : "never";
  const fate = fates[category];
  // An upload without an answer made nothing public.
  return fate === "unknown" && phase === "harmless" ? "again" : fate;
}

/**
 * As the platform asks; for what somebody has to mend first, 5 to 15 min; else full jitter over 1 s × 2^n, at most 30 min
 * (milliseconds).
 */
function waitAfter({ retryAfterSeconds, category }: Failure, { attempts, fraction }: TryFacts): number {
  if (retryAfterSeconds !== undefined) return seconds(Math.max(1, retryAfterSeconds));
  return category === "later" || category === "unknown_outcome"
    ? retryPause(attempts, fraction)
    : Math.round(minutes(5) + minutes(10) * fraction);
}

/** Full jitter over 1 s × 2^n, at least 200 ms, at most 30 min (milliseconds). */
export function retryPause(attempts: number, fraction: number): number {
  const ceiling = Math.min(seconds(1) * 2 ** Math.min(Math.max(attempts - 1, 0), 20), minutes(30));
  return Math.max(200, Math.round(ceiling * fraction));
}

/** What is wrong with a delivery nothing is done with now; null: nothing. */
export function standingFailure({ state, error, address, id }: Delivery): Failure | null {
  if (state !== "unknown" && state !== "failed") return null;
  const hint = error?.hint ?? `agencyiq posts show ${id}`;
  const code = state === "unknown" ? "delivery_unknown" : codeOf(error?.code);
  return new Failure(code, error?.message ?? "the outcome of an earlier try is unknown", { account: address, hint });
}

function codeOf(code: string | undefined): FailureCode {
  return code !== undefined && Object.hasOwn(failureCategories, code) ? (code as FailureCode) : "unexpected";
}
