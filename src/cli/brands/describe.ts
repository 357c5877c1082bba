/** A brand and its cycle, in words and as JSON, for every command that tells of them. */
import type { Standing } from "../../domain/cycle.ts";
import { daysLeft, placesLeft } from "../../domain/cycle.ts";
import { Failure } from "../../domain/failure.ts";
import type { KeptBrand } from "../../domain/ports/brand-book.ts";
import type { Vault } from "../../domain/ports/vault.ts";
import { type Instant, toTimestamp } from "../../domain/time.ts";
import type { Context } from "../context.ts";

/** null where there is no vault yet. */
export async function vaultIfAny(context: Context): Promise<Vault | null> {
  try {
    return await context.services.vault();
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return null;
    throw error;
  }
}

/** @throws Failure `not_found` */
export function requireOne(brands: readonly KeptBrand[], id: string): KeptBrand {
  const brand = brands.find((each) => each.id === id);
  if (brand) return brand;
  throw new Failure("not_found", `there is no brand "${id}"`, { hint: "agencyiq brands list" });
}

export function brandDocument({ id, name, timeZone, cycle, accounts, createdAt }: KeptBrand) {
  return {
    brand: id,
    name,
    timeZone,
    cycleStart: cycle?.start ?? null,
    cycleDays: cycle?.days ?? null,
    quota: cycle?.quota ?? null,
    accounts,
    createdAt: toTimestamp(createdAt),
  };
}

export function brandText({ id, name, timeZone, cycle }: KeptBrand): string {
  return asLines([
    ["brand", id],
    ["name", name],
    ["time zone", timeZone ?? "the machine's"],
    ["cycle", cycle ? `every ${cycle.days} days from ${cycle.start}` : "none"],
    ["quota", cycle ? (cycle.quota === null ? "none" : `${cycle.quota} posts a cycle`) : null],
  ]);
}

/** Names and values below each other; null: left out. */
export function asLines(lines: readonly (readonly [string, string | null])[]): string {
  return lines.flatMap(([name, value]) => (value ? [`${name.padEnd(11)} ${value}`] : [])).join("\n");
}

export function cycleDocument(standing: Standing, now: Instant) {
  const { brand, name, plan, cycle, begun, use } = standing;
  return {
    brand,
    name,
    timeZone: plan.timeZone,
    number: cycle.number,
    begun,
    firstDay: cycle.firstDay,
    lastDay: cycle.lastDay,
    startsAt: toTimestamp(cycle.from),
    endsAt: toTimestamp(cycle.until),
    daysLeft: daysLeft(plan, cycle, now),
    quota: plan.quota,
    used: use.used,
    scheduled: use.scheduled,
    waiting: use.waiting,
    left: placesLeft(plan, use),
  };
}
