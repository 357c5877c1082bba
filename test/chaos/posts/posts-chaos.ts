/** Plays many runs, several scenes side by side, and says whether any post went out twice or was lost. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { Dice } from "../dice.ts";
import { Platforms } from "./platforms.ts";
import { moments, planRun, Run } from "./run.ts";
import { Scene } from "./scene.ts";
import { newTally, type Tally, total } from "./tally.ts";

export interface PostsChaosOptions {
  /** The project's folder. */
  readonly root: string;
  readonly seed: number;
  readonly runs: number;
  readonly scenes: number;
  readonly onRun?: (done: number) => void;
}

export interface PostsChaosResult {
  readonly tallies: readonly Tally[];
  readonly sum: Tally;
}

export async function runPostsChaos(options: PostsChaosOptions): Promise<PostsChaosResult> {
  const { root, runs, scenes: count } = options;
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-posts-chaos-"));
  const program = await bundleWorker(root, folder);
  const names = Array.from({ length: count }, (_none, index) => `scene${index + 1}`);
  const platforms = await Platforms.start(names);
  const scenes = names.map((name) => new Scene({ name, folder, program, platforms }));
  const killAll = () => {
    for (const scene of scenes) scene.killAll();
  };
  process.once("exit", killAll);
  const tallies = new Map(moments.map((moment) => [moment, newTally(moment)]));
  const plans = plansOf(options).entries();
  let done = 0;
  const play = async (scene: Scene) => {
    await scene.prepare();
    for (const [, plan] of plans) {
      const tally = tallies.get(plan.moment) ?? newTally(plan.moment);
      await new Run(scene, plan, tally).play().catch((error) => {
        tally.problems.push(`run ${plan.number} (${plan.kind}, ${plan.moment}): ${(error as Error).stack}`);
      });
      done += 1;
      options.onRun?.(done);
    }
    return scene.close();
  };
  try {
    const damage = (await Promise.all(scenes.map(play))).flat();
    const rows = [...tallies.values()].filter((tally) => tally.runs > 0);
    const sum = total(rows);
    sum.problems.push(...damage);
    if (sum.runs !== runs) sum.problems.push(`${sum.runs} of ${runs} runs were played`);
    return { tallies: rows, sum };
  } finally {
    killAll();
    process.removeListener("exit", killAll);
    await platforms.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every moment in turn; the rest is by chance. A plan depends on the seed and its own number alone. */
function plansOf({ runs, seed }: PostsChaosOptions) {
  return Array.from({ length: runs }, (_none, index) => {
    const moment = moments[index % moments.length];
    if (!moment) throw new Error("there are no moments");
    return planRun(index + 1, new Dice(seed * 1_000_003 + index), moment);
  });
}

async function bundleWorker(root: string, folder: string): Promise<string> {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const outfile = join(folder, "worker.mjs");
  await build({
    entryPoints: [join(root, "test/chaos/posts/worker.ts")],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  return outfile;
}
