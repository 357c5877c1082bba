/** What a project may ask of an API in a day; all of it begins anew at midnight Pacific time. https://developers.google.com/youtube/v3/determine_quota_cost */
import type { World } from "../world.ts";

export interface Bucket {
  readonly name: string;
  /** Units a day. */
  readonly limit: number;
}

/** Counts also what is refused later: bad calls cost as well. @returns false where it is used up */
export function spend(world: World, { name, limit }: Bucket, project: string, cost: number): boolean {
  const used = world.shelves.of<number>(`quota ${name}`);
  const key = `${project} ${pacificDay(world.clock.now())}`;
  const sum = (used.get(key) ?? 0) + cost;
  used.set(key, sum);
  return sum <= limit;
}

const calendar = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Los_Angeles", dateStyle: "short" });

function pacificDay(now: number): string {
  return calendar.format(now);
}
