import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type ChaosResult, runChaos } from "./chaos.ts";
import { lanesOf, sizeFor } from "./plan.ts";

const size = sizeFor(0.3);
const root = fileURLToPath(new URL("../..", import.meta.url));
const names = lanesOf(size).flatMap((lane) => lane.map(({ name }) => name));

/** `npm run chaos` in small; CONTRIBUTING.md tells what it does. */
describe("tokens under fire", () => {
  let result: ChaosResult;
  beforeAll(async () => {
    result = await runChaos({ root, seed: 1, size });
  }, 180_000);

  it.for(names)("%s", (name, { skip }) => {
    const skipped = result.notes.find((note) => note.startsWith(`skipped: ${name} `));
    if (skipped) skip(skipped);
    const tally = result.tallies.find(({ phase }) => phase === name);
    expect(tally).toMatchObject({ problems: [], lost: 0, wronglyDead: 0 });
  });

  it("as a whole: what was done was enough to show something, and the search for tokens works", () => {
    expect(result.sum.problems).toEqual([]);
    expect(result.sum.refreshes).toBeGreaterThan(80);
    expect(result.sum.kills).toBeGreaterThanOrEqual(15);
    expect(result.sum.labelled).toBeGreaterThan(0);
    expect(result.sum.searched).toBeGreaterThan(1_000_000);
  });
});
