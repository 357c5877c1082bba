/** The key in a file of its own: for cron, servers and containers. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { KeySource } from "../domain/ports/keys.ts";
import type { Random } from "../domain/ports/machine.ts";
import { keyFrom, keyLength } from "./key-bytes.ts";

/** Hexadecimal of 32 bytes, with a newline at most; anything longer is not a key. */
const longestFile = 66;

export interface KeyFileSettings {
  /** `--key-file` or `AGENCYIQ_KEY_FILE`; wins over what the slot recorded. */
  readonly path: string | null;
  /** systemd's `$CREDENTIALS_DIRECTORY`: holds `agencyiq-key` for a service with LoadCredential. */
  readonly credentialsDirectory: string | null;
  readonly random: Random;
}

export function keyFileSource(settings: KeyFileSettings): KeySource {
  return {
    kind: "file",
    read: async (slot) => readKeyFile(placeOf(settings, slot.parameters["path"])),
    create: async () => {
      const place = placeOf(settings, undefined);
      const key = place.byServiceManager ? readKeyFile(place) : makeOrRead(place, settings.random);
      return { key, parameters: { path: place.path } };
    },
  };
}

interface Place {
  readonly path: string;
  /** Under `$CREDENTIALS_DIRECTORY`: systemd guards it by its folder and may own it as root (systemd.exec(5)). */
  readonly byServiceManager: boolean;
}

function placeOf(settings: KeyFileSettings, recorded: string | number | undefined): Place {
  if (settings.path) return { path: resolve(settings.path), byServiceManager: false };
  const credential = settings.credentialsDirectory ? join(settings.credentialsDirectory, "agencyiq-key") : null;
  if (credential && existsSync(credential)) return { path: credential, byServiceManager: true };
  if (typeof recorded === "string") return { path: recorded, byServiceManager: false };
  throw new Failure("key_missing", "no key file is named", { hint: "give --key-file PATH or set AGENCYIQ_KEY_FILE" });
}

/** @throws Failure `key_missing`, `key_unavailable`, `key_wrong` */
function readKeyFile(place: Place): Uint8Array {
  const { path } = place;
  // Not blocking: a named pipe that nobody writes to would hold us here.
  const descriptor = open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(longestFile + 1);
  try {
    // Looked at through the open descriptor: what is checked is what is read.
    requirePrivate(place, descriptor);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    return parseKey(path, buffer.subarray(0, length));
  } finally {
    buffer.fill(0);
    closeSync(descriptor);
  }
}

function open(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      throw new Failure("key_missing", `the key file ${path} does not exist`, {
        hint: "bring it back from where you keep it; a new one would not open this vault. With the recovery code: agencyiq vault rekey --key-source recovery --add file",
        cause,
      });
    }
    const [why, hint] =
      code === "ELOOP"
        ? ["is a symbolic link", "name the file itself"]
        : [`cannot be opened (${code})`, "check its owner and mode"];
    throw new Failure("key_unavailable", `the key file ${path} ${why}`, { hint, cause });
  }
}

function requirePrivate({ path, byServiceManager }: Place, descriptor: number): void {
  const { uid, mode } = fstatSync(descriptor);
  const refuse = (why: string, hint: string) => {
    throw new Failure("key_unavailable", `the key file ${path} ${why}`, { hint });
  };
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) refuse("is not a regular file", "name a file");
  if (process.platform === "win32") return;
  const ours = uid === process.geteuid?.();
  if (!ours && !(byServiceManager && uid === 0)) refuse("belongs to somebody else", `chown it to you: ${path}`);
  // Where systemd lets a user in by an access list, the list's mask shows as the group's bits.
  const foreign = byServiceManager ? 0o007 : 0o077;
  if ((mode & foreign) !== 0) refuse(`can be read by others (${(mode & 0o777).toString(8)})`, `chmod 600 ${path}`);
}

function parseKey(path: string, content: Buffer): Uint8Array {
  const key = keyFrom(content);
  if (key) return key;
  throw new Failure("key_wrong", `the key file ${path} holds no key`, {
    hint: "32 random bytes, or their base64: (umask 077; head -c 32 /dev/urandom | base64 > FILE)",
  });
}

/** Only for a new slot: a file that is there is taken as it is, else one is made, readable by its owner alone. */
function makeOrRead(place: Place, random: Random): Uint8Array {
  const key = random.bytes(keyLength);
  try {
    return publish(place.path, key, random.uuid()) ? key : readKeyFile(place);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const failure = code === "ENOSPC" || code === "EDQUOT" ? "storage_full" : "storage_unwritable";
    throw new Failure(failure, `the key file ${place.path} cannot be made (${code})`, {
      hint: "name another place with --key-file or AGENCYIQ_KEY_FILE",
      cause: error,
    });
  }
}

/**
 * False: there is a file already. It appears under its name whole and on disk, or not at all: a vault must never
 * depend on half a key, nor on one that a power cut takes back; two processes at once agree on one.
 */
function publish(path: string, key: Uint8Array, draftName: string): boolean {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${basename(path)}.${draftName}`);
  try {
    const descriptor = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      fchmodSync(descriptor, 0o600);
      writeSync(descriptor, `${Buffer.from(key).toString("base64")}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(folder);
  return true;
}

function syncFolder(folder: string): void {
  // Windows cannot open a folder; it keeps names by itself.
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
