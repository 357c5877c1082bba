import type { Person } from "../options.ts";
import type { World } from "../world.ts";

/** Numbers as text, growing with time: Mastodon's snowflakes. */
export function nextId(world: World): string {
  const shelf = world.shelves.of<number>("mastodon ids");
  const count = (shelf.get("count") ?? 0) + 1;
  shelf.set("count", count);
  return String(BigInt(world.clock.now()) * 65_536n + BigInt(count));
}

/** The same person has another id at each server. */
export function accountId({ handle }: Pick<Person, "handle">, host: string): string {
  let sum = 109_000n;
  for (const letter of `${handle.toLowerCase()}@${host}`)
    sum = (sum * 31n + BigInt(letter.codePointAt(0) ?? 0)) % 10n ** 17n;
  return String(10n ** 17n + sum);
}
