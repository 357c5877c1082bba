import type { Delivery, DeliveryError, DeliveryState, Post } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import type { LedgerAction } from "../domain/ledger.ts";
import type { DeliveryOutcome, NewDelivery } from "../domain/ports/vault.ts";
import { draftOf, isSameDraft, type PostDraft } from "../domain/post.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";

function toDelivery(row: Database["deliveries"]): Delivery {
  return {
    id: row.id,
    postId: row.post_id,
    accountId: row.account_id,
    address: row.address,
    platform: row.platform,
    state: row.state as DeliveryState,
    attempts: row.attempts,
    scheduledFor: row.scheduled_for,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    remoteId: row.remote_id,
    url: row.url,
    error: row.error === null ? null : (JSON.parse(row.error) as DeliveryError),
  };
}

function toPost(row: Database["posts"]): Post {
  const draft = draftOf(JSON.parse(row.draft ?? "{}") as Partial<PostDraft>);
  return { id: row.id, key: row.key, brand: row.brand, draft, createdAt: row.created_at };
}

/** Inside a transaction. A key that was used before brings its post, with deliveries added for accounts that are new to it. */
export async function createPost(
  context: VaultContext,
  store: Store,
  wanted: Omit<Post, "id" | "createdAt">,
  targets: readonly NewDelivery[],
): Promise<{ post: Post; deliveries: Delivery[]; existing: boolean }> {
  const present =
    wanted.key === null
      ? undefined
      : await store.selectFrom("posts").selectAll().where("key", "=", wanted.key).executeTakeFirst();
  const { key, brand, draft } = wanted;
  const post = present ?? {
    id: context.random.uuid(),
    key,
    brand,
    text: draft.text,
    draft: JSON.stringify(draft),
    created_at: context.clock.now(),
    scheduled_text: null,
    time_zone: null,
    max_late: null,
    when_late: null,
    awaits_approval: null,
  };
  if (!present) await store.insertInto("posts").values(post).execute();
  // The same key with other words is refused by the caller: no delivery is added to a post it does not mean.
  if (isSameDraft(toPost(post).draft, draft)) await addDeliveries(context, store, post.id, targets);
  const rows = await store
    .selectFrom("deliveries")
    .selectAll()
    .where("post_id", "=", post.id)
    .orderBy("address")
    .execute();
  return { post: toPost(post), deliveries: rows.map(toDelivery), existing: present !== undefined };
}

async function addDeliveries(
  context: VaultContext,
  store: Store,
  postId: string,
  targets: readonly NewDelivery[],
): Promise<void> {
  const rows = await store.selectFrom("deliveries").select("account_id").where("post_id", "=", postId).execute();
  const present = new Set(rows.map(({ account_id }) => account_id));
  for (const { accountId, address, platform } of targets) {
    if (present.has(accountId)) continue;
    const id = context.random.uuid();
    await store
      .insertInto("deliveries")
      .values({
        id,
        post_id: postId,
        account_id: accountId,
        address,
        platform,
        state: "scheduled",
        attempts: 0,
        scheduled_for: null,
        started_at: null,
        finished_at: null,
        remote_id: null,
        url: null,
        error: null,
        next_attempt_at: null,
        detail: null,
      })
      .execute();
    append(context, {
      action: "delivery.created",
      account: address,
      subjectId: id,
      detail: { post: postId },
    });
  }
}

export async function findDelivery(store: Store, id: string): Promise<Delivery | null> {
  const row = await store.selectFrom("deliveries").selectAll().where("id", "=", id).executeTakeFirst();
  return row ? toDelivery(row) : null;
}

/** Inside a transaction: from one of `from` to `sending`, by whoever is first. */
export async function claimDelivery(
  context: VaultContext,
  store: Store,
  id: string,
  from: readonly DeliveryState[],
): Promise<Delivery | null> {
  const claimed = await store
    .updateTable("deliveries")
    .set((expression) => ({
      state: "sending",
      attempts: expression("attempts", "+", 1),
      started_at: context.clock.now(),
      finished_at: null,
      error: null,
    }))
    .where("id", "=", id)
    .where("state", "in", [...from])
    .executeTakeFirst();
  if (claimed.numUpdatedRows === 0n) return null;
  const delivery = await requireDelivery(store, id);
  append(context, {
    action: "delivery.sending",
    account: delivery.address,
    subjectId: id,
    detail: { post: delivery.postId, attempt: delivery.attempts },
  });
  return delivery;
}

const actions: Partial<Record<DeliveryState, LedgerAction>> = {
  published: "delivery.published",
  failed: "delivery.failed",
  retrying: "delivery.retrying",
  unknown: "delivery.unknown",
};

/** Inside a transaction: how it ended. */
export async function finishDelivery(
  context: VaultContext,
  store: Store,
  id: string,
  outcome: DeliveryOutcome,
): Promise<Delivery> {
  const { state, remoteId = null, url = null, error = null } = outcome;
  await store
    .updateTable("deliveries")
    .set({
      state,
      remote_id: remoteId,
      url,
      error: error === null ? null : JSON.stringify(error),
      finished_at: context.clock.now(),
    })
    .where("id", "=", id)
    .execute();
  const delivery = await requireDelivery(store, id);
  const action = actions[state];
  if (action) {
    const detail = { post: delivery.postId, url, remoteId, code: error?.code ?? null, message: error?.message ?? null };
    append(context, { action, account: delivery.address, subjectId: id, detail });
  }
  return delivery;
}

async function requireDelivery(store: Store, id: string): Promise<Delivery> {
  const delivery = await findDelivery(store, id);
  if (delivery) return delivery;
  throw new Failure("not_found", `there is no delivery ${id}`);
}
