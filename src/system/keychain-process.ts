/**
 * One call to the operating system's keychain, made in a child process that can be killed.
 *
 * Tried with @napi-rs/keyring 2.1.2 on Node 20.20.2 against a locked collection whose prompt nobody answers, and a bus
 * that accepts and stays silent: the `AsyncEntry` constructor blocks the event loop for good on the silent bus; on the
 * open prompt its AbortSignal does nothing, and even `process.exit()` then hangs, since Node joins the worker thread
 * the call sits on. A child costs one bare start of Node; killing it also closes the prompt it had opened.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { Failure } from "../domain/failure.ts";
import { withoutSecrets } from "./child-environment.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface KeychainCall {
  readonly operation: "read" | "write" | "remove";
  readonly service: string;
  readonly user: string;
  /** What to write. Goes through a pipe: never in arguments or the environment, where others can see it. */
  readonly password?: string;
}

/** The library's own words where it failed; it has no codes. */
export class KeychainError extends Error {
  override readonly name = "KeychainError";
}

// Pinned: left to itself the library falls back to the kernel's keyring, which forgets at log-out. Text, not a file:
// it must run from the bundle as it does from the sources.
const program = `
const [, module, operation, service, user] = process.argv;
const answer = (value) => require("node:fs").writeSync(1, JSON.stringify(value));
try {
  const { Entry } = require(module);
  const entry = new Entry(service, user, { linux: { store: "secret-service" } });
  if (operation === "write") entry.setPassword(require("node:fs").readFileSync(0, "latin1"));
  answer({ value: operation === "read" ? entry.getPassword() : operation === "remove" ? entry.deletePassword() : null });
} catch (error) {
  answer({ error: String(error && error.message || error) });
}`;

/**
 * @throws KeychainError what the library said
 * @throws Failure `key_timeout`, `key_unavailable`
 */
export async function callKeychain(call: KeychainCall, environment: Environment, limit: number): Promise<unknown> {
  const answer = await outputOf(call, environment, limit);
  const { value, error } = parsed(answer);
  if (typeof error === "string") throw new KeychainError(error);
  return value;
}

function outputOf(call: KeychainCall, environment: Environment, limit: number): Promise<string> {
  const { operation, service, user, password } = call;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["-e", program, "--", libraryPath(), operation, service, user], {
      stdio: ["pipe", "pipe", "ignore"],
      // Options meant for us (an inspector's port, a loader) are not for it.
      env: { ...withoutSecrets(environment), NODE_OPTIONS: "" },
      windowsHide: true,
    });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(timedOut(operation, limit));
    }, limit);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", (cause) => {
      clearTimeout(timer);
      reject(new Failure("key_unavailable", "the keychain's helper process cannot be started", { cause }));
    });
    child.once("close", () => {
      clearTimeout(timer);
      resolve(output);
    });
    // A child that died before it read its input shows in its output.
    child.stdin.on("error", () => {});
    child.stdin.end(password ?? "");
  });
}

function libraryPath(): string {
  try {
    return createRequire(import.meta.url).resolve("@napi-rs/keyring");
  } catch (cause) {
    throw new Failure("key_unavailable", "the keychain library is not installed", {
      hint: "install agencyiq again, or use a key file: set AGENCYIQ_KEY_FILE",
      cause,
    });
  }
}

function timedOut(operation: KeychainCall["operation"], limit: number): Failure {
  return new Failure("key_timeout", `the keychain did not answer within ${limit / 1000} s (${operation})`, {
    hint: `it waits for its password at the desktop, or hangs: unlock it and try again; or ${keyFileInstead(operation)}`,
  });
}

/** The way around a keychain. One that was to take a new key may have no vault yet: there is nothing to add a key to. */
export function keyFileInstead(operation: KeychainCall["operation"]): string {
  const add = "agencyiq vault rekey --add file --new-key-file PATH";
  return operation === "write"
    ? `use a key file: agencyiq vault init --key-file PATH (a vault that is there: ${add})`
    : `add a key file from where the keychain opens: ${add}`;
}

function parsed(text: string): { value?: unknown; error?: unknown } {
  try {
    return JSON.parse(text) as { value?: unknown; error?: unknown };
  } catch {
    return { error: "its helper process ended without an answer" };
  }
}
