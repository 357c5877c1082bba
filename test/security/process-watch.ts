import { readdirSync, readFileSync } from "node:fs";

/** Looks at the command lines of all processes, again and again while something runs. */
export async function watchCommandLines<T>(seen: Set<string>, work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    for (const entry of readdirSync("/proc")) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        seen.add(readFileSync(`/proc/${entry}/cmdline`, "utf8"));
      } catch {
        // It ended while we looked.
      }
    }
  }, 15);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
