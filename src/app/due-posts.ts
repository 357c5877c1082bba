/**
 * Sends what is due, and looks at what is in doubt: for the daemon, and for `publish --due`. One process of a vault at a
 * time; an account is posted to once in a few seconds, and a backlog is not fired off all at once.
 */
import type { Delivery } from "../domain/delivery.ts";
import { type Failure, toFailure } from "../domain/failure.ts";
import { latenessVerdict } from "../domain/lateness.ts";
import type { DueDelivery } from "../domain/ports/post-store.ts";
import type { Lock, Vault } from "../domain/ports/vault.ts";
import { postFailed, postLate } from "../domain/post-notification.ts";
import { type Instant, minutes, seconds } from "../domain/time.ts";
import { type DeliveryResult, deliver } from "./deliver.ts";
import { Lanes } from "./lanes.ts";
import { parcelOf } from "./parcel.ts";
import type { Services } from "./services.ts";
import { Turns } from "./turns.ts";

export interface DuePostsOptions {
  readonly signal: AbortSignal;
  readonly onResult: (result: DeliveryResult) => void;
  /** Something failed that concerns no one delivery: the store, say. */
  readonly onTrouble: (failure: Failure) => void;
}

/** Between two posts to one account (milliseconds). */
const spacing = seconds(5);
/** Deliveries to one platform at once. */
const atOnce = 4;
/** Read at a time; the rest stays due. */
const batch = 500;
/** More late ones than this are a backlog, and are spread over as many seconds, up to a minute. */
const fewAtOnce = 5;
/** Due for longer than this is late (milliseconds). */
const late = minutes(1);
/** What could not be got at is looked at again after this (milliseconds). */
const lookAgain = seconds(20);
/** What passes by itself within this is waited for (milliseconds). */
const patience = seconds(5);

export class DuePosts {
  readonly #services: Services;
  readonly #options: DuePostsOptions;
  readonly #lanes: Lanes;
  readonly #turns = new Turns(atOnce);
  #office: Lock | null = null;

  constructor(services: Services, options: DuePostsOptions) {
    this.#services = services;
    this.#options = options;
    const { signal } = options;
    this.#lanes = new Lanes(services, {
      concurrency: 1,
      signal,
      work: (id) => this.#take(id).catch((error) => options.onTrouble(toFailure(error))),
    });
  }

  /** Puts what is due into its lanes; how many were new. null: another process is at it. */
  async begin(): Promise<number | null> {
    const vault = await this.#services.vault();
    const isNew = this.#office === null;
    if (!(await this.#holdOffice(vault))) return null;
    const now = this.#services.clock.now();
    // Whoever begins looks at what others left in the middle, too.
    const left = isNew ? await vault.sendingDeliveries() : [];
    const found = [...left, ...(await vault.dueDeliveries(now, batch + this.#lanes.size))];
    const due = found.filter(({ id }) => !this.#lanes.has(id));
    const backlog = due.filter(({ dueAt }) => now - dueAt > late).length;
    const spread = backlog > fewAtOnce ? Math.min(seconds(backlog), minutes(1)) : 0;
    for (const each of due) this.#add(each, now, spread);
    return due.length;
  }

  /** When there is something to begin next; null: not by itself. */
  async nextAt(): Promise<Instant | null> {
    const next = await (await this.#services.vault()).nextDeliveryDueAt();
    const pause = this.#office && this.#lanes.size === 0 ? 0 : seconds(1);
    return next === null ? null : Math.max(next, this.#services.clock.now() + pause);
  }

  get underWay(): number {
    return this.#lanes.size;
  }

  /** Resolves once everything in the lanes is done, and leaves the work to others. */
  async close(): Promise<void> {
    await this.#lanes.drained();
    this.#office?.release();
    this.#office = null;
  }

  drained(): Promise<void> {
    return this.#lanes.drained();
  }

  async #holdOffice(vault: Vault): Promise<boolean> {
    try {
      this.#office ??= await vault.lock("due-posts", 0);
      return true;
    } catch (error) {
      if (toFailure(error).code === "refresh_busy") return false;
      throw error;
    }
  }

  #add({ id, accountId, dueAt, lastStartedAt }: DueDelivery, now: Instant, spread: number): void {
    const delay = now - dueAt > late ? Math.round(this.#services.random.fraction() * spread) : 0;
    const free = lastStartedAt === null ? now : Math.min(lastStartedAt, now) + spacing;
    const rate = { perSecond: 1000 / spacing, burst: 1 };
    this.#lanes.add(accountId, rate, { id, at: Math.max(now, free) + delay });
  }

  async #take(id: string): Promise<void> {
    const vault = await this.#services.vault();
    const delivery = await vault.delivery(id);
    // Somebody else may have sent, changed or canceled it while it waited for its turn.
    if (!delivery || delivery.dueAt === null) return;
    if (delivery.state !== "sending" && delivery.dueAt > this.#services.clock.now()) return;
    const result = await this.#turns.take(delivery.platform, () => this.#attend(vault, delivery));
    if (!result) return;
    // Whoever writes a post sends it; a long upload is no news.
    if (result.failure?.code !== "account_busy") this.#options.onResult(result);
    const { dueAt } = result.delivery;
    const now = this.#services.clock.now();
    // It must not be found due again at once.
    if (dueAt !== null && dueAt <= now) await vault.postponeDelivery(id, now + lookAgain, now);
  }

  async #attend(vault: Vault, delivery: Delivery): Promise<DeliveryResult | null> {
    try {
      const parcel = await parcelOf(this.#services, delivery);
      const verdict =
        delivery.state === "scheduled"
          ? latenessVerdict(parcel.post.schedule, delivery, this.#services.clock.now())
          : "send";
      if (verdict === "ask") return told(await vault.holdDelivery(delivery.id, postLate(parcel.post, delivery)));
      if (verdict === "skip") return told(await skip(vault, delivery));
      return await deliver(this.#services, parcel, { patience });
    } catch (error) {
      return this.#abandon(vault, delivery, toFailure(error).about(delivery.address));
    }
  }

  /** Its account, or its platform, is gone. What is in doubt stays so. */
  async #abandon(vault: Vault, delivery: Delivery, failure: Failure): Promise<DeliveryResult> {
    const gone = ["not_connected", "unknown_platform", "not_found"].includes(failure.code);
    if (!gone) return { delivery, failure };
    const { code, message, hint } = failure;
    const state = delivery.state === "unknown" || delivery.state === "sending" ? "unknown" : "failed";
    const post = await vault.post(delivery.postId);
    const notification = post ? postFailed(post, delivery, message) : undefined;
    const error = { code, message, hint: hint ?? null };
    return { delivery: await vault.finishDelivery(delivery.id, { state, error, notification }), failure };
  }
}

function skip(vault: Vault, { id }: Delivery): Promise<Delivery> {
  const error = {
    code: "missed",
    message: "it missed its time",
    hint: `send it all the same: agencyiq posts retry ${id}`,
  };
  return vault.finishDelivery(id, { state: "canceled", error });
}

function told(delivery: Delivery | null): DeliveryResult | null {
  return delivery && { delivery, failure: null };
}

/** What is due now, once, for cron; null: another process is at it. */
export async function sendDueOnce(
  services: Services,
  { signal }: Pick<DuePostsOptions, "signal">,
): Promise<DeliveryResult[] | null> {
  const results = new Map<string, DeliveryResult>();
  const troubles: Failure[] = [];
  const posts = new DuePosts(services, {
    signal,
    onResult: (result) => results.set(result.delivery.id, result),
    onTrouble: (failure) => troubles.push(failure),
  });
  try {
    let begun = await posts.begin();
    if (begun === null) return null;
    while (!signal.aborted && begun && troubles.length === 0) {
      await posts.drained();
      begun = await posts.begin();
    }
    if (troubles[0]) throw troubles[0];
    return [...results.values()];
  } finally {
    await posts.close();
  }
}
