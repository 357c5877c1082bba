import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type PostsChaosResult, runPostsChaos } from "./posts-chaos.ts";
import { moments } from "./run.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** `npm run chaos:posts` in small; docs/publishing.md has the table of a thousand runs. */
describe("posts under fire", () => {
  let result: PostsChaosResult;
  beforeAll(async () => {
    result = await runPostsChaos({ root, seed: 3, runs: 2 * moments.length, scenes: 2 });
  }, 120_000);

  it.each(moments)("a process that dies %s", (moment) => {
    const tally = result.tallies.find((each) => each.moment === moment);
    expect(tally).toMatchObject({ problems: [], runs: 2, twice: 0, lost: 0 });
  });

  it("as a whole: enough was killed, in doubt and found out to show something", () => {
    expect(result.sum.problems).toEqual([]);
    expect(result.sum.kills).toBeGreaterThan(moments.length);
    expect(result.sum.published).toBeGreaterThan(2 * moments.length);
    for (const count of [result.sum.unknown, result.sum.found, result.sum.again]) expect(count).toBeGreaterThan(0);
  });
});
