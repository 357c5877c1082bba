/** How files come. https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide */
import { type Body, BodyProblem, integerAt, only } from "./request-body.ts";

/** What an upload was announced as. */
export interface Announced {
  readonly bytes: number;
  readonly chunk: number;
  readonly count: number;
}

/** The page does not say which megabytes it means: where they differ, the stricter of the two. */
const fiveMegabytes = 5_000_000;
const sixtyFourMegabytes = 64_000_000;
const largestFile = 4 * 1024 ** 3;

/** @throws BodyProblem */
export function announcedIn(source: Body): Announced {
  only(source, ["source", "video_size", "chunk_size", "total_chunk_count"], "source_info");
  const bytes = integerAt(source, "video_size", 1, largestFile);
  const chunk = integerAt(source, "chunk_size", 1);
  const count = integerAt(source, "total_chunk_count", 1, 1000);
  if (chunk > bytes) throw new BodyProblem("The chunk size is invalid: it is larger than the video");
  if (chunk > sixtyFourMegabytes) throw new BodyProblem("The chunk size is invalid: it is larger than 64 MB");
  if (chunk < fiveMegabytes && chunk !== bytes) throw new BodyProblem("The chunk size is invalid: it is under 5 MB");
  if (count !== Math.floor(bytes / chunk)) throw new BodyProblem("The total chunk count is invalid");
  return { bytes, chunk, count };
}

/** Of a `Content-Range` request header (RFC 9110 section 14.4). */
export interface RangeGiven {
  readonly first: number;
  readonly last: number;
  readonly total: number;
}

/** null: it is none. */
export function rangeIn(header: string | undefined): RangeGiven | null {
  const [, first, last, total] = /^bytes (\d{1,12})-(\d{1,12})\/(\d{1,12})$/.exec(header ?? "") ?? [];
  const range = { first: Number(first), last: Number(last), total: Number(total) };
  return total !== undefined && range.first <= range.last && range.last < range.total ? range : null;
}

/** Whether this is the chunk that is due when so many bytes are there. */
export function isDue(
  { bytes, chunk, count }: Announced,
  received: number,
  { first, last, total }: RangeGiven,
): boolean {
  const index = Math.floor(received / chunk);
  const end = index === count - 1 ? bytes : received + chunk;
  return total === bytes && first === received && last === end - 1;
}
