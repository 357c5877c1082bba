/** Ids of Instagram's and Threads' media and people: numbers of 17 digits, more than a JavaScript number can hold. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";

export function mediaIds(): () => string {
  let last = 17_900_000_000_000_000n;
  return () => {
    last += 7n;
    return String(last);
  };
}

/** What stands for the id in addresses: eleven letters, the same for the same id. */
export function shortcodeOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url").slice(0, 11);
}

/** The same person has the same id in every run, as a stored account expects. `prefix`: five digits. */
export function personId({ handle }: Pick<Person, "handle">, prefix: string): string {
  const digest = createHash("sha256").update(`${prefix} ${handle.toLowerCase()}`).digest();
  return `${prefix}${String(digest.readUIntBE(0, 6) % 1_000_000_000_000).padStart(12, "0")}`;
}

/** Of their professional account at Instagram, under whichever way in. */
export const instagramId = (person: Pick<Person, "handle">): string => personId(person, "17841");

/** Instagram's accounts and media, which Facebook's Graph knows beside its own. */
export const isInstagramId = (id: string): boolean => /^17(?:841|9)\d{12,15}$/.test(id);
