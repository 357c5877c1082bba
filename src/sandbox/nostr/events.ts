/** What a relay takes: an event that is whole, signed by its author, and of now (NIP-01, NIP-22). */
import { createHash } from "node:crypto";
import { verifyEvent } from "nostr-tools/pure";
import type { World } from "../world.ts";

export interface RelayEvent {
  readonly id: string;
  readonly pubkey: string;
  readonly created_at: number;
  readonly kind: number;
  readonly tags: string[][];
  readonly content: string;
  readonly sig: string;
}

export const longestContent = 8192;
const furthestAhead = 900;

/** The relay's words for what is wrong with it; null: nothing. */
export function problemOf(world: World, event: RelayEvent): string | null {
  if (!isShaped(event)) return "invalid: the event is malformed";
  const { id, pubkey, created_at: at, kind, tags, content } = event;
  const serialized = JSON.stringify([0, pubkey, at, kind, tags, content]);
  if (createHash("sha256").update(serialized).digest("hex") !== id) return "invalid: event id does not match";
  if (!verifyEvent({ ...event })) return "invalid: bad signature";
  if (at > world.clock.now() / 1000 + furthestAhead) return "invalid: created_at too far in the future";
  if ([...content].length > longestContent) return "invalid: content is too long";
  return null;
}

function isShaped(event: RelayEvent): boolean {
  const isHex = (value: unknown, length: number) =>
    typeof value === "string" && value.length === length && /^[0-9a-f]+$/.test(value);
  return (
    typeof event === "object" &&
    event !== null &&
    isHex(event.id, 64) &&
    isHex(event.pubkey, 64) &&
    isHex(event.sig, 128) &&
    Number.isInteger(event.created_at) &&
    Number.isInteger(event.kind) &&
    typeof event.content === "string" &&
    Array.isArray(event.tags) &&
    event.tags.every((tag) => Array.isArray(tag) && tag.every((part) => typeof part === "string"))
  );
}

interface RelayFilter {
  readonly ids?: readonly string[];
  readonly authors?: readonly string[];
  readonly kinds?: readonly number[];
  readonly limit?: number;
}

/** Newest first. */
export function eventsFor(events: Iterable<RelayEvent>, filters: readonly RelayFilter[]): RelayEvent[] {
  const all = [...events].sort((a, b) => b.created_at - a.created_at);
  const found = filters.flatMap(({ ids, authors, kinds, limit }) =>
    all
      .filter(
        ({ id, pubkey, kind }) =>
          (ids?.includes(id) ?? true) && (authors?.includes(pubkey) ?? true) && (kinds?.includes(kind) ?? true),
      )
      .slice(0, limit ?? all.length),
  );
  return [...new Set(found)];
}
