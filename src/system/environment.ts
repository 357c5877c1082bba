import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment, plus `AGENCYIQ_*` names of a `.env` in the current folder that are not set. */
export async function readEnvironment(environment: Environment, folder: string): Promise<Environment> {
  const file = join(folder, ".env");
  if (!existsSync(file)) return environment;
  const { parse } = await import("dotenv");
  const own = Object.entries(parse(readText(file))).filter(([name]) => name.startsWith("AGENCYIQ_"));
  return { ...Object.fromEntries(own), ...environment };
}

/** A `.env` that cannot be read (a folder, somebody else's file) is as good as none. */
function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
