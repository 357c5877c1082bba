/**
 * Posts and deliveries as they are kept (docs/publishing.md, "What is on disk when"). Part of the vault's port: every method
 * that writes is one durable transaction, its ledger entry inside.
 */
import type { Delivery, DeliveryError, DeliveryState, Post, Schedule } from "../delivery.ts";
import type { LedgerEntry } from "../ledger.ts";
import type { NewNotification } from "../notification.ts";
import type { Pace } from "../pace.ts";
import type { PostDraft } from "../post.ts";
import type { Instant } from "../time.ts";

export interface NewPost {
  /** Chosen by whoever asks, so that asking once more is asking for the same. */
  readonly id: string;
  readonly key: string | null;
  readonly brand: string;
  readonly draft: PostDraft;
  /** null: it is sent at once, by whoever writes it. */
  readonly schedule: Schedule | null;
}

export interface NewDelivery {
  readonly accountId: string;
  readonly address: string;
  readonly platform: string;
}

export interface StoredPost {
  readonly post: Post;
  readonly deliveries: readonly Delivery[];
}

export interface DeliveryOutcome {
  readonly state: DeliveryState;
  /** When it is looked at again; absent: not by itself. */
  readonly dueAt?: Instant | null;
  readonly error?: DeliveryError | null;
  /** Put into the outbox in the same transaction. */
  readonly notification?: NewNotification | undefined;
}

export interface ClaimOptions extends QuotaOptions {
  readonly repeating?: number | null;
}

export interface PartIntent {
  /** What `prepare` gave. */
  readonly prepared: unknown;
  /** The same request once more, to a platform that knows it by its key: whether the first went out is still open. */
  readonly repeated: boolean;
}

/** A message that is public. */
export interface PartPublished {
  readonly remoteId: string;
  readonly url: string;
  /** How it was found out, where it was not its own answer that said so. */
  readonly foundBy?: "platform" | "owner";
}

export interface DueDelivery {
  readonly id: string;
  readonly accountId: string;
  readonly platform: string;
  readonly scheduledFor: Instant | null;
  readonly dueAt: Instant;
  /** When anything was last begun for this account; null: never. */
  readonly lastStartedAt: Instant | null;
}

export interface PostQuery {
  /** Ids of posts or deliveries, or how such ids begin. */
  readonly ids?: readonly string[];
  readonly states?: readonly DeliveryState[];
  readonly accounts?: readonly string[];
  readonly brand?: string;
  readonly since?: Instant;
  /** The newest that fit. */
  readonly limit?: number;
}

export interface QuotaOptions {
  /** Outside the posting cycle and above its quota all the same. */
  readonly overQuota?: boolean;
}

export interface PostEdit {
  readonly draft?: PostDraft;
  readonly schedule?: Schedule;
}

export interface PostStore {
  /**
   * One transaction for a post and its deliveries. What is there already is given back, `existing: true`, with deliveries
   * added for accounts that are new to it: a post of this id, of this key, or (without key and schedule) of the same words
   * in the last day that did not go out everywhere. What is to be sent takes a place in the cycle of its brand.
   * @throws Failure `quota_used_up`, `cycle_not_begun`, with nothing written
   */
  createPost(
    post: NewPost,
    deliveries: readonly NewDelivery[],
    options?: QuotaOptions,
  ): Promise<StoredPost & { existing: boolean }>;
  /**
   * @throws Failure `already_sent` where anything of it went out or may have, `not_found`; with another time, those of
   * `createPost`
   */
  editPost(postId: string, edit: PostEdit, options?: QuotaOptions): Promise<StoredPost>;
  /** Newest first. With `states` or `accounts`, a post has only the deliveries that fit. */
  posts(query: PostQuery): Promise<StoredPost[]>;
  post(id: string): Promise<Post | null>;
  delivery(id: string): Promise<Delivery | null>;
  /**
   * Moves a delivery to `sending`, if it is in one of `from` and none of its parts is in doubt but the one that is
   * `repeating`; null when it is not. One that was given up asks for a place in the cycle anew.
   * @throws Failure `quota_used_up`, `cycle_not_begun`
   */
  claimDelivery(deliveryId: string, from: readonly DeliveryState[], options?: ClaimOptions): Promise<Delivery | null>;
  /** What a sub-request gave, if it was done since `notBefore`; undefined: it was not. */
  step(deliveryId: string, part: number, name: string, notBefore: Instant): Promise<unknown>;
  keepStep(deliveryId: string, part: number, name: string, result: unknown): Promise<void>;
  /** What `prepare` gave when this part was begun, for `commit` and `confirm`. @throws Failure `record_damaged` */
  prepared(deliveryId: string, part: number): Promise<unknown>;
  /** Before when a platform is to be asked nothing for this account; null: it may be asked now. */
  pace(accountId: string): Promise<Pace | null>;
  keepPace(accountId: string, pace: Pace): Promise<void>;
  /** The intent: on disk before the request leaves that makes the message public. @throws Failure `account_busy` unless it is claimed */
  beginPart(deliveryId: string, part: number, intent: PartIntent): Promise<void>;
  /** The message is public; with `last`, so is the whole delivery. */
  publishPart(deliveryId: string, part: number, published: PartPublished, last: boolean): Promise<Delivery>;
  /**
   * The request did nothing. `certain`: the platform said so, or it never left; else nothing of it can be found, long after
   * it could have been carried out.
   */
  withdrawPart(deliveryId: string, part: number, certain: boolean): Promise<void>;
  finishDelivery(deliveryId: string, outcome: DeliveryOutcome): Promise<Delivery>;
  /** Looked at again no sooner than `dueAt`; only if it is due before `before`. */
  postponeDelivery(deliveryId: string, dueAt: Instant, before?: Instant): Promise<void>;
  /** It is late: kept until its owner decides. null when it has moved on. */
  holdDelivery(deliveryId: string, notification: NewNotification): Promise<Delivery | null>;
  /** The owner wants it all the same: due again. null when it is not waiting to be sent. */
  approveDelivery(deliveryId: string): Promise<Delivery | null>;
  /** The messages are gone from the platform. */
  deletePart(deliveryId: string, part: number): Promise<Delivery>;
  /** What is due, the most overdue first. */
  dueDeliveries(now: Instant, limit: number): Promise<DueDelivery[]>;
  /** What somebody is sending, or was when he died. */
  sendingDeliveries(): Promise<DueDelivery[]>;
  /** When the next delivery is due; null: none by itself. */
  nextDeliveryDueAt(): Promise<Instant | null>;
  /** What was done for a delivery, oldest first. */
  historyOf(deliveryIds: readonly string[]): Promise<LedgerEntry[]>;
}
