/** 2 and 3, one at a time: a kill at each named point leaves what docs/refresh.md says, and the next run does what it says. */
import type { Grace } from "../../real/refresh-families.ts";
import { Field } from "../field.ts";
import { lookForLeaks } from "../leaks.ts";
import { type KillPoint, killPoints } from "../messages.ts";
import type { Stage } from "../stage.ts";
import { countKill, expectThat, newTally, type Tally } from "../tally.ts";
import { close, judge, lostResponse } from "../verdict.ts";
import type { WorkerProcess } from "../worker-process.ts";

interface Expected {
  /** Requests that the server saw. */
  readonly requests: number;
  readonly attempt: readonly (string | undefined)[];
  /** Whether the token that is stored has been used. */
  readonly spent: boolean | null;
}

const expected: Record<KillPoint, Expected> = {
  before_S4: { requests: 0, attempt: [undefined], spent: false },
  after_S4: { requests: 0, attempt: ["sent"], spent: false },
  after_rotation: { requests: 1, attempt: ["sent"], spent: true },
  // All of it or nothing.
  during_S7: { requests: 1, attempt: ["sent", "committed"], spent: null },
  after_S7: { requests: 1, attempt: ["committed"], spent: false },
};

const graces: readonly (Grace | null)[] = [{ seconds: 30, answer: "same" }, { seconds: 30, answer: "new" }, null];

export async function points(stage: Stage): Promise<Tally> {
  const tally = newTally("2, 3 named points");
  const cases = graces.flatMap((grace) => killPoints.map((point) => ({ grace, point })));
  const field = new Field(stage, { label: "points", graces: cases.map(({ grace }) => grace) });
  await field.prepare();
  const last = stage.startWorker(field);
  for (const [index, { grace, point }] of cases.entries()) {
    const address = field.addresses[index] ?? "";
    await killAt(stage, field, tally, address, point);
    await runAgain(last, field, tally, { address, point, grace });
  }
  // As long as it lives, the write-ahead log is there to be searched.
  await lookForLeaks(stage, field, tally);
  expectThat(tally, tally.searchedLog > 0, "there was no write-ahead log to search");
  await last.kill();
  await close(stage, field, tally);
  return tally;
}

async function killAt(stage: Stage, field: Field, tally: Tally, address: string, point: KillPoint): Promise<void> {
  const before = (await stage.authority.counts(field.label)).presented;
  const worker = stage.startWorker(field);
  await worker.ready;
  const call = await worker.refresh(address, point);
  expectThat(tally, call === null, `${point}: the worker was not killed`);
  await worker.kill();
  countKill(tally, point);
  const { requests, attempt, spent } = expected[point];
  const seen = (await stage.authority.counts(field.label)).presented - before;
  const standing = await field.standing(address);
  const state = standing.attempt?.state;
  expectThat(tally, seen === requests, `${point}: the server saw ${seen} requests`);
  expectThat(tally, attempt.includes(state), `${point}: the last attempt is ${state}`);
  const isSpent = standing.report.state !== "live";
  expectThat(tally, isSpent === (spent ?? state === "sent"), `${point}: the stored token is ${standing.report.state}`);
}

interface Case {
  readonly address: string;
  readonly point: KillPoint;
  readonly grace: Grace | null;
}

async function runAgain(worker: WorkerProcess, field: Field, tally: Tally, { address, point, grace }: Case) {
  const wasSpent = (await field.standing(address)).report.state !== "live";
  const code = (await worker.refresh(address))?.code;
  const after = await field.standing(address);
  const what = `${point} with ${grace ? `grace (${grace.answer})` : "no grace"}`;
  if (wasSpent && grace === null) {
    expectThat(tally, code === "needs_reauth", `${what}: the next run ended with ${code}`);
    expectThat(tally, after.credential.reason === lostResponse, `${what}: labelled ${after.credential.reason}`);
  } else expectThat(tally, code === null, `${what}: the next run ended with ${code}`);
  if (after.credential.status === "reauth_required") {
    judge(tally, after);
    await field.reconnect(address);
  }
}
