/** One notification on its way through one channel: what came of a try, and what is done about it. */
import type { Channel } from "./channel.ts";
import type { Notification } from "./notification.ts";
import { backoff } from "./refresh-outcome.ts";
import { days, type Instant } from "./time.ts";

export type DispatchState = "pending" | "sent" | "failed";

export interface DispatchRecord {
  readonly channel: string;
  readonly state: DispatchState;
  readonly attempts: number;
  readonly nextAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly error: string | null;
}

/** A try that has begun. */
export interface Dispatch {
  readonly notification: Notification;
  readonly channel: Channel;
  /** This one included. */
  readonly attempts: number;
  readonly firstTriedAt: Instant;
}

export type SendOutcome =
  | { readonly kind: "sent" }
  /** The other side answered and did not take this message; it may take another. */
  | { readonly kind: "refused"; readonly message: string }
  /** Nothing gets through for now; `wait` (milliseconds) where the other side named a time. */
  | { readonly kind: "unreachable"; readonly message: string; readonly wait?: number | null };

export type DispatchVerdict =
  | { readonly kind: "sent" }
  | { readonly kind: "again"; readonly at: Instant; readonly error: string }
  | { readonly kind: "given_up"; readonly error: string }
  /** Everything for this channel waits, in order; what is older than `giveUpBefore` is given up. */
  | {
      readonly kind: "channel_down";
      readonly until: Instant;
      readonly error: string;
      readonly giveUpBefore: Instant | null;
    };

/** So long something is tried: over a weekend. */
export const patience = days(3);
/** The other side may ask for more than that; it is looked at once a day. */
const longestWait = days(1);

/** `fraction` in [0, 1), for full jitter. */
export function judgeDispatch(
  { attempts, firstTriedAt, channel }: Pick<Dispatch, "attempts" | "firstTriedAt" | "channel">,
  outcome: SendOutcome,
  { now, fraction }: { readonly now: Instant; readonly fraction: number },
): DispatchVerdict {
  if (outcome.kind === "sent") return { kind: "sent" };
  const error = outcome.message;
  if (outcome.kind === "refused") {
    if (now - firstTriedAt >= patience) return { kind: "given_up", error };
    return { kind: "again", at: now + backoff(attempts - 1, fraction), error };
  }
  const wait = Math.max(backoff(channel.failures, fraction), Math.min(outcome.wait ?? 0, longestWait));
  const failedFor = channel.failingSince === null ? 0 : now - channel.failingSince;
  return {
    kind: "channel_down",
    until: now + wait,
    error,
    giveUpBefore: failedFor >= patience ? now - patience : null,
  };
}
