/** How many posts a brand's cycle holds. A post counts once for each brand whose accounts it goes to (docs/brands.md). */
import { type CyclePlan, presentCycle, requirePlaces, type Standing } from "../domain/cycle.ts";
import type { UpcomingPost } from "../domain/ports/brand-book.ts";
import type { Instant } from "../domain/time.ts";
import { findBrand, listBrands } from "./brands.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

/**
 * When an open delivery goes out. What the daemon sends by itself is never due in the past: it goes out now, or later; what
 * is tried again is under way. What only a rerun sends stays in the cycle in which it was last tried.
 */
const goesOutAt = `case
  when d.state = 'scheduled' then max(coalesce(d.scheduled_for, 0), :now)
  when d.state = 'retrying' and d.due_at is not null then :now
  else coalesce(d.started_at, p.created_at) end`;

/** As in the index on it. */
const isOpen = "d.state in ('scheduled', 'sending', 'retrying', 'unknown')";

/** By the post, of which there are few; `+` keeps the planner from looking through all that the brand ever published. */
const isPublishedToo = `exists (
  select 1 from deliveries e where e.post_id = d.post_id and +e.brand = d.brand and +e.state = 'published')`;

/** All brands at once. `:windows`: a JSON array of [brand, from, until]; `:except`: a post that is not looked at. */
const counted = `
with windows as materialized (select value ->> 0 as brand, value ->> 1 as start, value ->> 2 as stop from json_each(:windows)),
used as (
  select w.brand, count(distinct d.post_id) as posts from windows w cross join deliveries d indexed by deliveries_published
    on d.brand = w.brand and d.state = 'published' and d.started_at >= w.start and d.started_at < w.stop
  where d.post_id <> :except and not exists (
    select 1 from deliveries e
    where e.post_id = d.post_id and +e.brand = d.brand and +e.state = 'published' and +e.started_at < w.start)
  group by w.brand),
open as (
  select d.brand, min(${goesOutAt}) as at from windows w cross join deliveries d indexed by deliveries_open on d.brand = w.brand
  join posts p on p.id = d.post_id
  where ${isOpen} and d.post_id <> :except and not ${isPublishedToo} group by d.brand, d.post_id)
select w.brand, coalesce(used.posts, 0) as used, coalesce(sum(open.at > :now), 0) as scheduled,
  coalesce(sum(open.at <= :now), 0) as waiting
from windows w left join used on used.brand = w.brand
  left join open on open.brand = w.brand and open.at >= w.start and open.at < w.stop
group by w.brand`;

interface Counted {
  readonly brand: string;
  readonly used: number;
  readonly scheduled: number;
  readonly waiting: number;
}

export function standings(context: VaultContext, at: Instant, only?: string, except = ""): Standing[] {
  const { raw } = context.opened;
  const brand = only === undefined ? null : findBrand(raw, only);
  const brands = only === undefined ? listBrands(raw) : brand ? [brand] : [];
  const planned = brands.flatMap(({ id, name, cycle: plan }) => (plan ? [stand(id, name, plan, at)] : []));
  if (planned.length === 0) return [];
  const windows = JSON.stringify(planned.map(({ brand: id, cycle }) => [id, cycle.from, cycle.until]));
  const rows = prepared(raw, counted).all({ windows, now: context.clock.now(), except }) as Counted[];
  const uses = new Map(rows.map(({ brand: id, ...use }) => [id, use]));
  return planned.map((each) => ({ ...each, use: uses.get(each.brand) ?? each.use }));
}

function stand(brand: string, name: string | null, plan: CyclePlan, at: Instant): Standing {
  const cycle = presentCycle(plan, at);
  return { brand, name, plan, cycle, begun: at >= cycle.from, use: { used: 0, scheduled: 0, waiting: 0 } };
}

export function upcoming(context: VaultContext, brand: string, until: Instant): UpcomingPost[] {
  const rows = prepared(
    context.opened.raw,
    `select d.post_id as postId, p.text, min(${goesOutAt}) as at, json_group_array(d.address) as addresses
     from deliveries d indexed by deliveries_open cross join posts p on p.id = d.post_id
     where d.brand = :brand and ${isOpen} group by d.post_id having at > :now and at < :until order by at, p.rowid`,
  ).all({ brand, until, now: context.clock.now() }) as (Omit<UpcomingPost, "addresses"> & { addresses: string })[];
  return rows.map((row) => ({ ...row, addresses: (JSON.parse(row.addresses) as string[]).sort() }));
}

export interface PlaceWish {
  readonly brand: string;
  /** null: a post that is not written yet. */
  readonly postId: string | null;
  /** When it is to go out. */
  readonly at: Instant;
}

/**
 * Inside the transaction that makes what is to be sent: whether its brand has a place left for it. A post that is counted
 * already, or has its place in that cycle, needs no other. @throws Failure `quota_used_up`, `cycle_not_begun`
 */
export function requirePlace(context: VaultContext, { brand, postId, at }: PlaceWish): void {
  const [standing] = standings(context, at, brand, postId ?? "");
  if (!standing) return;
  const own = postId === null ? null : placeOf(context, postId, brand);
  const { from, until } = standing.cycle;
  if (own && (own.published || (standing.begun && own.at >= from && own.at < until))) return;
  requirePlaces(standing, 1);
}

/** The place that a post has; null: none. */
function placeOf(context: VaultContext, postId: string, brand: string): { published: boolean; at: Instant } | null {
  const row = prepared(
    context.opened.raw,
    `select max(d.state = 'published') as published, min(${goesOutAt}) as at from deliveries d join posts p on p.id = d.post_id
     where d.post_id = :postId and d.brand = :brand and (${isOpen} or d.state = 'published')`,
  ).get({ postId, brand, now: context.clock.now() }) as { published: number | null; at: Instant | null };
  return row.at === null ? null : { published: row.published === 1, at: row.at };
}
