import { createHash } from "node:crypto";
import type { Person } from "../options.ts";

/** The same in every run. */
export function channelId({ handle }: Pick<Person, "handle">): string {
  const number = createHash("sha256").update(`twitch ${handle.toLowerCase()}`).digest().readUInt32BE(0);
  return String(100_000_000 + (number % 800_000_000));
}
