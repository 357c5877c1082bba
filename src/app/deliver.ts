/** One delivery: claimed, sent once, its outcome written down before it is told. */
import type { Delivery, DeliveryState, Post } from "../domain/delivery.ts";
import { Failure, type FailureCategory } from "../domain/failure.ts";
import type { ConnectedAccount, Lock, Vault } from "../domain/ports/vault.ts";
import { contentFor, type PostContent } from "../domain/post.ts";
import type { Message, Platform, Published } from "../platforms/platform.ts";
import { aboutAccount } from "./fresh-token.ts";
import { apiForAccount } from "./platform-api.ts";
import type { Services } from "./services.ts";
import type { Fallback } from "./token-in-hand.ts";

export interface DeliveryResult {
  readonly delivery: Delivery;
  readonly failure: Failure | null;
  /** Another credential than the account's first was used. */
  readonly fallback?: Fallback | null;
}

/** States from which nothing can have been published: sending is safe. */
const sendable: readonly DeliveryState[] = ["scheduled", "retrying", "failed"];

export async function deliver(
  services: Services,
  platform: Platform,
  account: ConnectedAccount,
  post: Post,
  delivery: Delivery,
): Promise<DeliveryResult> {
  const vault = await services.vault();
  if (!sendable.includes(delivery.state)) return settled(vault, account, delivery);
  return services.uninterrupted(async () => {
    // Held while sending, freed by the kernel when the process dies: how another run tells "still at it" from "died".
    const lock = await tryLock(vault, delivery);
    if (!lock) return busy(delivery, account);
    try {
      const claimed = await vault.claimDelivery(delivery.id, sendable);
      if (!claimed) return settled(vault, account, (await vault.delivery(delivery.id)) ?? delivery);
      return await send(services, vault, platform, account, post, claimed);
    } finally {
      lock.release();
    }
  });
}

async function send(
  services: Services,
  vault: Vault,
  platform: Platform,
  account: ConnectedAccount,
  post: Post,
  delivery: Delivery,
): Promise<DeliveryResult> {
  const used: { fallback: Fallback | null } = { fallback: null };
  const sent = await commit(services, platform, account, post, (fallback) => {
    used.fallback = fallback;
  });
  // Outside the try of the request: a store that fails now must not turn "published" into "failed".
  if (!(sent instanceof Failure)) {
    const finished = await vault.finishDelivery(delivery.id, { state: "published", ...sent });
    return { delivery: finished, failure: null, ...used };
  }
  const state = sent.code === "unexpected" ? "unknown" : stateAfter[sent.category];
  const { code, message, hint } = sent;
  const finished = await vault.finishDelivery(delivery.id, { state, error: { code, message, hint: hint ?? null } });
  return { delivery: finished, failure: state === "unknown" ? unknown(finished, account, message) : sent, ...used };
}

async function commit(
  services: Services,
  platform: Platform,
  account: ConnectedAccount,
  post: Post,
  onFallback: (fallback: Fallback) => void,
): Promise<Published | Failure> {
  try {
    if (!platform.publish) throw new Failure("platform_cannot", `${platform.name} cannot be posted to`);
    const message = messageOf(contentFor(post.draft, platform.id));
    const sending = { prepared: null, idempotencyKey: `${post.id}/${account.id}` };
    const api = apiForAccount(services, platform, account, onFallback);
    return await platform.publish.commit(api, message, sending);
  } catch (error) {
    return aboutAccount(error, account);
  }
}

export function messageOf({ thread: _later, ...message }: PostContent): Message {
  return message;
}

/** Where a failed delivery ends up. `retrying`: a rerun with the same key sends it. */
const stateAfter: Record<FailureCategory, DeliveryState> = {
  later: "retrying",
  reauthorize: "retrying",
  locked: "retrying",
  unknown_outcome: "unknown",
  refused: "failed",
  usage: "failed",
  integrity: "failed",
  partial: "failed",
  unexpected: "failed",
};

/** A delivery that is not to be sent: already out, given up, or of unknown outcome. */
async function settled(vault: Vault, account: ConnectedAccount, delivery: Delivery): Promise<DeliveryResult> {
  if (delivery.state === "published" || delivery.state === "canceled") return { delivery, failure: null };
  if (delivery.state === "unknown") return { delivery, failure: unknown(delivery, account, delivery.error?.message) };
  // `sending`: either somebody is at it, or its process died in the middle.
  const lock = await tryLock(vault, delivery);
  if (!lock) return busy(delivery, account);
  try {
    const now = (await vault.delivery(delivery.id)) ?? delivery;
    if (now.state !== "sending") return { delivery: now, failure: null };
    const error = { code: "delivery_unknown", message: "its process ended while sending", hint: null };
    const finished = await vault.finishDelivery(delivery.id, { state: "unknown", error });
    return { delivery: finished, failure: unknown(finished, account, error.message) };
  } finally {
    lock.release();
  }
}

async function tryLock(vault: Vault, delivery: Delivery): Promise<Lock | null> {
  try {
    return await vault.lock(`delivery-${delivery.id}`, 0);
  } catch (error) {
    if (error instanceof Failure && error.code === "refresh_busy") return null;
    throw error;
  }
}

function busy(delivery: Delivery, account: ConnectedAccount): DeliveryResult {
  const failure = new Failure("account_busy", "another process is sending this post right now", {
    hint: "run it again in a moment",
  });
  return { delivery, failure: aboutAccount(failure, account) };
}

function unknown(delivery: Delivery, account: ConnectedAccount, message: string | undefined): Failure {
  return new Failure("delivery_unknown", message ?? "the outcome of an earlier try is unknown", {
    account: delivery.address,
    hint: `it may be public: look at ${account.url ?? "the account"}. It is not sent again by itself; agencyiq log --account ${delivery.address} tells what was tried`,
  });
}
