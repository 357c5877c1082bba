/** How a message is named: by its time, and where it is an answer, by that of the message above it. */

export interface Reference {
  /** Slack's `ts`; null: not known, of files whose message was not told of. */
  readonly ts: string | null;
  /** The message that a thread hangs on; null: it is not in one. */
  readonly thread: string | null;
  readonly files: readonly string[];
}

const written = /^(?:(?<thread>\d+\.\d+)\/)?(?<ts>\d+\.\d+)?(?::(?<files>F\w+(?:,F\w+)*))?$/;

/** `1700000000.000100`, `1700000000.000100/1700000001.000200` of an answer, `…:F1,F2` of what carries files. */
export function remoteIdOf({ ts, thread, files }: Reference): string {
  const inThread = thread !== null && ts !== null ? `${thread}/` : "";
  return `${inThread}${ts ?? ""}${files.length > 0 ? `:${files.join(",")}` : ""}`;
}

/** Of such a name, or of a permalink: `https://acme.slack.com/archives/C01/p1700000000000100?thread_ts=…`. */
export function referenceIn(reference: string): Reference | null {
  const text = reference.trim();
  const [, seconds, rest] = /^https:\/\/[\w.-]+\.slack\.com\/archives\/\w+\/p(\d+)(\d{6})(?:\?|$)/.exec(text) ?? [];
  if (seconds !== undefined) {
    const thread = new URL(text).searchParams.get("thread_ts");
    const ts = `${seconds}.${rest}`;
    return { ts, thread: thread === ts ? null : thread, files: [] };
  }
  const { groups } = text === "" ? {} : (written.exec(text) ?? {});
  if (!groups) return null;
  return { ts: groups["ts"] ?? null, thread: groups["thread"] ?? null, files: groups["files"]?.split(",") ?? [] };
}
