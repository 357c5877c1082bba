/** What X makes of a text: its weighted length, and how it comes back from the API. https://docs.x.com/fundamentals/counting-characters */
import { createHash } from "node:crypto";
import twitterText from "twitter-text";
import type { SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";

export interface Measured {
  readonly weightedLength: number;
  /** False also for characters that X never takes (U+FFFE, U+FEFF, U+FFFF). */
  readonly hasOnlyAllowedCharacters: boolean;
}

export function measure(text: string): Measured {
  return {
    weightedLength: twitterText.parseTweet(text.normalize("NFC")).weightedLength,
    hasOnlyAllowedCharacters: !twitterText.hasInvalidCharacters(text),
  };
}

interface ShortenedUrl {
  readonly start: number;
  readonly end: number;
  readonly url: string;
  readonly expanded_url: string;
  readonly display_url: string;
}

export interface ReturnedText {
  readonly text: string;
  readonly urls: readonly ShortenedUrl[];
}

/**
 * The text as the API returns it: every link a t.co link of 23 characters, `&`, `<` and `>` as HTML entities, whom it
 * answers before it, and behind it a link to what it quotes or to its own media.
 */
export function returnedText(world: World, post: SandboxPost): ReturnedText {
  const urls: ShortenedUrl[] = [];
  let returned = answeredIn(world, post);
  // X counts code points, JavaScript counts UTF-16 units.
  const add = (expanded: string) => {
    const short = shortLink(post.id, urls.length);
    const start = [...returned].length;
    returned += short;
    const display_url = expanded.replace(/^https?:\/\//i, "");
    urls.push({ start, end: start + short.length, url: short, expanded_url: expanded, display_url });
  };
  let from = 0;
  for (const { url, indices } of twitterText.extractUrlsWithIndices(post.text)) {
    returned += escaped(post.text.slice(from, indices[0]));
    add(/^https?:\/\//i.test(url) ? url : `http://${url}`);
    from = indices[1];
  }
  returned += escaped(post.text.slice(from));
  const added = (expanded: string) => {
    if (returned !== "") returned += " ";
    add(expanded);
  };
  const quoted = post.quotes === null ? null : world.posts.find("x", post.quotes);
  if (quoted) added(quoted.url.replace("https://x.com/", "https://twitter.com/"));
  const [media] = post.media;
  if (media) added(`${post.url}/${media.kind === "picture" ? "photo" : "video"}/1`);
  return { text: returned, urls };
}

/** An answer to somebody else begins with their name. */
function answeredIn(world: World, { replyTo, author, text }: SandboxPost): string {
  const parent = replyTo === null ? null : world.posts.find("x", replyTo);
  if (!parent || parent.author === author || mentions(text).includes(parent.author.toLowerCase())) return "";
  return `@${parent.author} `;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function shortLink(postId: string, index: number): string {
  return `https://t.co/${shortCode(`${postId} ${index}`)}`;
}

/** Ten letters and digits that are always the same for the same post and link. */
function shortCode(seed: string): string {
  const digest = createHash("sha256").update(seed).digest("base64").replace(/[+/=]/g, "");
  return digest.slice(0, 10);
}

/** Handles that a text mentions, in lower case. */
export function mentions(text: string): string[] {
  return twitterText.extractMentions(text).map((handle) => handle.toLowerCase());
}
