import { readdirSync, readFileSync } from "node:fs";

const running = () => readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));

/** Looks at the command lines of all processes that begin while something runs, again and again. */
export async function watchCommandLines<T>(seen: Set<string>, work: () => Promise<T>): Promise<T> {
  const before = new Set(running());
  const timer = setInterval(() => {
    for (const entry of running()) {
      if (before.has(entry)) continue;
      try {
        seen.add(readFileSync(`/proc/${entry}/cmdline`, "utf8"));
      } catch {
        // It ended while we looked.
      }
    }
  }, 15);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
