/** The key in a file of its own: for cron, servers and containers. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { KeySource } from "../domain/ports/keys.ts";
import type { Random } from "../domain/ports/machine.ts";

const keyLength = 32;
/** Base64 of 32 bytes, with a newline at most; anything longer is not a key. */
const longestFile = 64;

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
      const path = placeOf(settings, undefined);
      return { key: makeOrRead(path, settings.random), parameters: { path } };
    },
  };
}

function placeOf(settings: KeyFileSettings, recorded: string | number | undefined): string {
  if (settings.path) return resolve(settings.path);
  const credential = settings.credentialsDirectory ? join(settings.credentialsDirectory, "agencyiq-key") : null;
  if (credential && existsSync(credential)) return credential;
  if (typeof recorded === "string") return recorded;
  throw new Failure("key_missing", "no key file is named", { hint: "give --key-file PATH or set AGENCYIQ_KEY_FILE" });
}

/** 32 raw bytes, or their base64 with at most a newline after it. @throws Failure `key_missing`, `key_unavailable`, `key_wrong` */
export function readKeyFile(path: string): Uint8Array {
  const descriptor = open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    // Looked at through the open descriptor: what is checked is what is read.
    requirePrivate(path, descriptor);
    const buffer = Buffer.alloc(longestFile + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    return parseKey(path, buffer.subarray(0, length));
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string, flags: number, mode?: number): number {
  try {
    return openSync(path, flags, mode);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      throw new Failure("key_missing", `the key file ${path} does not exist`, {
        hint: "bring it back from where you keep it; a new one would not open this vault. With the recovery code: agencyiq vault rekey --key-source recovery --add file",
        cause,
      });
    }
    if (code === "ELOOP")
      throw new Failure("key_unavailable", `the key file ${path} is a symbolic link`, {
        hint: "name the file itself",
        cause,
      });
    throw new Failure("key_unavailable", `the key file ${path} cannot be opened (${code})`, {
      hint: "check its owner and mode",
      cause,
    });
  }
}

function requirePrivate(path: string, descriptor: number): void {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) throw new Failure("key_unavailable", `the key file ${path} is not a regular file`);
  if (process.platform === "win32") return;
  if (stat.uid !== process.geteuid?.()) {
    throw new Failure("key_unavailable", `the key file ${path} belongs to somebody else`, { hint: `chown it to you` });
  }
  if ((stat.mode & 0o077) !== 0) {
    throw new Failure(
      "key_unavailable",
      `the key file ${path} can be read by others (${(stat.mode & 0o777).toString(8)})`,
      {
        hint: `chmod 600 ${path}`,
      },
    );
  }
}

function parseKey(path: string, content: Buffer): Uint8Array {
  if (content.length === keyLength) return content;
  const text = content.toString("latin1").replace(/\r?\n$/, "");
  const key = Buffer.from(text, "base64");
  if (key.length === keyLength && key.toString("base64") === text) return key;
  throw new Failure("key_wrong", `the key file ${path} holds no key`, {
    hint: "32 random bytes, or their base64: head -c 32 /dev/urandom | base64 > FILE",
  });
}

/** Only for a new slot: a file that is there is taken as it is, else one is made, readable by its owner alone. */
function makeOrRead(path: string, random: Random): Uint8Array {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return readKeyFile(path);
    throw new Failure(
      "storage_unwritable",
      `the key file ${path} cannot be made (${(error as NodeJS.ErrnoException).code})`,
      { cause: error },
    );
  }
  try {
    const key = random.bytes(keyLength);
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, `${Buffer.from(key).toString("base64")}\n`);
    fsyncSync(descriptor);
    return key;
  } finally {
    closeSync(descriptor);
  }
}
