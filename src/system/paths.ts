import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { Failure } from "../domain/failure.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of the vault: `AGENCYIQ_HOME`, else the system's own place for data. Three lines of ours instead of a
 * package, which costs a tenth of a bare start for them.
 */
export function homeFolder(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  const named = environment["AGENCYIQ_HOME"];
  if (named) return resolve(named);
  const data = environment["XDG_DATA_HOME"];
  // XDG Base Directory Specification: a relative path is to be ignored.
  if (platform === "linux" && data && isAbsolute(data)) return join(data, "agencyiq");
  const user = userFolder();
  if (platform === "darwin") return join(user, "Library", "Application Support", "agencyiq");
  if (platform === "win32") return join(environment["LOCALAPPDATA"] || join(user, "AppData", "Local"), "agencyiq");
  return join(user, ".local", "share", "agencyiq");
}

/** A container may run us as a user that nobody has heard of. */
function userFolder(): string {
  try {
    return homedir();
  } catch (cause) {
    throw new Failure("usage", "you have no home folder here", { hint: "set AGENCYIQ_HOME", cause });
  }
}
