/** The key in the operating system's keychain: Secret Service, macOS Keychain, Windows Credential Manager. */
import { existsSync } from "node:fs";
import { Failure } from "../domain/failure.ts";
import type { KeySource } from "../domain/ports/keys.ts";
import type { Random } from "../domain/ports/machine.ts";
import { seconds } from "../domain/time.ts";
import { callKeychain, type KeychainCall, KeychainError, keyFileInstead } from "./keychain-process.ts";
import { withSessionBus } from "./session-bus.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Operation = KeychainCall["operation"];

const service = "agencyiq";
/** A desktop prompt that nobody sees must not hang a cron job; somebody at a terminal needs time to type a password. */
const limits = { unattended: seconds(5), attended: seconds(60) } as const;
const keyLength = 32;

interface KeychainSettings {
  /** Somebody is at a terminal. */
  readonly attended?: boolean;
  /** Milliseconds, in place of the usual limit. */
  readonly limit?: number;
}

export function keychainSource(
  random: Random,
  environment: Environment = process.env,
  { attended = false, limit = attended ? limits.attended : limits.unattended }: KeychainSettings = {},
): KeySource {
  const call = (operation: Operation, vaultId: string, slotId: string, password?: string) =>
    asFailure(operation, environment, () =>
      callKeychain(
        { operation, service, user: `${vaultId}/${slotId}`, ...(password === undefined ? {} : { password }) },
        withSessionBus(environment),
        limit,
      ),
    );
  return {
    kind: "keychain",
    read: async (slot, vaultId) => {
      const text = await call("read", vaultId, slot.id);
      if (typeof text !== "string") {
        throw new Failure("key_missing", "the vault's key is not in this keychain", {
          hint: "was it made under another user or machine? With the recovery code: agencyiq vault rekey --key-source recovery --add keychain",
        });
      }
      return decoded(text);
    },
    create: async (slotId, vaultId) => {
      const key = random.bytes(keyLength);
      const text = Buffer.from(key).toString("base64");
      await call("write", vaultId, slotId, text);
      // A keychain that took a write and gives something else back is worth nothing: better known now than later.
      const back = await call("read", vaultId, slotId);
      if (back !== text) throw new Failure("key_unavailable", "the keychain did not keep the key it was given");
      return { key, parameters: { service } };
    },
    remove: async (slot, vaultId) => {
      await call("remove", vaultId, slot.id);
    },
  };
}

async function asFailure<T>(operation: Operation, environment: Environment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof KeychainError ? keychainFailure(error, operation, environment) : error;
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

function keychainFailure(error: KeychainError, operation: Operation, environment: Environment): Failure {
  const text = error.message.replace(/\s+/g, " ").slice(0, 160);
  const symptom = symptoms.find(({ pattern }) => pattern.test(text));
  const { code, message } = symptom ?? { code: "key_unavailable" as const, message: "the keychain failed" };
  return new Failure(code, `${message} (${text})`, { hint: hintFor(code, operation, environment), cause: error });
}

/** The fix for this situation, as far as it can be told. */
function hintFor(code: Symptom["code"], operation: Operation, environment: Environment): string {
  const keyFile = keyFileInstead(operation);
  const overSsh = Boolean(environment["SSH_CONNECTION"] || environment["SSH_TTY"]);
  if (process.platform === "darwin") {
    // -25308, errSecInteractionNotAllowed: the login keychain is not open to this session.
    return overSsh
      ? `unlock it first: security unlock-keychain; or ${keyFile}`
      : `run it in your own login session (a LaunchAgent, not a LaunchDaemon); or ${keyFile}`;
  }
  if (code === "key_locked") {
    return overSsh || !hasDesktop(environment)
      ? `it opens when you log in at the desktop; for cron and ssh ${keyFile}`
      : `unlock it at the desktop and try again; for cron ${keyFile}`;
  }
  if (overSsh) return `this ssh session has no session bus: ${keyFile}`;
  if (inContainer(environment)) return `a container has no keychain: ${keyFile}; mount it and set AGENCYIQ_KEY_FILE`;
  if (!hasDesktop(environment)) return `cron and services have no keychain: ${keyFile}`;
  return `is a keyring running (gnome-keyring, KWallet, KeePassXC)? Else ${keyFile}`;
}

function hasDesktop(environment: Environment): boolean {
  return process.platform !== "linux" || Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"]);
}

function inContainer(environment: Environment): boolean {
  return Boolean(environment["container"]) || existsSync("/.dockerenv") || existsSync("/run/.containerenv");
}

function decoded(text: string): Uint8Array {
  const key = Buffer.from(text, "base64");
  if (key.length === keyLength && key.toString("base64") === text.trim()) return key;
  throw new Failure("key_wrong", "the keychain's item is not a key of ours");
}
