import { runPostsChaos } from "./posts-chaos.ts";
import { table } from "./tally.ts";

/** `--runs N --seed S --scenes C`: prints the table, and ends with 1 where a goal was missed. */
export async function main(root: string, words: readonly string[]): Promise<number> {
  const numberOf = (flag: string, otherwise: number) => {
    const at = words.indexOf(flag);
    return at === -1 ? otherwise : Number(words[at + 1]);
  };
  const runs = numberOf("--runs", 1000);
  const seed = numberOf("--seed", 1);
  const began = Date.now();
  const { tallies, sum } = await runPostsChaos({
    root,
    runs,
    seed,
    scenes: numberOf("--scenes", 3),
    onRun: (done) => done % 50 === 0 && console.error(`${done} of ${runs}`),
  });
  console.log(`seed ${seed}, ${runs} runs, ${Math.round((Date.now() - began) / 1000)} s\n`);
  console.log(table([...tallies, sum]));
  for (const problem of sum.problems) console.log(`PROBLEM ${problem}`);
  console.log(
    sum.problems.length === 0 ? "\nNo post went out twice, and none was lost." : `\n${sum.problems.length} problems.`,
  );
  return sum.problems.length === 0 ? 0 : 1;
}
