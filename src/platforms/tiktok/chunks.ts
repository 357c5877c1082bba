/** How a video is cut. https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide */

/** "64 MB" in either reading: a chunk of so many bytes is not too large, and none that is cut so is under "5 MB". */
const largest = 64_000_000;

export interface Chunks {
  readonly size: number;
  readonly count: number;
}

/** All chunks are as large but the last, which also takes what is left over: so the count is rounded down. */
export function chunksOf(bytes: number, wanted = largest): Chunks {
  const size = Math.min(bytes, wanted);
  return { size, count: Math.max(1, Math.floor(bytes / size)) };
}

/** From `start` up to, but not with, `end`. */
export function chunkAt(bytes: number, { size, count }: Chunks, index: number): { start: number; end: number } {
  const start = index * size;
  return { start, end: index === count - 1 ? bytes : start + size };
}

/** The chunk that follows when so many bytes are there; one that is there in part is sent again. */
export function chunkAfter(received: number, { size, count }: Chunks): number {
  return Math.min(Math.floor(received / size), count - 1);
}
