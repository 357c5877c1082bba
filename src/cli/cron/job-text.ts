import type { JobFile } from "../../domain/ports/scheduler.ts";

/** Each text under its name. */
export function shownFiles(files: readonly JobFile[]): string {
  return files.map(({ name, text }) => `${name}:\n${text.trimEnd().replaceAll(/^(?=.)/gm, "  ")}`).join("\n\n");
}
