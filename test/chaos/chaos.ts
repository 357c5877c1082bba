/** Runs a plan to its end, and says whether its goals were met. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAuthority } from "./authority.ts";
import { falseTimeLibrary } from "./false-time.ts";
import { Needles } from "./leaks.ts";
import { lanesOf, type Phase, type Size } from "./plan.ts";
import { bundlePrograms } from "./programs.ts";
import { Stage } from "./stage.ts";
import { newTally, type Tally, total } from "./tally.ts";

export interface ChaosOptions {
  /** The project's folder; built. */
  readonly root: string;
  readonly seed: number;
  readonly size: Size;
  /** Only the phases whose name holds it. */
  readonly only?: string | undefined;
  /** Called as each phase ends. */
  readonly onTally?: (tally: Tally) => void;
}

export interface ChaosResult {
  readonly tallies: readonly Tally[];
  readonly sum: Tally;
  /** What could not be done here, and what stood in for what. */
  readonly notes: readonly string[];
  /** What is left of it, logs and vaults, where a goal was missed. */
  readonly folder: string | null;
}

export async function runChaos({ root, seed, size, only = "", onTally }: ChaosOptions): Promise<ChaosResult> {
  const began = Date.now();
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-chaos-"));
  const programs = await bundlePrograms(root);
  const authority = await startAuthority(programs.server);
  const stage = new Stage(authority, programs, folder, seed);
  // Also when the runner itself is ended.
  process.once("exit", () => stage.killAll());
  const notes = [
    falseTimeLibrary() === null
      ? "clocks: no libfaketime here, so only agencyiq's own Clock was stepped"
      : "clocks: libfaketime stepped the clocks of whole processes",
  ];
  const one = async (phase: Phase): Promise<Tally[]> => {
    const tally = await timed(stage, phase);
    if (tally === null) notes.push(`skipped: ${phase.name} (needs root, to mount a small tmpfs)`);
    else onTally?.(tally);
    return tally === null ? [] : [tally];
  };
  try {
    const lanes = lanesOf(size).map(async (lane) => {
      const done: Tally[] = [];
      for (const phase of lane.filter(({ name }) => name.includes(only))) done.push(...(await one(phase)));
      return done;
    });
    const tallies = (await Promise.all(lanes)).flat().sort((a, b) => (a.phase < b.phase ? -1 : 1));
    const sum = total(tallies, Date.now() - began);
    if (only === "") sum.problems.push(...(await provenSearch(stage)));
    if (sum.problems.length === 0) rmSync(folder, { recursive: true, force: true });
    return { tallies, sum, notes, folder: sum.problems.length === 0 ? null : folder };
  } finally {
    stage.killAll();
    authority.close();
    rmSync(programs.folder, { recursive: true, force: true });
  }
}

async function timed(stage: Stage, { name, run }: Phase): Promise<Tally | null> {
  const began = Date.now();
  try {
    const tally = await run(stage);
    if (tally) tally.milliseconds = Date.now() - began;
    return tally;
  } catch (error) {
    const tally = newTally(name);
    tally.problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return tally;
  }
}

/** The search that found nothing finds every token that `tokens print` put out in clear. */
async function provenSearch(stage: Stage): Promise<string[]> {
  const labels = ["grace", "strict", "clock"];
  const issued = await Promise.all(labels.map((label) => stage.authority.issued(label)));
  const needles = new Needles(issued.flat());
  const missed = [...stage.printed].filter((token) => needles.in(token) === 0);
  if (stage.printed.size === 0) return ["nothing was printed to try the search for tokens on"];
  return missed.length === 0 ? [] : [`the search for tokens finds ${missed.length} printed tokens not`];
}
