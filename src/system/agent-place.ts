/**
 * Where the daemon's socket is. Node cannot ask who is at the other end of a socket, so the folder around it is the guard:
 * both sides use it only if it is theirs alone.
 */
import { lstatSync, mkdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { Failure } from "../domain/failure.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface AgentPlace {
  readonly folder: string;
  /** Worked out when it is asked for: a command looks at the folder first. */
  readonly path: string;
}

/** Bytes of a socket's path, less the zero at its end (unix(7): 108; BSD and macOS: 104). */
const longestPath = process.platform === "linux" ? 107 : 103;

/** `/`, 16 digits and `.sock`. */
const nameLength = 22;

/**
 * Every place a daemon of this vault may listen at, the best first. A daemon and a cron line see different environments,
 * so that one looks in all of them. None on Windows, where folders cannot guard a socket.
 */
export function agentPlaces(home: string, environment: Environment): AgentPlace[] {
  const uid = process.geteuid?.();
  if (uid === undefined) return [];
  const runtime = [environment["XDG_RUNTIME_DIR"], process.platform === "linux" ? `/run/user/${uid}` : undefined];
  const folders = [...new Set(runtime)]
    .filter((folder) => folder !== undefined && isAbsolute(folder) && isOurs(folder, uid))
    .map((folder) => join(String(folder), "agencyiq"));
  const user = userFolder();
  if (user !== null) folders.push(join(user, ".local", "state", "agencyiq", "run"));
  // Only for homes whose path is too long for a socket; whose folder it is, is checked like the others.
  folders.push(`/tmp/agencyiq-${uid}`);
  let name: string | null = null;
  const pathIn = (folder: string) => {
    name ??= `${nameOf(home)}.sock`;
    return join(folder, name);
  };
  return folders
    .filter((folder) => Buffer.byteLength(folder) + nameLength <= longestPath)
    .map((folder) => ({
      folder,
      get path() {
        return pathIn(folder);
      },
    }));
}

/** False on most machines, at the cost of a few looks: then no daemon runs here. */
export function isAnythingThere(places: readonly AgentPlace[]): boolean {
  return places.some((place) => look(place.folder) !== undefined && look(place.path) !== undefined);
}

function isOurs(folder: string, uid: number): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === uid && (stat.mode & 0o022) === 0;
}

function userFolder(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}

/**
 * FNV-1a of 64 bits: the name must only differ from one vault to the next (both sides compare the vault's id), and a
 * cryptographic hash costs a command without a daemon milliseconds to load.
 */
function nameOf(home: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(truePath(home))) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

function truePath(home: string): string {
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}

/** Why a place cannot be used, and what mends it; null: it is ours alone. */
export interface Flaw {
  readonly why: string;
  readonly fix: string;
}

/** The folder as it is: not a link, ours, and nobody else's business. undefined: there is none. */
export function folderFlaw(folder: string): Flaw | null | undefined {
  const stat = look(folder);
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) return { why: `${folder} is not a folder`, fix: `remove it: rm ${folder}` };
  if (stat.uid !== process.geteuid?.()) {
    return { why: `${folder} belongs to somebody else`, fix: `have its owner remove ${folder}` };
  }
  const mode = stat.mode & 0o777;
  if (mode === 0o700) return null;
  return { why: `${folder} is not yours alone (${mode.toString(8)})`, fix: `chmod 700 ${folder}` };
}

/** What lies where the socket should be. undefined: nothing. */
export function socketFlaw(path: string): Flaw | null | undefined {
  const stat = look(path);
  if (stat === undefined) return undefined;
  if (stat.isSocket() && stat.uid === process.geteuid?.()) return null;
  return { why: `${path} is not a socket of yours`, fix: `remove it: rm ${path}` };
}

/** Not through a link. What cannot be looked at is as good as not there. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Makes the first place that can be used. @throws Failure `agent_unavailable` */
export function prepareAgentPlace(places: readonly AgentPlace[]): AgentPlace {
  const [place] = places;
  if (!place) {
    throw new Failure("agent_unavailable", "there is no place for the daemon's socket on this system", {
      hint: "set XDG_RUNTIME_DIR to a folder of yours",
    });
  }
  const { folder } = place;
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw unavailable(`${folder} cannot be made (${code})`, "set XDG_RUNTIME_DIR", cause);
  }
  const flaw = folderFlaw(folder);
  if (flaw) throw unavailable(flaw.why, flaw.fix);
  return place;
}

export function unavailable(why: string, hint: string, cause?: unknown): Failure {
  return new Failure("agent_unavailable", `the daemon's socket cannot be opened: ${why}`, { hint, cause });
}
