import { split } from "shlex";

/** A command line's words, as a shell would split them but without a shell. null: an open quote, or nothing. */
export function splitCommandLine(line: string): string[] | null {
  try {
    const words = split(line);
    return words.length > 0 ? words : null;
  } catch {
    return null;
  }
}
