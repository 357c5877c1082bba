/** Writes a post and its deliveries in one transaction, then sends each, unless they are for later. */
import type { Delivery, Post } from "../domain/delivery.ts";
import { standingFailure } from "../domain/delivery-outcome.ts";
import { Failure } from "../domain/failure.ts";
import { isSameDraft } from "../domain/post.ts";
import { seconds } from "../domain/time.ts";
import { withPresentFacts } from "./account-facts.ts";
import { type CheckedTarget, checkPost, requireNoProblems } from "./check-post.ts";
import { type DeliveryResult, deliver } from "./deliver.ts";
import { inParallelBy } from "./in-parallel.ts";
import type { PublishRequest } from "./publish.ts";
import type { Services } from "./services.ts";

export interface PublishResult {
  readonly post: Post;
  readonly results: readonly DeliveryResult[];
  /** It was there before, by its key or its words: what is out already was not sent again. */
  readonly existing: boolean;
}

/** Deliveries to one platform at once. */
export const atOnce = 10;
/** A person, or a cron job, waits: what passes by itself within this is waited for (milliseconds). */
export const patience = seconds(15);

/**
 * With a key that was used before, and with the words of a post that did not go out everywhere, what is published already
 * is reported as it was, and only what certainly did not go out is sent.
 */
export async function publishPost(services: Services, request: PublishRequest): Promise<PublishResult> {
  const accounts = await withPresentFacts(services, request.accounts);
  const { draft, targets } = await checkPost(services, { ...request, accounts });
  requireNoProblems(targets);
  const vault = await services.vault();
  const { id, brand, key, schedule, overQuota } = request;
  const wanted = targets.map(({ account, address, platform }) => ({
    accountId: account.id,
    address,
    platform: platform.id,
  }));
  const { post, deliveries, existing } = await vault.createPost({ id, draft, brand, key, schedule }, wanted, {
    overQuota,
  });
  if (!isSameDraft(post.draft, draft)) throw sameKeyOtherText(post);
  if (schedule !== null) return { post, results: deliveries.map(asItStands), existing };
  const results = await inParallelBy(
    deliveries,
    ({ platform }) => platform,
    atOnce,
    // A post that was there already has its files as they were then; they were checked again now.
    (delivery) => deliverTo(services, targets, { ...post, draft }, delivery, overQuota),
  );
  return { post, results, existing };
}

async function deliverTo(
  services: Services,
  targets: readonly CheckedTarget[],
  post: Post,
  delivery: Delivery,
  overQuota: boolean,
): Promise<DeliveryResult> {
  const target = targets.find(({ account }) => account.id === delivery.accountId);
  // A key used before may name accounts that are not meant this time: tell how they stand, touch nothing.
  if (!target) return asItStands(delivery);
  return deliver(services, { ...target, post, delivery }, { patience, overQuota });
}

function asItStands(delivery: Delivery): DeliveryResult {
  return { delivery, failure: standingFailure(delivery) };
}

function sameKeyOtherText(post: Post): Failure {
  return new Failure("usage", `the key "${post.key}" belongs to a post with another text`, {
    hint: "use a new --key for a new text",
  });
}
