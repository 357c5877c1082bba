/** What is to be said, and to whom: written before anything is sent. Each function is one transaction's work. */
import type Sqlite from "better-sqlite3";
import type { Delivery, DeliveryState, Post, Schedule } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import type {
  NewDelivery,
  NewPost,
  PostEdit,
  PostQuery,
  QuotaOptions,
  StoredPost,
} from "../domain/ports/post-store.ts";
import { isSameDraft } from "../domain/post.ts";
import { days, type Instant, minutes, toTimestampOrNull } from "../domain/time.ts";
import { requirePlace } from "./cycle-use.ts";
import { type DeliveryRow, deliveriesOf, findPost, type PostRow, toPost, withParts } from "./delivery-rows.ts";
import { forgetSteps } from "./delivery-secrets.ts";
import { append } from "./ledger.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

/** Whoever writes a post that is for now sends it, too. Should it die between the two, others do after this (milliseconds). */
const leftToItsWriter = minutes(2);
/** How long the same words are taken for another try of a post that did not go out everywhere (milliseconds). */
const sameWordsFor = days(1);

export function createPost(
  context: VaultContext,
  wanted: NewPost,
  targets: readonly NewDelivery[],
  { overQuota = false }: QuotaOptions = {},
): StoredPost & { existing: boolean } {
  const { raw } = context.opened;
  const present = findPresent(context, wanted, targets);
  // The same key with other words is refused by the caller: no delivery is added to a post it does not mean.
  if (present && !isSameDraft(present.draft, wanted.draft)) {
    return { post: present, deliveries: deliveriesOf(raw, present.id), existing: true };
  }
  const asked = askedFor(raw, present?.id ?? wanted.id, wanted, targets);
  const sent = asked.filter(({ state }) => state === null || (wanted.schedule === null && sentByRerun.includes(state)));
  if (!overQuota) requirePlaces(context, present?.id ?? null, sent, wanted.schedule?.at ?? context.clock.now());
  const post = present ?? insertPost(context, wanted);
  for (const each of asked) if (each.id === null) addDelivery(context, post.id, each, wanted.schedule);
  // Asked for anew, it has its place from now on: another process must not be given the same one.
  for (const { id } of sent) if (id !== null) renew(context, id);
  return { post, deliveries: deliveriesOf(raw, post.id), existing: present !== null };
}

/** A rerun sends these: nothing of them can have been published. */
const sentByRerun: readonly DeliveryState[] = ["scheduled", "retrying", "failed"];

interface Asked extends NewDelivery {
  readonly brand: string;
  /** Of the delivery that is there; null: none is. */
  readonly id: string | null;
  readonly state: DeliveryState | null;
}

/** What the targets of a post mean for its deliveries. */
function askedFor(raw: Sqlite.Database, postId: string, post: NewPost, targets: readonly NewDelivery[]): Asked[] {
  const present = prepared(raw, "select id, state, brand from deliveries where post_id = ? and account_id = ?");
  return targets.map((target) => {
    const row = present.get(postId, target.accountId) as Pick<Asked, "id" | "state" | "brand"> | undefined;
    if (row) return { ...target, ...row };
    const brand = prepared(raw, "select brand from accounts where id = ?").pluck().get(target.accountId);
    return { ...target, id: null, state: null, brand: typeof brand === "string" ? brand : post.brand };
  });
}

/** @throws Failure `quota_used_up`, `cycle_not_begun` */
function requirePlaces(
  context: VaultContext,
  postId: string | null,
  asked: readonly Pick<Asked, "brand">[],
  at: Instant,
): void {
  for (const brand of new Set(asked.map((each) => each.brand))) requirePlace(context, { brand, postId, at });
}

/** What failed is to be sent once more; should whoever asks for it die, others do. */
function renew(context: VaultContext, id: string): void {
  const { raw } = context.opened;
  const now = context.clock.now();
  prepared(raw, "update deliveries set started_at = ? where id = ? and state = 'retrying'").run(now, id);
  prepared(
    raw,
    `update deliveries set state = 'retrying', started_at = ?, due_at = ?, give_up_at = null, error = null
     where id = ? and state = 'failed'`,
  ).run(now, now + leftToItsWriter, id);
}

function findPresent(context: VaultContext, wanted: NewPost, targets: readonly NewDelivery[]): Post | null {
  const { raw } = context.opened;
  const asked = findPost(raw, wanted.id);
  if (asked) return asked;
  if (wanted.key !== null) {
    const row = prepared(raw, "select * from posts where key = ?").get(wanted.key) as PostRow | undefined;
    return row ? toPost(row) : null;
  }
  return wanted.schedule === null ? findUnfinished(context, wanted, targets) : null;
}

/**
 * A post of the same words that did not go out to everybody: whoever says them again after an error or a crash means that
 * one, and what is out already must not go out twice.
 */
function findUnfinished(context: VaultContext, wanted: NewPost, targets: readonly NewDelivery[]): Post | null {
  const { raw } = context.opened;
  const rows = prepared(
    raw,
    `select * from posts where key is null and scheduled is null and brand = ? and created_at > ? and text = ?
     order by created_at desc`,
  ).all(wanted.brand, context.clock.now() - sameWordsFor, wanted.draft.text) as PostRow[];
  const meant = new Set(targets.map(({ accountId }) => accountId));
  const isOver = (state: DeliveryState) => ["published", "canceled", "deleted"].includes(state);
  const unfinished = rows
    .map(toPost)
    .find(
      ({ id, draft }) =>
        isSameDraft(draft, wanted.draft) &&
        deliveriesOf(raw, id).some(({ accountId, state }) => meant.has(accountId) && !isOver(state)),
    );
  return unfinished ?? null;
}

function insertPost(context: VaultContext, { id, key, brand, draft, schedule }: NewPost): Post {
  const { raw } = context.opened;
  const now = context.clock.now();
  prepared(
    raw,
    `insert into posts (id, key, brand, text, created_at, draft, scheduled, scheduled_text, time_zone, max_late, when_late)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(id, key, brand, draft.text, now, JSON.stringify(draft), ...scheduleColumns(schedule));
  return findPost(raw, id) as Post;
}

function scheduleColumns(schedule: Schedule | null): (string | number | null)[] {
  if (schedule === null) return [null, null, null, null, null];
  return [1, schedule.text, schedule.timeZone, schedule.maxLate, schedule.whenLate];
}

function addDelivery(context: VaultContext, postId: string, asked: Asked, schedule: Schedule | null): void {
  const { accountId, address, platform, brand } = asked;
  const id = context.random.uuid();
  const at = schedule?.at ?? null;
  prepared(
    context.opened.raw,
    `insert into deliveries (id, post_id, account_id, address, platform, brand, state, attempts, scheduled_for, due_at)
     values (?, ?, ?, ?, ?, ?, 'scheduled', 0, ?, ?)`,
  ).run(id, postId, accountId, address, platform, brand, at, at ?? context.clock.now() + leftToItsWriter);
  append(context, {
    action: "delivery.created",
    account: address,
    subjectId: id,
    detail: { post: postId, scheduledFor: toTimestampOrNull(at) },
  });
}

export function editPost(
  context: VaultContext,
  postId: string,
  { draft, schedule }: PostEdit,
  { overQuota = false }: QuotaOptions = {},
): StoredPost {
  const { raw } = context.opened;
  const post = findPost(raw, postId);
  if (!post) throw new Failure("not_found", `there is no post ${postId}`, { hint: "agencyiq posts list" });
  const waiting = requireUnsent(deliveriesOf(raw, postId));
  if (schedule && !overQuota) requirePlaces(context, postId, brandsOf(raw, postId), schedule.at);
  if (draft) {
    prepared(raw, "update posts set draft = ?, text = ?, revision = revision + 1 where id = ?").run(
      JSON.stringify(draft),
      draft.text,
      postId,
    );
    for (const { id } of waiting) forgetSteps(raw, id);
  }
  if (schedule) reschedule(raw, postId, schedule);
  for (const { id, address } of waiting) {
    append(context, {
      action: "post.edited",
      account: address,
      subjectId: id,
      detail: { post: postId, scheduledFor: toTimestampOrNull(schedule?.at ?? null) },
    });
  }
  return { post: findPost(raw, postId) as Post, deliveries: deliveriesOf(raw, postId) };
}

/** The deliveries that would still go out. What is out cannot be changed from here, nor what may be. */
function requireUnsent(deliveries: readonly Delivery[]): readonly Delivery[] {
  const sent = deliveries.find(
    ({ state, parts }) =>
      ["sending", "published", "unknown", "deleted"].includes(state) || parts.some((part) => part.state !== "open"),
  );
  if (!sent) return deliveries;
  throw new Failure("already_sent", `it cannot be changed any more: it is ${sent.state} at ${sent.address}`, {
    account: sent.address,
    hint: `agencyiq posts show ${sent.id}`,
  });
}

function brandsOf(raw: Sqlite.Database, postId: string): { brand: string }[] {
  return prepared(raw, "select distinct brand from deliveries where post_id = ?").all(postId) as { brand: string }[];
}

function reschedule(raw: Sqlite.Database, postId: string, schedule: Schedule): void {
  prepared(
    raw,
    "update posts set scheduled = ?, scheduled_text = ?, time_zone = ?, max_late = ?, when_late = ? where id = ?",
  ).run(...scheduleColumns(schedule), postId);
  prepared(
    raw,
    `update deliveries set state = 'scheduled', scheduled_for = ?, due_at = ?, give_up_at = null, attempts = 0,
       awaits_approval = 0, approved_at = null, error = null, finished_at = null
     where post_id = ? and state in ('scheduled', 'retrying', 'failed')`,
  ).run(schedule.at, schedule.at, postId);
}

export function listPosts(raw: Sqlite.Database, query: PostQuery): StoredPost[] {
  const { conditions, values } = conditionsOf(query);
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const rows = raw
    .prepare(
      `select d.* from deliveries d join posts p on p.id = d.post_id ${where}
       order by p.created_at desc, p.id, d.address`,
    )
    .iterate(...values) as Iterable<DeliveryRow>;
  const found = new Map<string, DeliveryRow[]>();
  for (const row of rows) {
    const known = found.get(row.post_id);
    if (known) known.push(row);
    else if (found.size >= (query.limit ?? Number.POSITIVE_INFINITY)) break;
    else found.set(row.post_id, [row]);
  }
  return [...found].map(([id, deliveries]) => ({
    post: findPost(raw, id) as Post,
    deliveries: deliveries.map((row) => withParts(raw, row)),
  }));
}

function conditionsOf({ ids, states, accounts, brand, since }: PostQuery): { conditions: string[]; values: unknown[] } {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, ...given: readonly unknown[]) => {
    conditions.push(condition);
    values.push(...given);
  };
  const oneOf = (column: string, choices: readonly string[]) =>
    add(`${column} in (${choices.map(() => "?").join(", ")})`, ...choices);
  if (ids) {
    const either = ids.map(() => "substr(d.id, 1, length(?)) = ? or substr(p.id, 1, length(?)) = ?").join(" or ");
    add(ids.length === 0 ? "0" : `(${either})`, ...ids.flatMap((id) => [id, id, id, id]));
  }
  if (states) oneOf("d.state", states);
  if (accounts) oneOf("d.address", accounts);
  if (brand !== undefined) add("p.brand = ?", brand);
  if (since !== undefined) add("p.created_at >= ?", since);
  return { conditions, values };
}
