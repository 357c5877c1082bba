/** What a platform fetches from an address that it is given, as it would: over the network, up to a size, and looked into. */
import { createHash } from "node:crypto";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import { fileTypeOf } from "./graph/file-type.ts";

export interface FetchedFile {
  /** By its content; null: nothing that a platform knows. */
  readonly type: string | null;
  readonly bytes: number;
  readonly sha256: string;
  /** Of pictures; null for what is no picture. */
  readonly content: Buffer | null;
}

/** `unreachable`: no answer, or no file there. */
export type FetchOutcome =
  | { readonly kind: "file"; readonly file: FetchedFile }
  | { readonly kind: "unreachable" }
  | { readonly kind: "too_large" };

const timeout = 20_000;
const longestWay = 3;

/** Meta's crawler by its name, which some hosts turn away. */
const headers = { "user-agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)" };

export async function fetchFile(address: string, maximum: number): Promise<FetchOutcome> {
  let url = address;
  for (let hop = 0; hop <= longestWay; hop += 1) {
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return { kind: "unreachable" };
    const response = await answerOf(url);
    if (response === null) return { kind: "unreachable" };
    const { statusCode = 0, headers: told } = response;
    if (statusCode >= 300 && statusCode < 400 && told.location) {
      response.destroy();
      url = new URL(told.location, url).href;
      continue;
    }
    if (statusCode === 200) return received(response, maximum);
    response.destroy();
    return { kind: "unreachable" };
  }
  return { kind: "unreachable" };
}

function answerOf(url: string): Promise<IncomingMessage | null> {
  const get = url.toLowerCase().startsWith("https:") ? getSecure : getPlain;
  return new Promise((resolve) => {
    const request = get(url, { headers, timeout }, resolve);
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(null));
  });
}

async function received(response: IncomingMessage, maximum: number): Promise<FetchOutcome> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let bytes = 0;
  let type: string | null = null;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      if (bytes === 0) type = fileTypeOf(piece);
      bytes += piece.length;
      if (bytes > maximum) {
        response.destroy();
        return { kind: "too_large" };
      }
      hash.update(piece);
      if (type?.startsWith("image/")) kept.push(piece);
    }
  } catch {
    return { kind: "unreachable" };
  }
  if (bytes === 0) return { kind: "unreachable" };
  const content = type?.startsWith("image/") ? Buffer.concat(kept) : null;
  return { kind: "file", file: { type, bytes, sha256: hash.digest("hex"), content } };
}

/** Width divided by height, of a JPEG or PNG; null where it cannot be read. */
export function aspectOf(content: Buffer): number | null {
  if (fileTypeOf(content) === "image/png") return content.length < 24 ? null : ratio(content, 16, 20, 4);
  for (let at = 2; at + 9 < content.length && content[at] === 0xff; ) {
    const marker = content[at + 1] ?? 0;
    // Start of frame: C0 to CF, but for the tables C4, C8 and CC (ITU T.81, table B.1).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return ratio(content, at + 7, at + 5, 2);
    at += 2 + content.readUInt16BE(at + 2);
  }
  return null;
}

function ratio(content: Buffer, widthAt: number, heightAt: number, size: number): number | null {
  const height = content.readUIntBE(heightAt, size);
  return height === 0 ? null : content.readUIntBE(widthAt, size) / height;
}
