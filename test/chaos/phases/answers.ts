/** 5: what can become of an answer, with and without a grace at the server. */
import type { Grace } from "../../real/refresh-families.ts";
import { Field } from "../field.ts";
import type { Trouble } from "../messages.ts";
import type { Stage } from "../stage.ts";
import { countCall, expectThat, newTally, type Tally } from "../tally.ts";
import { close, judge, lostResponse } from "../verdict.ts";
import type { WorkerProcess } from "../worker-process.ts";

/** Whether the server has rotated before the trouble comes. */
const troubles: Partial<Record<Trouble, boolean>> = {
  "drop-before": false,
  "drop-after": true,
  "fault-before": false,
  "firewall-before": false,
  "fault-after": true,
  "unreadable-after": true,
  "empty-after": true,
  "cut-short-after": true,
};

const graces: readonly (Grace | null)[] = [{ seconds: 30, answer: "same" }, { seconds: 30, answer: "new" }, null];

/** What a refresh may end with whose answer did not arrive. */
const unknown = new Set(["refresh_outcome_unknown", "platform_fault"]);

interface Case {
  readonly address: string;
  readonly trouble: Trouble;
  /** The pair is gone for good. */
  readonly gone: boolean;
}

export async function answers(stage: Stage): Promise<Tally> {
  const tally = newTally("5 odd answers");
  const kinds = Object.entries(troubles).flatMap(([trouble, done]) =>
    graces.map((grace) => ({ trouble, done, grace })),
  );
  const field = new Field(stage, { label: "answers", graces: kinds.map(({ grace }) => grace) });
  await field.prepare();
  const cases = kinds.map(({ trouble, done, grace }, index) => ({
    address: field.addresses[index] ?? "",
    trouble: trouble as Trouble,
    gone: done && grace === null,
  }));
  for (const { address, trouble } of cases) await stage.authority.order(address.slice("oidc/".length), trouble);
  tally.faults += cases.length;
  const worker = stage.startWorker(field);
  await worker.ready;
  await Promise.all(cases.map((one) => meet(worker, tally, one)));
  for (const { address, trouble, gone } of cases) {
    const standing = await field.standing(address);
    const { status, reason } = standing.credential;
    const label = status === "reauth_required" ? reason : null;
    expectThat(
      tally,
      label === (gone ? lostResponse : null),
      `${trouble}: ${address} is ${status}, labelled ${reason}`,
    );
    judge(tally, standing);
    if (gone) await field.reconnect(address);
  }
  await worker.kill();
  await close(stage, field, tally);
  return tally;
}

async function meet(worker: WorkerProcess, tally: Tally, { address, trouble, gone }: Case): Promise<void> {
  const first = await worker.refresh(address);
  // It may have presented the token again by itself, and know by now.
  const expected = first?.code == null ? !gone : unknown.has(first.code) || (gone && first.code === "needs_reauth");
  expectThat(tally, expected, `${trouble}: ended with ${first?.code}`);
  const second = await worker.refresh(address);
  expectThat(tally, second?.code === (gone ? "needs_reauth" : null), `${trouble}, again: ended with ${second?.code}`);
  for (const call of [first, second]) countCall(tally, call?.code ?? null);
}
