import { type CalendarDay, parseDay, parseTimeZone } from "./calendar.ts";
import type { CyclePlan } from "./cycle.ts";
import { Failure } from "./failure.ts";
import type { Instant } from "./time.ts";

/** One customer of the agency. */
export interface Brand {
  /** What stands in addresses: `globex`. */
  readonly id: string;
  /** In full; null: the id says it. */
  readonly name: string | null;
  /** null: not said, so that of the machine. */
  readonly timeZone: string | null;
  readonly cycle: CyclePlan | null;
  readonly createdAt: Instant;
}

/** What is changed of a brand; what is absent stays. */
export interface BrandChange {
  readonly name?: string | null;
  readonly timeZone?: string;
  /** null ends the cycles, and the quota with them. */
  readonly cycleStart?: CalendarDay | null;
  readonly cycleDays?: number;
  /** null: none. */
  readonly quota?: number | null;
}

export const defaultCycleDays = 30;

/**
 * The brand as it will be. `machineZone` is kept with a cycle that no zone is named for, so that its days begin at the same
 * moment wherever it is looked at. @throws Failure `usage` for a quota or days without a cycle
 */
export function changed(brand: Brand, change: BrandChange, machineZone: string): Brand {
  const { cycle } = brand;
  const timeZone = change.timeZone ?? brand.timeZone;
  const name = change.name === undefined ? brand.name : change.name;
  const start = change.cycleStart === undefined ? (cycle?.start ?? null) : change.cycleStart;
  if (start === null) {
    if (change.cycleDays !== undefined || typeof change.quota === "number") throw withoutCycle(brand.id);
    return { ...brand, name, timeZone, cycle: null };
  }
  const plan: CyclePlan = {
    timeZone: timeZone ?? machineZone,
    start,
    days: change.cycleDays ?? cycle?.days ?? defaultCycleDays,
    quota: change.quota === undefined ? (cycle?.quota ?? null) : change.quota,
  };
  return { ...brand, name, timeZone: plan.timeZone, cycle: plan };
}

function withoutCycle(id: string): Failure {
  return new Failure("usage", `brand "${id}" has no posting cycle, and its days and quota belong to one`, {
    hint: "say when the first one begins as well: --cycle-start YYYY-MM-DD",
  });
}

/** @throws Failure `usage` */
export function requireTimeZone(text: string): string {
  const zone = parseTimeZone(text.trim());
  if (zone !== null) return zone;
  throw new Failure("usage", `there is no time zone "${text}"`, {
    hint: "name a place of the IANA list, such as Europe/Berlin or America/New_York, or UTC",
  });
}

/** @throws Failure `usage` */
export function requireDay(text: string, flag: string): CalendarDay {
  const day = parseDay(text.trim());
  if (day !== null) return day;
  throw new Failure("usage", `${flag} must be a day such as 2026-12-01, not "${text}"`);
}
