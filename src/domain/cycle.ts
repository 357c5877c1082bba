/**
 * The posting cycle: windows of whole days, one after the other, in the brand's zone. A post counts once, however many
 * accounts and messages it has, in the cycle in which the sending began that made it public (docs/brands.md says why).
 */
import { addDays, type CalendarDay, dayAt, daysBetween, startOfDay } from "./calendar.ts";
import { Failure } from "./failure.ts";
import { days, type Instant, toTimestamp } from "./time.ts";

/** When the cycles of a brand begin, and how many posts fit into one. */
export interface CyclePlan {
  readonly timeZone: string;
  /** The first day of the first cycle. */
  readonly start: CalendarDay;
  readonly days: number;
  /** Posts a cycle; null: as many as one likes. */
  readonly quota: number | null;
}

export interface Cycle {
  /** From 1. */
  readonly number: number;
  readonly firstDay: CalendarDay;
  readonly lastDay: CalendarDay;
  readonly from: Instant;
  /** The first instant that is no longer in it. */
  readonly until: Instant;
}

/** The cycle of an instant; null before the first one. */
export function cycleAt(plan: CyclePlan, instant: Instant): Cycle | null {
  const passed = daysBetween(plan.start, dayAt(instant, plan.timeZone));
  const likely = cycleNumbered(plan, Math.max(1, Math.floor(passed / plan.days) + 1));
  // Where clocks go back over midnight, the calendar shows the day before once more; its end has been all the same.
  const cycle = instant >= likely.until ? cycleNumbered(plan, likely.number + 1) : likely;
  return instant >= cycle.from ? cycle : null;
}

/** `number` counts from 1. */
export function cycleNumbered({ start, days: length, timeZone }: CyclePlan, number: number): Cycle {
  const firstDay = addDays(start, (number - 1) * length);
  const next = addDays(firstDay, length);
  return {
    number,
    firstDay,
    lastDay: addDays(next, -1),
    from: startOfDay(firstDay, timeZone),
    until: startOfDay(next, timeZone),
  };
}

/** The cycle there is, or the first one that is to come. */
export function presentCycle(plan: CyclePlan, now: Instant): Cycle {
  return cycleAt(plan, now) ?? cycleNumbered(plan, 1);
}

/** Whole days on the calendar, today among them; all of them before it begins. */
export function daysLeft({ days: length, timeZone }: CyclePlan, cycle: Cycle, now: Instant): number {
  const left = daysBetween(dayAt(now, timeZone), cycle.lastDay) + 1;
  return Math.min(length, Math.max(0, left));
}

/** When the owner is told that it ends: as its last day begins, and no later than 24 hours before. */
export function warnAt({ timeZone }: CyclePlan, cycle: Cycle): Instant {
  return Math.min(startOfDay(cycle.lastDay, timeZone), cycle.until - days(1));
}

/** The posts of a brand in one of its cycles, each counted once. */
export interface CycleUse {
  /** Public in at least one place. */
  readonly used: number;
  /** Due later in the cycle. */
  readonly scheduled: number;
  /** Under way, to be tried again, or of unknown outcome: they may yet be public. */
  readonly waiting: number;
}

/** What a post that waits has taken is no longer there for another. null: there is no quota. */
export function placesLeft({ quota }: CyclePlan, { used, scheduled, waiting }: CycleUse): number | null {
  return quota === null ? null : Math.max(0, quota - used - scheduled - waiting);
}

/** How a brand stands in the cycle of an instant. */
export interface Standing {
  readonly brand: string;
  readonly name: string | null;
  readonly plan: CyclePlan;
  /** The first one where none has begun. */
  readonly cycle: Cycle;
  readonly begun: boolean;
  readonly use: CycleUse;
}

/** Whether `count` more posts may go out in that cycle. @throws Failure `quota_used_up`, `cycle_not_begun` */
export function requirePlaces({ brand, plan, cycle, begun, use }: Standing, count: number): void {
  if (!begun) {
    throw new Failure("cycle_not_begun", `the posting cycles of brand "${brand}" begin on ${plan.start}`, {
      hint: `post after that, or all the same with --over-quota; agencyiq cycle status ${brand}`,
    });
  }
  const left = placesLeft(plan, use);
  if (left === null || count <= left) return;
  const held = use.scheduled + use.waiting;
  const taken = held > 0 ? `${use.used} published, ${held} scheduled or under way` : `${use.used} published`;
  const wish = count > 1 ? `; ${left} left, ${count} wanted` : "";
  throw new Failure(
    "quota_used_up",
    `the quota of brand "${brand}" is used up until ${toTimestamp(cycle.until)}: ${taken} of ${plan.quota}${wish}`,
    { hint: `post all the same with --over-quota; agencyiq cycle status ${brand}` },
  );
}
