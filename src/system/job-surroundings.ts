/** What a job needs of the surroundings it is installed from: the program's lasting paths, and settings that are no secrets. */
import { existsSync, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Surroundings } from "../domain/ports/scheduler.ts";
import { splitCommandLine } from "./command-line.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where package managers put links that outlive an update; what they point to does not (Homebrew deletes old versions).
 * Links made for one shell only (fnm) are in none of these.
 */
const lastingFolders = [
  "/usr/local/bin",
  "/usr/bin",
  "/opt/homebrew/bin",
  "/home/linuxbrew/.linuxbrew/bin",
  "/opt/local/bin",
  "/run/current-system/sw/bin",
];

/** Node and our own script, each by the path that will last. `script` is what Node was started with. */
export function lastingProgram(node: string, script: string, folders: readonly string[] = lastingFolders): string[] {
  return [lasting("node", node, folders), lasting("agencyiq", script, folders)];
}

function lasting(name: string, path: string, folders: readonly string[]): string {
  const real = realpathOf(path) ?? path;
  return folders.map((folder) => join(folder, name)).find((link) => realpathOf(link) === real) ?? real;
}

function realpathOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** Taken along as they are: without them the job would speak to the wrong server, or to none. */
const settings = ["AGENCYIQ_ENDPOINT_URL", "NODE_EXTRA_CA_CERTS"];
const proxies = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"];

export function surroundingsOf(environment: Environment): Surroundings {
  const kept: Record<string, string> = {};
  const left: string[] = [];
  for (const name of [...settings, ...proxies]) {
    const value = environment[name];
    if (!value) continue;
    // `http://user:password@proxy`: schedulers show what they are given to everybody.
    if (proxies.includes(name) && value.includes("@")) left.push(name);
    else kept[name] = value;
  }
  return { kept, left };
}

const cronFolders = ["/usr/bin", "/bin"];

/** The PATH that a key command needs beyond cron's own; null: none. */
export function pathForCommand(line: string, environment: Environment): string | null {
  const [program = ""] = splitCommandLine(line) ?? [];
  if (program === "" || program.includes("/")) return null;
  const isIn = (folder: string) => existsSync(join(folder, program));
  if (cronFolders.some(isIn)) return null;
  const folder = (environment["PATH"] ?? "").split(delimiter).find((each) => isAbsolute(each) && isIn(each));
  return folder ? [folder, ...cronFolders].join(delimiter) : null;
}
