/** Whether more posts may go out for a brand, and the word to its owner before a cycle ends. */

import { cycleNumbered, requirePlaces, type Standing, warnAt } from "../domain/cycle.ts";
import { cycleEnding } from "../domain/cycle-ending.ts";
import type { Instant } from "../domain/time.ts";
import type { Services } from "./services.ts";

export interface PlacesWanted {
  readonly count: number;
  /** When they are to go out; null: now. */
  readonly at: Instant | null;
}

/**
 * Ahead of writing anything: for several posts at once, and for a dry run. It takes no place; each post does so in the
 * transaction that writes it (`vault.createPost`). @throws Failure `quota_used_up`, `cycle_not_begun`
 */
export async function requireQuota(services: Services, brand: string, { count, at }: PlacesWanted): Promise<void> {
  const vault = await services.vault();
  const [standing] = await vault.standings(at ?? services.clock.now(), brand);
  if (standing) requirePlaces(standing, count);
}

/** The same for posts of several brands and times: each counts in the cycle that it is for. */
export async function requireQuotas(
  services: Services,
  posts: readonly { readonly brand: string; readonly at: Instant | null }[],
): Promise<void> {
  const vault = await services.vault();
  const cycles = new Map<string, { standing: Standing; count: number }>();
  for (const { brand, at } of posts) {
    const [standing] = await vault.standings(at ?? services.clock.now(), brand);
    if (!standing) continue;
    const key = `${brand}\n${standing.cycle.number}`;
    cycles.set(key, { standing, count: (cycles.get(key)?.count ?? 0) + 1 });
  }
  for (const { standing, count } of cycles.values()) requirePlaces(standing, count);
}

/** Raises what is to be told of cycles that end, and was not told yet; how many. */
export async function checkCycles(services: Services): Promise<number> {
  const vault = await services.vault();
  const now = services.clock.now();
  let told = 0;
  for (const standing of await vault.standings(now)) {
    const { brand, begun, plan, cycle } = standing;
    if (!begun || now < warnAt(plan, cycle)) continue;
    const next = cycleNumbered(plan, cycle.number + 1);
    if (await vault.notify(cycleEnding(standing, await vault.upcoming(brand, next.until)))) told += 1;
  }
  return told;
}
