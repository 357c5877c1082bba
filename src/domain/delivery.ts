import type { PostDraft } from "./post.ts";
import type { Instant } from "./time.ts";

export type DeliveryState =
  | "scheduled"
  | "sending"
  | "published"
  | "retrying"
  | "failed"
  /** It may be public: the process died, or the answer was lost, after the commit request left. */
  | "unknown"
  | "canceled";

export interface Post {
  readonly id: string;
  /** The user's own idempotency key: a second post with the same key is the same post. */
  readonly key: string | null;
  readonly brand: string;
  readonly draft: PostDraft;
  readonly createdAt: Instant;
}

export interface DeliveryError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
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
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  /** The platform's id of the post. */
  readonly remoteId: string | null;
  readonly url: string | null;
  readonly error: DeliveryError | null;
}
