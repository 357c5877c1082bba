import type { Delivery, DeliveryError, DeliveryState, Post } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import type { LedgerAction } from "../domain/ledger.ts";
import type { DeliveryOutcome, NewDelivery } from "../domain/ports/vault.ts";
import { draftOf, isSameDraft, type PostDraft } from "../domain/post.ts";
import { requirePlace } from "./cycle-use.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { prepared } from "./sqlite.ts";
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
  { overQuota = false }: { readonly overQuota?: boolean } = {},
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
  // The same key with other words is refused by the caller: no delivery is added to a post it does not mean.
  if (isSameDraft(toPost(post).draft, draft)) {
    const asked = askedFor(context, post, targets);
    const places = asked.filter(({ state }) => state === null || sentByRerun.includes(state));
    if (!overQuota) requirePlaces(context, present?.id ?? null, places);
    if (!present) await store.insertInto("posts").values(post).execute();
    await addDeliveries(context, store, post.id, asked);
  }
  const rows = await store
    .selectFrom("deliveries")
    .selectAll()
    .where("post_id", "=", post.id)
    .orderBy("address")
    .execute();
  return { post: toPost(post), deliveries: rows.map(toDelivery), existing: present !== undefined };
}

interface Asked extends NewDelivery {
  readonly brand: string;
  /** Of the delivery that is there; null: none is. */
  readonly id: string | null;
  readonly state: DeliveryState | null;
}

/** What the targets of a post mean for its deliveries. */
function askedFor(context: VaultContext, post: Database["posts"], targets: readonly NewDelivery[]): Asked[] {
  const { raw } = context.opened;
  return targets.map((target) => {
    const row = prepared(raw, "select id, state, brand from deliveries where post_id = ? and account_id = ?").get(
      post.id,
      target.accountId,
    ) as { id: string; state: DeliveryState; brand: string } | undefined;
    if (row) return { ...target, ...row };
    const brand = prepared(raw, "select brand from accounts where id = ?").get(target.accountId) as
      | { brand: string }
      | undefined;
    return { ...target, id: null, state: null, brand: brand?.brand ?? post.brand };
  });
}

/** A rerun sends these (domain/delivery.ts): nothing can have been published. */
const sentByRerun: readonly DeliveryState[] = ["scheduled", "retrying", "failed"];

/** @throws Failure `quota_used_up`, `cycle_not_begun` */
function requirePlaces(context: VaultContext, postId: string | null, asked: readonly Asked[]): void {
  const at = context.clock.now();
  for (const brand of new Set(asked.map((each) => each.brand))) requirePlace(context, { brand, postId, at });
}

async function addDeliveries(
  context: VaultContext,
  store: Store,
  postId: string,
  asked: readonly Asked[],
): Promise<void> {
  for (const { id: presentId, state, accountId, address, platform, brand } of asked) {
    if (presentId !== null) {
      // Asked for anew, it has its place from now on: another process must not be given the same one.
      if (state !== null && sentByRerun.includes(state)) await renew(context, store, presentId);
      continue;
    }
    const id = context.random.uuid();
    await store
      .insertInto("deliveries")
      .values({
        id,
        post_id: postId,
        account_id: accountId,
        address,
        platform,
        brand,
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

async function renew(context: VaultContext, store: Store, id: string): Promise<void> {
  await store
    .updateTable("deliveries")
    .set({ state: "retrying", started_at: context.clock.now() })
    .where("id", "=", id)
    .execute();
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
