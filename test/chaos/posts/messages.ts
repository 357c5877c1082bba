/** What the runner and its workers say to each other. */
import type { PostsRequest } from "../../../src/app/posts.ts";
import type { DeliveryState } from "../../../src/domain/delivery.ts";

export interface WorkerSettings {
  readonly home: string;
  readonly keyFile: string;
  /** Platform requests go to `URL/HOST/PATH`, by platform. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Moments in the life of a delivery at which a worker dies by its own hand: around a call of the vault's. */
export const vaultPoints = [
  "before the post is written",
  "after the post is written",
  "after the claim",
  "before a step is kept",
  "after a step is kept",
  "before the intent",
  "after the intent",
  "before the outcome",
  "while the outcome is written",
  "after the outcome",
] as const;
export type VaultPoint = (typeof vaultPoints)[number];

export interface Death {
  readonly point: VaultPoint;
  /** The how-manieth time it comes there, from 0. */
  readonly nth: number;
  /** For a death in the middle of a commit: after so many milliseconds. */
  readonly fuse: number;
}

export interface PublishOrder {
  readonly id: string;
  readonly key: string | null;
  readonly texts: readonly string[];
  readonly account: string;
  readonly queued: boolean;
}

export interface WorkerOrder {
  readonly number: number;
  /** The worker's clock is ahead by so much (milliseconds). */
  readonly offset: number;
  readonly death: Death | null;
  readonly publish?: PublishOrder;
  readonly due?: true;
  readonly change?: PostsRequest;
}

/** A delivery as the worker's answer told of it. */
export interface Told {
  readonly id: string;
  readonly account: string;
  readonly state: DeliveryState;
  readonly url: string | null;
  readonly code: string | null;
  readonly message: string | null;
}

export interface WorkerAnswer {
  readonly number: number;
  /** null: `publish --due` was left to another process. */
  readonly told: readonly Told[] | null;
  /** Where the whole of it failed. */
  readonly code: string | null;
  readonly message: string | null;
}

export type WorkerNews = { readonly ready: true } | { readonly answer: WorkerAnswer };
