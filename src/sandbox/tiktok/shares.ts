/** What is on its way to TikTok, and what became of it. */
import { createHash, type Hash } from "node:crypto";
import { days, type Instant, seconds } from "../../domain/time.ts";
import type { Announced } from "./chunk-rules.ts";

export interface Share {
  readonly publishId: string;
  readonly kind: "video" | "photo";
  readonly inbox: boolean;
  /** A person's handle. */
  readonly owner: string;
  readonly clientId: string;
  readonly begunAt: Instant;
  readonly title: string;
  readonly text: string;
  /** null for a draft: the person says it in the app. */
  readonly privacyLevel: string | null;
  readonly upload: ShareUpload | null;
  /** What TikTok fetches. */
  readonly photos: readonly string[];
  /** When all of it was there; null: not yet. */
  completeAt: Instant | null;
  failReason: string | null;
  /** Of the post that it became. */
  postId: string | null;
}

export interface ShareUpload {
  readonly id: string;
  /** In the upload URL, which is all that it takes to upload. */
  readonly token: string;
  readonly announced: Announced;
  readonly expiresAt: Instant;
  received: number;
  /** Of all chunks that came whole. */
  hash: Hash;
  type: string | null;
  head: Buffer;
}

/** From the last byte on. "Less than half a minute" at TikTok; nobody wants to wait for that in a rehearsal. */
export const processing = seconds(2);
/** From publication on, until a public post has an id. */
export const moderation = seconds(3);

export class Shares {
  readonly #shares: Share[] = [];
  /** When a person's account was last looked at by an app, by both of them. */
  readonly #lookedAt = new Map<string, Instant>();

  add(share: Share): void {
    this.#shares.push(share);
  }

  find(publishId: string): Share | null {
    return this.#shares.find((share) => share.publishId === publishId) ?? null;
  }

  findUpload(id: string): Share | null {
    return this.#shares.find((share) => share.upload?.id === id) ?? null;
  }

  /** Begun by now less than a day ago. */
  ofLastDay(now: Instant): Share[] {
    return this.#shares.filter(({ begunAt }) => begunAt > now - days(1));
  }

  look(clientId: string, handle: string, now: Instant): void {
    this.#lookedAt.set(`${clientId} ${handle}`, now);
  }

  /** Whether creator_info was asked for since the last direct post was begun; each time counts for one. */
  takeLook(clientId: string, handle: string, now: Instant): boolean {
    const at = this.#lookedAt.get(`${clientId} ${handle}`);
    this.#lookedAt.delete(`${clientId} ${handle}`);
    return at !== undefined && at > now - days(1);
  }

  clear(): void {
    this.#shares.length = 0;
    this.#lookedAt.clear();
  }
}

export function newUpload(id: string, token: string, announced: Announced, expiresAt: Instant): ShareUpload {
  return {
    id,
    token,
    announced,
    expiresAt,
    received: 0,
    hash: createHash("sha256"),
    type: null,
    head: Buffer.alloc(0),
  };
}

export type ShareState =
  | "PROCESSING_UPLOAD"
  | "PROCESSING_DOWNLOAD"
  | "SEND_TO_USER_INBOX"
  | "PUBLISH_COMPLETE"
  | "FAILED";

export function stateOf({ kind, completeAt, failReason, inbox }: Share, now: Instant): ShareState {
  if (completeAt === null || now < completeAt + processing) {
    return kind === "video" ? "PROCESSING_UPLOAD" : "PROCESSING_DOWNLOAD";
  }
  if (failReason !== null) return "FAILED";
  return inbox ? "SEND_TO_USER_INBOX" : "PUBLISH_COMPLETE";
}
