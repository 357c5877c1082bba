/** What an owner does with posts that are written down: send now, look, settle, cancel, approve, delete, change. */
import type { Delivery, Post, Schedule } from "../domain/delivery.ts";
import { doubtfulPart } from "../domain/delivery.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { Vault } from "../domain/ports/vault.ts";
import { contentFor, type PostDraft } from "../domain/post.ts";
import { withPresentFacts } from "./account-facts.ts";
import { checkPost, requireNoProblems } from "./check-post.ts";
import { type DeliveryResult, deliver, type Parcel } from "./deliver.ts";
import { deliveryLock } from "./delivery-lock.ts";
import { aboutAccount } from "./fresh-token.ts";
import { inParallelBy } from "./in-parallel.ts";
import { partCount } from "./messages.ts";
import { parcelOf } from "./parcel.ts";
import { apiForAccount } from "./platform-api.ts";
import { atOnce, patience } from "./publish-post.ts";
import type { Services } from "./services.ts";

/** `ids`: of deliveries. */
export type PostsRequest =
  | { readonly action: "send"; readonly ids: readonly string[]; readonly overQuota: boolean }
  | { readonly action: "look" | "cancel" | "approve" | "delete"; readonly ids: readonly string[] }
  /** The owner says how it stands; `published`: null where nothing of it is public. */
  | {
      readonly action: "settle";
      readonly ids: readonly string[];
      readonly published: { readonly url: string; readonly remoteId: string } | null;
    }
  | {
      readonly action: "edit";
      readonly postId: string;
      readonly draft: PostDraft | null;
      readonly schedule: Schedule | null;
      readonly overQuota: boolean;
    };

/** Each as asked, and none held up by another. */
export async function changePosts(services: Services, request: PostsRequest): Promise<DeliveryResult[]> {
  if (request.action === "edit") return edit(services, request);
  const vault = await services.vault();
  const deliveries = await Promise.all(request.ids.map((id) => requireDelivery(vault, id)));
  return inParallelBy(
    deliveries,
    ({ platform }) => platform,
    atOnce,
    (delivery) => change(services, vault, delivery, request),
  );
}

async function change(
  services: Services,
  vault: Vault,
  delivery: Delivery,
  request: Exclude<PostsRequest, { action: "edit" }>,
): Promise<DeliveryResult> {
  try {
    switch (request.action) {
      case "send":
        return await deliver(services, await parcelOf(services, delivery), {
          patience,
          force: true,
          overQuota: request.overQuota,
        });
      case "look":
        return await deliver(services, await parcelOf(services, delivery), { patience: 0, onlyLook: true });
      case "approve":
        return { delivery: await approve(vault, delivery), failure: null };
      case "cancel":
        return await alone(services, vault, delivery, (present) => cancel(vault, present));
      case "settle":
        return await alone(services, vault, delivery, (present) => settle(vault, present, request.published));
      case "delete":
        return await alone(services, vault, delivery, (present) => takeDown(services, vault, present));
    }
  } catch (error) {
    return {
      delivery: (await vault.delivery(delivery.id)) ?? delivery,
      failure: toFailure(error).about(delivery.address),
    };
  }
}

/** Under the delivery's lock, as it is then. @throws Failure `account_busy` while another process is at it */
async function alone(
  services: Services,
  vault: Vault,
  { id }: Delivery,
  work: (delivery: Delivery) => Promise<Delivery>,
): Promise<DeliveryResult> {
  return services.uninterrupted(async () => {
    const lock = await deliveryLock(vault, id);
    if (!lock)
      throw new Failure("account_busy", "another process is sending this post right now", {
        hint: "try again in a moment",
      });
    try {
      return { delivery: await work(await requireDelivery(vault, id)), failure: null };
    } finally {
      lock.release();
    }
  });
}

async function approve(vault: Vault, delivery: Delivery): Promise<Delivery> {
  const approved = await vault.approveDelivery(delivery.id);
  if (approved) return approved;
  throw new Failure("usage", `it does not wait for approval: it is ${delivery.state}`, {
    hint: `agencyiq posts show ${delivery.id}`,
  });
}

async function cancel(vault: Vault, delivery: Delivery): Promise<Delivery> {
  const { id, state } = delivery;
  if (state === "canceled") return delivery;
  if (doubtfulPart(delivery)) {
    throw new Failure("usage", "it may be public, so it cannot be canceled before that is known", {
      hint: `agencyiq posts reconcile ${id}`,
    });
  }
  if (state === "published" || state === "deleted") {
    throw new Failure("already_sent", `it is ${state} already`, { hint: `take it down: agencyiq posts delete ${id}` });
  }
  return vault.finishDelivery(id, { state: "canceled" });
}

async function settle(
  vault: Vault,
  delivery: Delivery,
  published: { readonly url: string; readonly remoteId: string } | null,
): Promise<Delivery> {
  const { id, state } = delivery;
  const doubtful = doubtfulPart(delivery);
  if (!doubtful) {
    throw new Failure("usage", `there is no doubt about it: it is ${state}`, { hint: `agencyiq posts show ${id}` });
  }
  const { part } = doubtful;
  if (published) {
    const post = await requirePost(vault, delivery);
    const parts = partCount(contentFor(post.draft, delivery.platform));
    const after = await vault.publishPart(id, part, { ...published, foundBy: "owner" }, part === parts - 1);
    if (after.state === "published") return after;
    return rest(vault, id, `${part + 1} of ${parts} parts are public`);
  }
  await vault.withdrawPart(id, part, false);
  return rest(vault, id, "it did not go out, as its owner says");
}

/** What is not public yet waits until its owner asks for it. */
function rest(vault: Vault, id: string, message: string): Promise<Delivery> {
  const hint = `send it: agencyiq posts retry ${id}`;
  return vault.finishDelivery(id, { state: "failed", error: { code: "not_published", message, hint } });
}

/** The last message first, so that none of them answers what is gone. A comment goes with the post that it is under. */
async function takeDown(services: Services, vault: Vault, delivery: Delivery): Promise<Delivery> {
  if (delivery.state === "deleted") return delivery;
  const { account, platform, post } = await parcelOf(services, delivery);
  const remove = platform.publish?.delete;
  if (!remove) {
    throw new Failure("platform_cannot", `posts cannot be taken down at ${platform.name} from here`, {
      hint: `do it there: ${delivery.url ?? platform.site}`,
    });
  }
  const messages = 1 + contentFor(post.draft, platform.id).thread.length;
  const there = delivery.parts.filter(({ state }) => state === "published");
  if (there.length === 0) throw new Failure("usage", `nothing of it is public: it is ${delivery.state}`);
  const ofPost = there.filter(({ part }) => part < messages).reverse();
  let present = delivery;
  for (const { part, remoteId } of [...ofPost, ...there.filter((each) => each.part >= messages)]) {
    try {
      if (part < messages) await remove(apiForAccount(services, platform, account), remoteId ?? "");
    } catch (error) {
      throw undone(aboutAccount(error, account), delivery);
    }
    present = await vault.deletePart(delivery.id, part);
  }
  return present;
}

/** Deleting once more does no harm, so a lost answer is no unknown outcome. */
function undone(failure: Failure, { id }: Delivery): Failure {
  if (failure.category !== "unknown_outcome") return failure;
  return new Failure("network", failure.message, {
    account: failure.account,
    hint: `agencyiq posts delete ${id}`,
    cause: failure,
  });
}

async function edit(
  services: Services,
  { postId, draft, schedule, overQuota }: Extract<PostsRequest, { action: "edit" }>,
): Promise<DeliveryResult[]> {
  const vault = await services.vault();
  const checked = draft && (await check(services, vault, postId, draft));
  const { deliveries } = await vault.editPost(
    postId,
    {
      ...(checked ? { draft: checked } : {}),
      ...(schedule ? { schedule } : {}),
    },
    { overQuota },
  );
  return deliveries.map((delivery) => ({ delivery, failure: null }));
}

/** The draft with the state of its files. @throws Failure `content_invalid`, `file_unreadable` */
async function check(services: Services, vault: Vault, postId: string, draft: PostDraft): Promise<PostDraft> {
  const [stored] = await vault.posts({ ids: [postId] });
  const parcels: Parcel[] = await Promise.all((stored?.deliveries ?? []).map((each) => parcelOf(services, each)));
  const accounts = await withPresentFacts(
    services,
    parcels.map(({ account }) => account),
  );
  const checked = await checkPost(services, { draft, accounts });
  requireNoProblems(checked.targets);
  return checked.draft;
}

async function requireDelivery(vault: Vault, id: string): Promise<Delivery> {
  const delivery = await vault.delivery(id);
  if (delivery) return delivery;
  throw new Failure("not_found", `there is no delivery ${id}`, { hint: "agencyiq posts list" });
}

async function requirePost(vault: Vault, { postId }: Delivery): Promise<Post> {
  const post = await vault.post(postId);
  if (post) return post;
  throw new Failure("not_found", `there is no post ${postId}`, { hint: "agencyiq posts list" });
}
