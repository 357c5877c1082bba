/** 2, 3 and 8: processes refresh the same accounts and are killed, at named points and at random moments, as long as it takes. */

import type { Grace } from "../../real/refresh-families.ts";
import { printEach, useBinary } from "../binary.ts";
import { Crew } from "../crew.ts";
import { Field } from "../field.ts";
import { lookForLeaks, whatIsLeft } from "../leaks.ts";
import type { Stage } from "../stage.ts";
import { expectThat, newTally, type Tally } from "../tally.ts";
import { close, judge, settle } from "../verdict.ts";

export interface Force {
  /** Share of refreshes that end in a kill at a named point. */
  readonly deaths: number;
  /** Mean milliseconds between two kills at random moments. */
  readonly killEvery: number;
  /** Milliseconds between two answers that go wrong. */
  readonly troubleEvery: number;
}

export interface Storm {
  readonly title: string;
  readonly label: string;
  readonly graces: readonly (Grace | null)[];
  readonly milliseconds: number;
  readonly force: Force;
  /** Each clock steps by an hour in this share of the moments it could. */
  readonly clockSteps?: number;
}

export async function storm(stage: Stage, storm: Storm): Promise<Tally> {
  const { graces, milliseconds, clockSteps = 0, force } = storm;
  const tally = newTally(storm.title);
  const field = new Field(stage, { label: storm.label, graces });
  await field.prepare();
  const mending = new Mending(field, tally);
  const crew = new Crew(stage, field, tally, {
    processes: 5,
    milliseconds,
    deaths: force.deaths,
    killEvery: force.killEvery,
    clockSteps,
    onCall: ({ address, code }) => {
      if (code === "needs_reauth") mending.look(address);
    },
  });
  const forgiving = graces.every((grace) => grace !== null);
  await Promise.all([
    crew.run(),
    useBinary(stage, field, tally, { milliseconds, clockSteps: clockSteps > 0, honoured: forgiving }),
    makeTrouble(stage, field, tally, storm),
  ]);
  await mending.done;
  // As the last who were killed left it. Searched later: a grace does not wait.
  const left = whatIsLeft(stage, field);
  await settle(stage, field);
  if (forgiving) await printEach(stage, field, tally);
  await lookForLeaks(stage, field, tally, left);
  await close(stage, field, tally);
  const mayDie = forgiving ? [] : ["needs_reauth", "print exit 4"];
  const unexpected = [...tally.codes.keys()].filter((code) => ![...passing, ...mayDie].includes(code));
  expectThat(tally, unexpected.length === 0, `ended with ${unexpected.join(", ")}`);
  return tally;
}

/** What a refresh may end with in a storm: nothing of it is lost. */
const passing = ["refresh_busy", "account_busy", "refresh_outcome_unknown", "platform_fault", "print exit 6"];

const troubles = [
  "drop-before",
  "drop-after",
  "fault-before",
  "fault-after",
  "firewall-before",
  "unreadable-after",
] as const;

/** Each account in its turn, so that the second presentation of a token meets none. */
async function makeTrouble(stage: Stage, field: Field, tally: Tally, { milliseconds, force }: Storm): Promise<void> {
  const dice = field.dice("trouble");
  const end = Date.now() + milliseconds - 3000;
  for (let turn = 0; Date.now() < end; turn += 1) {
    const address = field.addresses[turn % field.addresses.length] ?? "";
    await stage.authority.order(address.slice("oidc/".length), dice.pick(troubles));
    tally.faults += 1;
    await new Promise((resolve) => setTimeout(resolve, force.troubleEvery));
  }
}

/** Accounts without a grace die of what is done here: each is judged at once, then connected again as its owner would. */
class Mending {
  done: Promise<void> = Promise.resolve();
  readonly #field: Field;
  readonly #tally: Tally;
  readonly #looking = new Set<string>();

  constructor(field: Field, tally: Tally) {
    this.#field = field;
    this.#tally = tally;
  }

  look(address: string): void {
    if (this.#looking.has(address)) return;
    this.#looking.add(address);
    this.done = this.done.then(async () => {
      const standing = await this.#field.standing(address);
      // Others were told the same, and one of them was faster.
      if (standing.credential.status === "reauth_required") {
        judge(this.#tally, standing);
        await this.#field.reconnect(address);
      }
      this.#looking.delete(address);
    });
  }
}
