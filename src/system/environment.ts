import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment, plus `AGENCYIQ_*` names of a `.env` in the current folder that are not set. */
export async function readEnvironment(environment: Environment, folder: string): Promise<Environment> {
  const file = join(folder, ".env");
  if (!existsSync(file)) return environment;
  const text = readTrusted(file);
  if (text === null) return environment;
  const { parse } = await import("dotenv");
  const own = Object.entries(parse(text)).filter(([name]) => name.startsWith("AGENCYIQ_"));
  return { ...Object.fromEntries(own), ...environment };
}

/**
 * null for what is as good as none: a folder, a file we cannot read, and one that somebody else wrote or could have
 * written. A `.env` names programs to run (AGENCYIQ_KEY_COMMAND): one planted in /tmp must not speak for us.
 */
function readTrusted(file: string): string | null {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    const foreign = process.platform !== "win32" && stat.uid !== process.geteuid?.() && stat.uid !== 0;
    const writable = process.platform !== "win32" && (stat.mode & 0o002) !== 0;
    return stat.isFile() && !foreign && !writable ? readFileSync(descriptor, "utf8") : null;
  } catch {
    return null;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
