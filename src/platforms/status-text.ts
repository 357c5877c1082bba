/** What Mastodon and its relatives make of a text. */
import { statusLength } from "../domain/counting/status-length.ts";

/** Finds URLs as Mastodon does: by twitter-text, and only with their scheme. `reserved`: what each counts, where a server says so. */
export async function statusCharacters(text: string, reserved?: number): Promise<number> {
  const { default: twitterText } = await import("twitter-text");
  const urls = twitterText
    .extractUrlsWithIndices(text, { extractUrlsWithoutProtocol: false })
    .map(({ indices: [start, end] }) => ({ start, end }));
  return statusLength(text, urls, reserved);
}
