import type { CommandEntry } from "./command.ts";

/** The overview, or one group's commands. Each command has its own `--help` with flags and examples. */
export function helpText(entries: readonly CommandEntry[], group: string | null, version: string): string {
  const shown = group === null ? entries : entries.filter(({ path }) => path.startsWith(`${group} `));
  const width = Math.max(...shown.map(({ path }) => path.length));
  const lines = shown.map(({ path, summary }) => `  ${path.padEnd(width)}  ${summary}`);
  if (group !== null) return [`Usage: agencyiq ${group} COMMAND`, "", ...lines].join("\n");
  return [
    `agencyiq ${version}: connect social accounts, keep their tokens alive, publish`,
    "",
    "Usage: agencyiq COMMAND [flags]",
    "",
    ...lines,
    "",
    "Every command takes --json, --quiet, --debug and --help.",
    "Begin with: agencyiq sandbox (to rehearse) or agencyiq setup x",
  ].join("\n");
}
