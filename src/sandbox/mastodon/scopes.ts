/** https://docs.joinmastodon.org/api/oauth-scopes */
import type { Server } from "./servers.ts";

const reads = [
  "accounts",
  "blocks",
  "bookmarks",
  "favourites",
  "filters",
  "follows",
  "lists",
  "mutes",
  "notifications",
  "search",
  "statuses",
];
const writes = [
  "accounts",
  "blocks",
  "bookmarks",
  "conversations",
  "favourites",
  "filters",
  "follows",
  "lists",
  "media",
  "mutes",
  "notifications",
  "reports",
  "statuses",
];

/** Every scope that the server knows, with its words for it. */
export function scopesOf({ apiVersion }: Server): Readonly<Record<string, string>> {
  const named = (kind: "read" | "write", what: readonly string[]) =>
    Object.fromEntries(what.map((name) => [`${kind}:${name}`, `${kind === "read" ? "see" : "change"} your ${name}`]));
  return {
    read: "read all your account's data",
    ...named("read", reads),
    write: "modify all your account's data",
    ...named("write", writes),
    follow: "modify account relationships",
    push: "receive your push notifications",
    ...(apiVersion === null ? {} : { profile: "read only your account's profile information" }),
  };
}

/** `write` has all that begins with it. */
export function covers(granted: readonly string[], wanted: string): boolean {
  return granted.includes(wanted) || granted.includes(wanted.split(":")[0] ?? wanted);
}
