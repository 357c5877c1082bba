/** One delivery: claimed by one process, sent part by part, its outcome written down before it is told (docs/publishing.md). */
import type { Delivery, DeliveryState, Post } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import type { Platform } from "../platforms/platform.ts";
import { Courier } from "./courier.ts";
import { deliveryLock } from "./delivery-lock.ts";
import { aboutAccount } from "./fresh-token.ts";
import type { Services } from "./services.ts";
import type { Fallback } from "./token-in-hand.ts";

export interface DeliveryResult {
  readonly delivery: Delivery;
  readonly failure: Failure | null;
  /** Another credential than the account's first was used. */
  readonly fallback?: Fallback | null;
}

export interface Parcel {
  readonly platform: Platform;
  readonly account: ConnectedAccount;
  readonly post: Post;
  readonly delivery: Delivery;
}

export interface DeliverOptions {
  /** How long may be waited here for what passes by itself, while somebody waits for the answer (milliseconds). */
  readonly patience: number;
  /** Its owner says so: also what was canceled, or is to be left alone until later. */
  readonly force?: boolean;
  /** Outside the posting cycle and above its quota all the same. */
  readonly overQuota?: boolean;
  /** Finds out how it stands, and sends nothing. */
  readonly onlyLook?: boolean;
}

/** Never rejects: what goes wrong with one delivery is told of that one. */
export async function deliver(services: Services, parcel: Parcel, options: DeliverOptions): Promise<DeliveryResult> {
  const { account } = parcel;
  try {
    const vault = await services.vault();
    const there = standing(parcel.delivery, account, options, services.clock.now());
    if (there) return there;
    if (services.stopping?.aborted && !options.onlyLook) return await stopped(vault, parcel);
    return await services.uninterrupted(() => underLock(services, vault, parcel, options));
  } catch (error) {
    return { delivery: parcel.delivery, failure: aboutAccount(error, account) };
  }
}

async function underLock(
  services: Services,
  vault: Vault,
  parcel: Parcel,
  options: DeliverOptions,
): Promise<DeliveryResult> {
  const lock = await deliveryLock(vault, parcel.delivery.id);
  if (!lock) return busy(parcel);
  let over = false;
  try {
    const delivery = (await vault.delivery(parcel.delivery.id)) ?? parcel.delivery;
    const there = standing(delivery, parcel.account, options, services.clock.now());
    const result = there ?? (await new Courier(services, vault, { ...parcel, delivery }, options).run());
    over = neverSentAgain.includes(result.delivery.state);
    return result;
  } finally {
    if (over) lock.retire();
    else lock.release();
  }
}

const neverSentAgain: readonly DeliveryState[] = ["published", "deleted"];

/** How a delivery stands with which nothing is to be done now; null: something is. */
function standing(
  delivery: Delivery,
  account: ConnectedAccount,
  { force = false, onlyLook = false }: DeliverOptions,
  now: number,
): DeliveryResult | null {
  const { state, dueAt, error } = delivery;
  const nothingIn = onlyLook && state !== "unknown" && state !== "sending";
  const over = neverSentAgain.includes(state) || (state === "canceled" && !force);
  if (nothingIn || over) return { delivery, failure: null };
  const told = state === "retrying" && error?.code === "rate_limited" && dueAt !== null && dueAt > now;
  if (!told || force) return null;
  const failure = new Failure("rate_limited", error.message, {
    hint: error.hint ?? undefined,
    retryAfterSeconds: Math.ceil((dueAt - now) / 1000),
  });
  return { delivery, failure: aboutAccount(failure, account) };
}

/** Ctrl-C came before its turn: whoever asked for it knows, and may ask again. */
async function stopped(vault: Vault, { delivery, account }: Parcel): Promise<DeliveryResult> {
  const failure = new Failure("unexpected", "stopped before it was sent", {
    hint: `send it: agencyiq posts retry ${delivery.id}`,
  });
  if (delivery.state !== "scheduled") return { delivery, failure: aboutAccount(failure, account) };
  const error = { code: "stopped", message: failure.message, hint: failure.hint ?? null };
  const finished = await vault.finishDelivery(delivery.id, { state: "failed", error });
  return { delivery: finished, failure: aboutAccount(failure, account) };
}

function busy({ delivery, account }: Parcel): DeliveryResult {
  const failure = new Failure("account_busy", "another process is sending this post right now", {
    hint: "run it again in a moment",
  });
  return { delivery, failure: aboutAccount(failure, account) };
}
