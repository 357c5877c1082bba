import { split } from "shlex";

/**
 * A command line's words, as a shell would split them but without a shell; or a JSON array of them, for words that are
 * hard to quote (Windows paths). null: an open quote, or nothing.
 */
export function splitCommandLine(line: string): string[] | null {
  try {
    const words = line.trimStart().startsWith("[") ? (wordsOf(line) ?? split(line)) : split(line);
    return words.length > 0 ? words : null;
  } catch {
    return null;
  }
}

/** null: no JSON after all, but a program whose name begins with a bracket (`[` is one). */
function wordsOf(line: string): string[] | null {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && value.every((word) => typeof word === "string") ? value : null;
  } catch {
    return null;
  }
}
