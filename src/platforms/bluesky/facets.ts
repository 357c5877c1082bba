/**
 * What in a text is a link, a mention or a hashtag: Bluesky shows none of them without being told where it stands, in bytes of
 * UTF-8. Found as the official app finds them. https://docs.bsky.app/docs/advanced-guides/post-richtext
 */
import { graphemes, utf8Bytes } from "../../domain/counting/units.ts";

/** Where it stands, in UTF-16 units, and what it is. */
export type Found = { readonly start: number; readonly end: number } & (
  | { readonly kind: "link"; readonly uri: string }
  | { readonly kind: "mention"; readonly handle: string }
  | { readonly kind: "tag"; readonly tag: string }
);

export interface Facet {
  readonly index: { readonly byteStart: number; readonly byteEnd: number };
  readonly features: readonly Readonly<Record<string, string>>[];
}

const mention =
  /(?<=^|[\s(])@([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)+)/g;
const link = /(?<=^|[\s(])https?:\/\/\S+/gi;
/** Spaces, seen or not: a hashtag ends before them. */
const gap = String.raw`\s\u00AD\u2060\u200A-\u200D\u20E2`;

/** Not of digits and punctuation alone. What a variation selector follows at once is an emoji. */
const tag = new RegExp(String.raw`(?<=^|\s)[#＃]((?!\uFE0F)[^${gap}]*[^\d\p{P}${gap}]+[^${gap}]*)`, "gu");

/** Graphemes. */
export const longestTag = 64;

/** In the order in which they stand; none in another. */
export function marksIn(text: string): Found[] {
  const found = [...linksIn(text), ...mentionsIn(text), ...tagsIn(text)].sort((a, b) => a.start - b.start);
  return found.filter(({ start }, at) => !found.slice(0, at).some((other) => start < other.end));
}

function linksIn(text: string): Found[] {
  return [...text.matchAll(link)].flatMap((match): Found[] => {
    const uri = withoutTail(match[0]);
    if (!URL.canParse(uri)) return [];
    return [{ kind: "link", start: match.index, end: match.index + uri.length, uri }];
  });
}

/** A sentence goes on, or a bracket closes, that was opened before the address. */
function withoutTail(address: string): string {
  for (let uri = address; ; uri = uri.slice(0, -1)) {
    const opened = uri.split("(").length;
    const closed = uri.split(")").length;
    if (!/[.,;:!?'"”’»]$/.test(uri) && !(uri.endsWith(")") && closed > opened)) return uri;
  }
}

function mentionsIn(text: string): Found[] {
  return [...text.matchAll(mention)].map((match) => {
    const handle = match[1] ?? "";
    return { kind: "mention", start: match.index, end: match.index + match[0].length, handle: handle.toLowerCase() };
  });
}

function tagsIn(text: string): Found[] {
  return [...text.matchAll(tag)].flatMap((match): Found[] => {
    const word = (match[1] ?? "").replace(/\p{P}+$/u, "");
    if (word === "" || graphemes(word) > longestTag) return [];
    return [{ kind: "tag", start: match.index, end: match.index + 1 + word.length, tag: word }];
  });
}

/** As a record has them. `didOf`: of the handles that are somebody's; who is nobody's stays text. */
export function facetsOf(text: string, didOf: ReadonlyMap<string, string>): Facet[] {
  return marksIn(text).flatMap((found) => {
    const feature = featureOf(found, didOf);
    if (feature === null) return [];
    const byteStart = utf8Bytes(text.slice(0, found.start));
    const index = { byteStart, byteEnd: byteStart + utf8Bytes(text.slice(found.start, found.end)) };
    return [{ index, features: [feature] }];
  });
}

function featureOf(found: Found, didOf: ReadonlyMap<string, string>): Readonly<Record<string, string>> | null {
  const type = "app.bsky.richtext.facet";
  if (found.kind === "link") return { $type: `${type}#link`, uri: found.uri };
  if (found.kind === "tag") return { $type: `${type}#tag`, tag: found.tag };
  const did = didOf.get(found.handle);
  return did === undefined ? null : { $type: `${type}#mention`, did };
}
