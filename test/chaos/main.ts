/** The command line of `npm run chaos`. */
import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";
import { sizeFor } from "./plan.ts";
import { type Tally, table } from "./tally.ts";

/** @returns the exit code: 1 where a goal was missed */
export async function main(root: string, words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { minutes: { type: "string", default: "1" }, seed: { type: "string" }, only: { type: "string" } },
  });
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    console.error("usage: npm run chaos -- [--minutes N] [--seed INTEGER] [--only PHASE]");
    return 2;
  }
  console.log(`seed ${seed}, about ${minutes} min`);
  const { tallies, sum, notes, folder } = await runChaos({
    root,
    seed,
    size: sizeFor(minutes),
    only: values.only,
    onTally: tell,
  });
  // What ten minutes are for.
  if (minutes >= 10 && sum.refreshes < 10_000) sum.problems.push(`only ${sum.refreshes} refreshes`);
  console.log(`\n${table([...tallies, sum])}\n`);
  for (const note of notes) console.log(note);
  console.log(`kills at: ${spell(sum.killsAt)}; ended with: ${spell(Object.fromEntries(sum.codes))}`);
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.log(
    `searched for tokens in clear: ${mebibytes(sum.searched)}, of it write-ahead log ${mebibytes(sum.searchedLog)}`,
  );
  for (const problem of sum.problems) console.log(`MISSED ${problem}`);
  if (folder) console.log(`what is left of it is in ${folder}`);
  console.log(
    sum.problems.length === 0 ? `every goal met (seed ${seed})` : `goals missed: ${sum.problems.length} (seed ${seed})`,
  );
  return sum.problems.length === 0 ? 0 : 1;
}

function tell({ phase, refreshes, problems, milliseconds }: Tally): void {
  const verdict = problems.length === 0 ? "ok" : `${problems.length} goals missed`;
  console.log(`${phase}: ${verdict}, ${refreshes} refreshes, ${(milliseconds / 1000).toFixed(0)} s`);
}

function spell(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return words.length === 0 ? "none" : words.join(", ");
}
