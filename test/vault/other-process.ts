/** Real other processes over the vault's code: what one process cannot show about locks, crashes and rights. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface OtherProcess {
  readonly child: ChildProcess;
  /** What it printed, once it printed something. */
  readonly said: Promise<string>;
  /** Everything it printed, once it ended; rejects where it failed. */
  readonly ended: Promise<string>;
}

export interface Program {
  /** TypeScript; imports name files as `src/…`. */
  readonly code: string;
  readonly arguments: readonly string[];
  readonly uid?: number;
}

/** What a program over a vault begins with; its arguments are the folder and the key in hexadecimal. */
export const withCustody = `
  import { systemClock as clock } from "src/system/clock.ts";
  import { systemRandom as random } from "src/system/random.ts";
  import { vaultCustody } from "src/vault/custody.ts";
  const [home = "", key = ""] = process.argv.slice(2);
  const custody = vaultCustody({ home, clock, random, host: "here", processId: process.pid, actor: "bob@here" });
  const source = {
    kind: "keychain" as const,
    read: async () => Buffer.from(key, "hex"),
    create: async () => ({ key: Buffer.from(key, "hex"), parameters: {} }),
  };
  const plan = { sources: [source], explicit: null };
  const codeOf = (work: Promise<unknown>) => work.then(() => "no failure", (error) => error.code ?? String(error));
`;

/** Bundles `code` into `folder` and runs it there. */
export function otherProcess(folder: string, program: Program): OtherProcess {
  const entry = join(folder, "program.mjs");
  if (!existsSync(entry)) bundle(entry, program.code);
  const modules = join(folder, "node_modules");
  if (!existsSync(modules)) symlinkSync(join(root, "node_modules"), modules);
  const { uid } = program;
  const child = spawn(process.execPath, [entry, ...program.arguments], {
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += String(chunk);
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once("close", (status, signal) => {
      if (status === 0 || signal !== null) resolve(printed);
      else reject(new Error(`it ended with ${status}: ${complaints}`));
    });
  });
  const said = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      printed += String(chunk);
      resolve(printed);
    });
    ended.then(() => reject(new Error("it ended without a word")), reject);
  });
  // Which of the two a test waits for is its own affair.
  said.catch(() => undefined);
  ended.catch(() => undefined);
  return { child, said, ended };
}

function bundle(entry: string, code: string): void {
  buildSync({
    stdin: {
      contents: code.replaceAll(/"(src\/[^"]+)"/g, (_all, path: string) => JSON.stringify(join(root, path))),
      loader: "ts",
      resolveDir: root,
    },
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3"],
    outfile: entry,
    logLevel: "error",
  });
  chmodSync(entry, 0o644);
}
