import { describe, expect, it } from "vitest";
import { chunkAfter, chunkAt, chunksOf } from "../../src/platforms/tiktok/chunks.ts";

/** As TikTok's media transfer guide counts, and as those have counted who tried. */
const vectors = [
  [3_145_728, undefined, 3_145_728, 1, 3_145_728],
  [50_000_123, 10_000_000, 10_000_000, 5, 10_000_123],
  [63_999_999, undefined, 63_999_999, 1, 63_999_999],
  [64_000_000, undefined, 64_000_000, 1, 64_000_000],
  [64_000_001, undefined, 64_000_000, 1, 64_000_001],
  [127_999_999, undefined, 64_000_000, 1, 127_999_999],
  [128_000_000, undefined, 64_000_000, 2, 64_000_000],
  [150_000_000, undefined, 64_000_000, 2, 86_000_000],
  [4 * 1024 ** 3, undefined, 64_000_000, 67, 70_967_296],
] as const;

describe.each(vectors)("%d bytes", (bytes, wanted, size, count, last) => {
  const chunks = chunksOf(bytes, wanted);

  it(`are ${count} chunks of ${size}, the last of ${last}`, () => {
    expect(chunks).toEqual({ size, count });
    const { start, end } = chunkAt(bytes, chunks, count - 1);
    expect(end - start).toBe(last);
  });

  it("are covered without a gap", () => {
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      const { start, end } = chunkAt(bytes, chunks, index);
      expect(start).toBe(at);
      at = end;
    }
    expect(at).toBe(bytes);
  });
});

it("goes on with the first chunk that is not there whole", () => {
  const chunks = chunksOf(200_000_000);
  expect(
    [0, 63_999_999, 64_000_000, 100_000_000, 128_000_000, 199_999_999].map((had) => chunkAfter(had, chunks)),
  ).toEqual([0, 0, 1, 1, 2, 2]);
});
