/** What is counted in a phase, and what its goals make of it. */
import type { KillPoint } from "./messages.ts";

export interface Tally {
  readonly phase: string;
  /** New pairs that the server gave. */
  refreshes: number;
  /** Ended calls of ensureFreshToken and runs of the binary. */
  calls: number;
  kills: number;
  readonly killsAt: Partial<Record<KillPoint | "random", number>>;
  stops: number;
  /** Answers that went wrong because the server was told so. */
  faults: number;
  /** Refreshes whose outcome was not known (ledger). */
  ambiguous: number;
  /** Authorizations that ended, and were labelled as what they were: an answer that was lost. */
  labelled: number;
  /** The stored refresh token is dead at the server, and nothing says that an answer was lost. */
  lost: number;
  /** Status reauth_required though the server would have taken the stored token, or never refused it. */
  wronglyDead: number;
  reuses: number;
  /** Failure code → how often. */
  readonly codes: Map<string, number>;
  /** Goals that were missed, in words. */
  readonly problems: string[];
  milliseconds: number;
  /** Bytes that were searched for tokens; of them in SQLite's write-ahead log. */
  searched: number;
  searchedLog: number;
}

export function newTally(phase: string): Tally {
  return {
    phase,
    refreshes: 0,
    calls: 0,
    kills: 0,
    killsAt: {},
    stops: 0,
    faults: 0,
    ambiguous: 0,
    labelled: 0,
    lost: 0,
    wronglyDead: 0,
    reuses: 0,
    codes: new Map(),
    problems: [],
    milliseconds: 0,
    searched: 0,
    searchedLog: 0,
  };
}

export function countKill(tally: Tally, at: KillPoint | "random"): void {
  tally.kills += 1;
  tally.killsAt[at] = (tally.killsAt[at] ?? 0) + 1;
}

export function countCall(tally: Tally, code: string | null): void {
  tally.calls += 1;
  if (code !== null) tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
}

/** Notes a missed goal. */
export function expectThat(tally: Tally, holds: boolean, otherwise: string): void {
  if (!holds) tally.problems.push(otherwise);
}

const columns: readonly { title: string; of: (tally: Tally) => number | string }[] = [
  { title: "phase", of: ({ phase }) => phase },
  { title: "refreshes", of: ({ refreshes }) => refreshes },
  { title: "kills", of: ({ kills }) => kills },
  { title: "stops", of: ({ stops }) => stops },
  { title: "faults", of: ({ faults }) => faults },
  { title: "ambiguous", of: ({ ambiguous }) => ambiguous },
  { title: "labelled", of: ({ labelled }) => labelled },
  { title: "lost", of: ({ lost }) => lost },
  { title: "wrongly dead", of: ({ wronglyDead }) => wronglyDead },
  { title: "reuse events", of: ({ reuses }) => reuses },
  { title: "seconds", of: ({ milliseconds }) => (milliseconds / 1000).toFixed(0) },
];

export function total(tallies: readonly Tally[], milliseconds: number): Tally {
  const sum = newTally("all");
  for (const tally of tallies) {
    for (const name of [
      "refreshes",
      "calls",
      "kills",
      "stops",
      "faults",
      "ambiguous",
      "labelled",
      "lost",
      "wronglyDead",
      "reuses",
      "searched",
      "searchedLog",
    ] as const)
      sum[name] += tally[name];
    for (const [at, count] of Object.entries(tally.killsAt))
      sum.killsAt[at as KillPoint] = (sum.killsAt[at as KillPoint] ?? 0) + count;
    for (const [code, count] of tally.codes) sum.codes.set(code, (sum.codes.get(code) ?? 0) + count);
    sum.problems.push(...tally.problems.map((problem) => `${tally.phase}: ${problem}`));
  }
  sum.milliseconds = milliseconds;
  return sum;
}

/** A Markdown table, so that it can be pasted into a page. */
export function table(tallies: readonly Tally[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...tallies.map((tally) => columns.map(({ of }) => String(of(tally)))),
  ];
  const widths = columns.map((_column, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, index) => (index === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}
