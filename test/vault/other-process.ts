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
