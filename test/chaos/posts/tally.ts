/** What is counted for each moment of death, and the table of it. */
export interface Tally {
  readonly moment: string;
  runs: number;
  /** Processes that were killed. */
  kills: number;
  /** Runs in which a worker said that it is not known whether the post went out. */
  unknown: number;
  /** Messages that a look at the platform found. */
  found: number;
  /** Messages that were sent again after nothing of them could be found, or by the platform's own key. */
  again: number;
  /** Messages that only their owner could tell about. */
  byOwner: number;
  /** Messages that are public. */
  published: number;
  twice: number;
  lost: number;
  readonly problems: string[];
}

export function newTally(moment: string): Tally {
  return {
    moment,
    runs: 0,
    kills: 0,
    unknown: 0,
    found: 0,
    again: 0,
    byOwner: 0,
    published: 0,
    twice: 0,
    lost: 0,
    problems: [],
  };
}

const columns: readonly { title: string; of: (tally: Tally) => number | string }[] = [
  { title: "the process dies", of: ({ moment }) => moment },
  { title: "runs", of: ({ runs }) => runs },
  { title: "kills", of: ({ kills }) => kills },
  { title: "said unknown", of: ({ unknown }) => unknown },
  { title: "found by a look", of: ({ found }) => found },
  { title: "sent again", of: ({ again }) => again },
  { title: "told by the owner", of: ({ byOwner }) => byOwner },
  { title: "public", of: ({ published }) => published },
  { title: "twice", of: ({ twice }) => twice },
  { title: "lost", of: ({ lost }) => lost },
];

const summed = ["runs", "kills", "unknown", "found", "again", "byOwner", "published", "twice", "lost"] as const;

export function total(tallies: readonly Tally[], moment = "all"): Tally {
  const sum = newTally(moment);
  for (const tally of tallies) {
    for (const name of summed) sum[name] += tally[name];
    sum.problems.push(...tally.problems);
  }
  return sum;
}

/** A Markdown table, so that it can be pasted into a page. */
export function table(tallies: readonly Tally[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...tallies.map((tally) => columns.map(({ of }) => String(of(tally)))),
  ];
  const widths = columns.map((_column, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const pad = (cell: string, index: number) =>
    index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0);
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(" | ")} |`;
  const rule = `| ${widths.map((width, index) => (index === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}
