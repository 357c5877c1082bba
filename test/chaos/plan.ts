/** A whole run: which phases, how large, what beside what. */
import type { Grace } from "../real/refresh-families.ts";
import { answers } from "./phases/answers.ts";
import { crowd } from "./phases/crowd.ts";
import { fullDisk, readOnly } from "./phases/disk.ts";
import { loser } from "./phases/loser.ts";
import { points } from "./phases/points.ts";
import { stopped } from "./phases/stopped.ts";
import { type Force, type Storm, storm } from "./phases/storm.ts";
import type { Stage } from "./stage.ts";
import type { Tally } from "./tally.ts";

export interface Size {
  /** Forced refreshes of each of the 8 processes in the crowd. */
  readonly crowdCalls: number;
  readonly stopMilliseconds: number;
  /** One of the stopped holders sleeps longer than anybody waits. */
  readonly outlast: boolean;
  /** For all storms together. */
  readonly stormMilliseconds: number;
  /** How hard they blow. */
  readonly force: Force;
}

const gale: Force = { deaths: 0.05, killEvery: 2500, troubleEvery: 3000 };
const breeze: Force = { deaths: 0.02, killEvery: 5000, troubleEvery: 5000 };

/** What fits into so many minutes. */
export function sizeFor(minutes: number): Size {
  // Starting, settling and looking for tokens take their time too.
  const stormMilliseconds = Math.max(8000, minutes * 60_000 - 10_000);
  // A short one kills the more often; a long one gets through more refreshes.
  const force = minutes < 3 ? gale : breeze;
  return minutes < 1
    ? { crowdCalls: 20, stopMilliseconds: 6000, outlast: false, stormMilliseconds, force }
    : { crowdCalls: 200, stopMilliseconds: 20_000, outlast: true, stormMilliseconds, force };
}

export interface Phase {
  /** As the table begins its line. */
  readonly name: string;
  /** null: it cannot be done here. */
  readonly run: (stage: Stage) => Promise<Tally | null>;
}

const same: Grace = { seconds: 30, answer: "same" };
const another: Grace = { seconds: 30, answer: "new" };

/** Phases of one lane come one after the other, the lanes run side by side: each phase has a vault and accounts of its own. */
export function lanesOf(size: Size): readonly (readonly Phase[])[] {
  const { crowdCalls, stopMilliseconds, outlast, force } = size;
  const stormy = (part: number, storming: Omit<Storm, "milliseconds" | "force">): Phase => ({
    name: storming.title,
    run: (stage) => storm(stage, { ...storming, force, milliseconds: Math.round(size.stormMilliseconds * part) }),
  });
  return [
    [
      { name: "1 crowd", run: (stage) => crowd(stage, { calls: crowdCalls }) },
      { name: "2, 3 named points", run: points },
      { name: "6 disk full", run: fullDisk },
    ],
    [
      { name: "5 odd answers", run: answers },
      { name: "6 read-only", run: readOnly },
      { name: "7 too late", run: loser },
    ],
    [{ name: "4 stopped holders", run: (stage) => stopped(stage, { milliseconds: stopMilliseconds, outlast }) }],
    [
      stormy(0.5, {
        title: "2 storm, grace 30 s",
        label: "grace",
        graces: [same, another, same, another, same, another],
      }),
      stormy(0.25, {
        title: "3 storm, no grace",
        label: "strict",
        graces: [null, null, null, null, null, null],
      }),
      stormy(0.25, {
        title: "8 storm, clock ± 1 h",
        label: "clock",
        graces: [same, another, null, same, another, null],
        clockSteps: 0.1,
      }),
    ],
  ];
}
