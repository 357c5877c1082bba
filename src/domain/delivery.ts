import type { PostDraft } from "./post.ts";
import type { Instant } from "./time.ts";

export type DeliveryState =
  | "scheduled"
  | "sending"
  | "published"
  /** It did not go out; it is tried again by itself. */
  | "retrying"
  | "failed"
  /** It may be public: the process died, or the answer was lost, after the commit request left. */
  | "unknown"
  | "canceled"
  /** It was public, and was taken down. */
  | "deleted";

/** What becomes of a post that is later than its limit: sent all the same, given up, or kept until its owner decides. */
export type WhenLate = "send" | "skip" | "ask";

/** When a post is to go out, as its owner gave it. */
export interface Schedule {
  readonly at: Instant;
  /** The owner's words ("tomorrow 9am"), and the zone they were read in; null for "as soon as it is its turn". */
  readonly text: string | null;
  readonly timeZone: string | null;
  /** Milliseconds it may be late; null: the default. */
  readonly maxLate: number | null;
  readonly whenLate: WhenLate | null;
}

export interface Post {
  readonly id: string;
  /** The user's own idempotency key: a second post with the same key is the same post. */
  readonly key: string | null;
  readonly brand: string;
  readonly draft: PostDraft;
  /** Grows with every change of the draft, so that a changed post is not taken for the one before. */
  readonly revision: number;
  /** null: sent by whoever wrote it, at once. */
  readonly schedule: Omit<Schedule, "at"> | null;
  readonly createdAt: Instant;
}

export interface DeliveryError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** One message of a delivery: the post, or a part of its thread. */
export interface DeliveryPart {
  /** From 0. */
  readonly part: number;
  /** `open`: it did not go out. `sending`: its request may have left, and its outcome is not on disk. */
  readonly state: "open" | "sending" | "published" | "deleted";
  /** When the first and the last request whose outcome is not known for certain left. */
  readonly firstSentAt: Instant | null;
  readonly sentAt: Instant | null;
  /** Requests whose outcome was never known, and that the platform knows nothing of. */
  readonly doubts: number;
  readonly remoteId: string | null;
  readonly url: string | null;
}

/** One post going to one account. */
export interface Delivery {
  readonly id: string;
  readonly postId: string;
  readonly accountId: string;
  /** The account's address when the delivery was made, for history after a disconnect. */
  readonly address: string;
  readonly platform: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly scheduledFor: Instant | null;
  /** When somebody should look at it next, whoever that is; null: it waits for its owner, or is over. */
  readonly dueAt: Instant | null;
  /** Not tried again by itself after this; null: not begun. */
  readonly giveUpAt: Instant | null;
  /** It is late, and its owner is asked. */
  readonly awaitsApproval: boolean;
  readonly approvedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  /** The platform's id and the address of the post; of the first one in a thread. */
  readonly remoteId: string | null;
  readonly url: string | null;
  readonly error: DeliveryError | null;
  /** Those that were begun. */
  readonly parts: readonly DeliveryPart[];
}

/** The part whose request may have been carried out: until that is known, nothing more is sent. */
export function doubtfulPart({ parts }: Pick<Delivery, "parts">): DeliveryPart | null {
  return parts.find(({ state }) => state === "sending") ?? null;
}
