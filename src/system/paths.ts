import { homedir } from "node:os";
import { join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of the vault: `AGENCYIQ_HOME`, else the system's own place for data. Three lines of ours instead of a
 * package, which costs a tenth of a bare start for them.
 */
export function homeFolder(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  const named = environment["AGENCYIQ_HOME"];
  if (named) return resolve(named);
  const user = homedir();
  if (platform === "darwin") return join(user, "Library", "Application Support", "agencyiq");
  if (platform === "win32") return join(environment["LOCALAPPDATA"] ?? join(user, "AppData", "Local"), "agencyiq");
  return join(environment["XDG_DATA_HOME"] || join(user, ".local", "share"), "agencyiq");
}
