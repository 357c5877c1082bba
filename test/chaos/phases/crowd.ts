/** 1: many processes, few accounts, no grace: no token is ever presented twice. */
import { Crew } from "../crew.ts";
import { Field } from "../field.ts";
import type { Stage } from "../stage.ts";
import { expectThat, newTally, type Tally } from "../tally.ts";
import { close } from "../verdict.ts";

export async function crowd(stage: Stage, { calls }: { calls: number }): Promise<Tally> {
  const tally = newTally("1 crowd");
  const field = new Field(stage, { label: "crowd", graces: [null, null, null, null] });
  await field.prepare();
  await new Crew(stage, field, tally, { processes: 8, calls }).run();
  await close(stage, field, tally);
  expectThat(tally, tally.calls === 8 * calls, `${tally.calls} calls ended in place of ${8 * calls}`);
  expectThat(tally, tally.reuses === 0, `${tally.reuses} reuse events`);
  const failures = [...tally.codes.keys()].filter((code) => !["refresh_busy", "account_busy"].includes(code));
  expectThat(tally, failures.length === 0, `failures: ${failures.join(", ")}`);
  return tally;
}
