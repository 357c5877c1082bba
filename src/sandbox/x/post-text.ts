/** What X makes of a text: its weighted length, and how it comes back from the API. https://docs.x.com/fundamentals/counting-characters */
import { createHash } from "node:crypto";
import twitterText from "twitter-text";

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

/** The text as the API returns it: every link a t.co link of 23 characters, `&`, `<` and `>` as HTML entities. */
export function returnedText(postId: string, text: string): { text: string; urls: ShortenedUrl[] } {
  const urls: ShortenedUrl[] = [];
  let returned = "";
  let from = 0;
  for (const { url, indices } of twitterText.extractUrlsWithIndices(text)) {
    returned += escaped(text.slice(from, indices[0]));
    const short = `https://t.co/${shortCode(`${postId} ${urls.length}`)}`;
    // X counts code points, JavaScript counts UTF-16 units.
    const start = [...returned].length;
    const expanded = /^https?:\/\//i.test(url) ? url : `http://${url}`;
    urls.push({
      start,
      end: start + short.length,
      url: short,
      expanded_url: expanded,
      display_url: expanded.replace(/^https?:\/\//i, ""),
    });
    returned += short;
    from = indices[1];
  }
  return { text: returned + escaped(text.slice(from)), urls };
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Ten letters and digits that are always the same for the same post and link. */
function shortCode(seed: string): string {
  const digest = createHash("sha256").update(seed).digest("base64").replace(/[+/=]/g, "");
  return digest.slice(0, 10);
}

/** Handles that a text mentions, in lower case. */
export function mentions(text: string): string[] {
  return twitterText.extractMentions(text).map((handle) => handle.toLowerCase());
}
