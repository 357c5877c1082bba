/** The key in the operating system's keychain: Secret Service, macOS Keychain, Windows Credential Manager. */
import { existsSync, statSync } from "node:fs";
import { Failure } from "../domain/failure.ts";
import type { KeySource } from "../domain/ports/keys.ts";
import type { Random } from "../domain/ports/machine.ts";
import { seconds } from "../domain/time.ts";

const service = "agencyiq";
/** A desktop prompt that nobody sees must not hang a cron job. */
const limit = seconds(5);
const keyLength = 32;

/** Where a keychain call is made. The real one is @napi-rs/keyring's; tests may give another. */
interface Entry {
  getPassword(signal?: AbortSignal): Promise<string | null>;
  setPassword(password: string, signal?: AbortSignal): Promise<void>;
  deletePassword(signal?: AbortSignal): Promise<boolean>;
}

export function keychainSource(random: Random): KeySource {
  return {
    kind: "keychain",
    read: async (slot, vaultId) => {
      const text = await bounded("read", (signal) => withEntry(vaultId, slot.id, (entry) => entry.getPassword(signal)));
      if (text === null) {
        throw new Failure("key_missing", "the vault's key is not in this keychain", {
          hint: "was it made under another user or machine? With the recovery code: agencyiq vault rekey --key-source recovery --add keychain",
        });
      }
      return decoded(text);
    },
    create: async (slotId, vaultId) => {
      const key = random.bytes(keyLength);
      const text = Buffer.from(key).toString("base64");
      await bounded("write", (signal) => withEntry(vaultId, slotId, (entry) => entry.setPassword(text, signal)));
      // A keychain that took a write and gives something else back is worth nothing: better known now than later.
      const back = await bounded("read", (signal) => withEntry(vaultId, slotId, (entry) => entry.getPassword(signal)));
      if (back !== text) throw new Failure("key_unavailable", "the keychain did not keep the key it was given");
      return { key, parameters: { service } };
    },
    remove: async (slot, vaultId) => {
      await bounded("remove", (signal) => withEntry(vaultId, slot.id, (entry) => entry.deletePassword(signal)));
    },
  };
}

/**
 * The asynchronous entry works on a thread of its own, so the event loop stays free while a desktop prompt is open and
 * the time limit below can end the wait; the process then exits by itself, hung call or not (main.ts ends it).
 */
async function withEntry<T>(vaultId: string, slotId: string, use: (entry: Entry) => Promise<T>): Promise<T> {
  findSessionBus();
  const { AsyncEntry } = await import("@napi-rs/keyring");
  // Pinned: left to itself the library falls back to the kernel's keyring, which forgets at log-out.
  return use(new AsyncEntry(service, `${vaultId}/${slotId}`, { linux: { store: "secret-service" } }));
}

/** cron gives no session bus address, though the bus of a logged-in user is where it always is. */
function findSessionBus(): void {
  if (process.platform !== "linux" || process.env["DBUS_SESSION_BUS_ADDRESS"] || process.env["XDG_RUNTIME_DIR"]) return;
  const uid = process.getuid?.();
  const socket = `/run/user/${uid}/bus`;
  if (!existsSync(socket)) return;
  const stat = statSync(socket);
  if (stat.isSocket() && stat.uid === uid) process.env["DBUS_SESSION_BUS_ADDRESS"] = `unix:path=${socket}`;
}

async function bounded<T>(what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(
        new Failure("key_timeout", `the keychain did not answer within ${limit / 1000} s (${what})`, {
          hint: "is it waiting for its password? Unlock it and try again; for cron: agencyiq vault rekey --add file",
        }),
      );
    }, limit);
  });
  try {
    return await Promise.race([call(controller.signal), late]);
  } catch (error) {
    throw error instanceof Failure ? error : keychainFailure(error);
  } finally {
    clearTimeout(timer);
  }
}

interface Symptom {
  readonly pattern: RegExp;
  readonly code: "key_locked" | "key_unavailable";
  readonly message: string;
}

/** The library has no error codes; these are the operating systems' own stable words and numbers. */
const symptoms: readonly Symptom[] = [
  {
    pattern: /dismiss|locked|-25308|-25293|-128\b|interaction is not allowed/i,
    code: "key_locked",
    message: "the keychain is locked",
  },
  {
    pattern: /dbus|d-bus|bus address|autolaunch|connect|service.?unknown|not provided|secret service|no such file/i,
    code: "key_unavailable",
    message: "there is no keychain to be reached",
  },
];

function keychainFailure(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const symptom = symptoms.find(({ pattern }) => pattern.test(text));
  const { code, message } = symptom ?? { code: "key_unavailable" as const, message: "the keychain failed" };
  return new Failure(code, `${message} (${text.replace(/\s+/g, " ").slice(0, 160)})`, {
    hint: hintFor(code),
    cause: error,
  });
}

/** The fix for this situation, as far as it can be told. */
function hintFor(code: Symptom["code"]): string {
  const file = "set AGENCYIQ_KEY_FILE; from a desktop session: agencyiq vault rekey --add file --new-key-file PATH";
  if (code === "key_locked") {
    const ssh = process.env["SSH_CONNECTION"]
      ? "unlock it (macOS: security unlock-keychain)"
      : "unlock it by logging in at the desktop";
    return `${ssh}; for cron and servers use a key file: ${file}`;
  }
  if (process.platform !== "linux") return `for cron and servers use a key file: ${file}`;
  return `no session bus here (cron, ssh or a container?): ${file}`;
}

function decoded(text: string): Uint8Array {
  const key = Buffer.from(text, "base64");
  if (key.length === keyLength && key.toString("base64") === text.trim()) return key;
  throw new Failure("key_wrong", "the keychain's item is not a key of ours");
}
