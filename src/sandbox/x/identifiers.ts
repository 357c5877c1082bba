/** X's ids: 64-bit numbers that travel as texts. */
import { createHash } from "node:crypto";
import type { Instant } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";

/** The same person has the same id in every run, as a stored account expects. */
export function userId(person: Pick<Person, "handle">): string {
  const digest = createHash("sha256").update(person.handle.toLowerCase()).digest();
  return String(2_000_000_000 + (digest.readUInt32BE(0) % 1_000_000_000));
}

export function userById(world: World, id: string): Person | null {
  return world.people.find((person) => userId(person) === id) ?? null;
}

/** When X's ids begin (2010-11-04). */
const snowflakeEpoch = 1_288_834_974_657;

/** Ids that grow with time: 41 bits of milliseconds and 22 bits that here only count. */
export function snowflakes(): (now: Instant) => string {
  let last = 0n;
  return (now) => {
    const candidate = BigInt(Math.max(0, now - snowflakeEpoch)) << 22n;
    last = candidate > last ? candidate : last + 1n;
    return String(last);
  };
}
