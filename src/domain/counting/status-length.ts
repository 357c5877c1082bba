import { graphemes } from "./units.ts";

/** From `start` up to, but not with, `end`, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Mastodon's `characters_reserved_per_url`; fixed in its source, told by each server. */
const urlCharacters = 23;

/** A mention of somebody on another server, as Mastodon's `Account::MENTION_RE` finds it. */
const remoteMention =
  /(?<![=/\p{L}\p{M}\p{N}_])(@[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@[\p{L}\p{M}\p{N}_]+(?:[.-]+[\p{L}\p{M}\p{N}_]+)*/giu;

/**
 * Graphemes as Mastodon's StatusLengthValidator counts them: a URL (with its scheme, wherever `urls` finds one) is 23, of
 * a mention of somebody elsewhere only `@name` counts.
 */
export function statusLength(text: string, urls: readonly TextRange[], reserved = urlCharacters): number {
  let shortened = "";
  let from = 0;
  for (const { start, end } of urls) {
    shortened += text.slice(from, start) + "x".repeat(reserved);
    from = end;
  }
  return graphemes((shortened + text.slice(from)).replace(remoteMention, "$1"));
}
