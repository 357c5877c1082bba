/** Runs the built binary as a user would: a child process in a clean environment, with or without a terminal. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

export const program = fileURLToPath(new URL("../../bin/agencyiq.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as the one JSON document it must be. */
  json<T = Record<string, unknown>>(): T;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Milliseconds (default 30,000). */
  readonly timeout?: number;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  running.clear();
  folders.clear();
});

export interface Workspace {
  readonly folder: string;
  /** Names the vault's home and a key file in `folder`. */
  readonly env: Readonly<Record<string, string>>;
}

/** A home and a key file of the test's own, removed after it. */
export function workspace(extra: Readonly<Record<string, string>> = {}): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-test-"));
  folders.add(folder);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    TZ: "UTC",
    AGENCYIQ_HOME: join(folder, "home"),
    AGENCYIQ_KEY_FILE: join(folder, "key"),
    ...extra,
  };
  return { folder, env };
}

/** Runs a command to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return (await start(args, options)).ended;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line (of either stream) that matches; rejects when the command ends without one. */
  line(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a command that runs on. It is killed after the test at the latest. */
export async function start(args: readonly string[], options: RunOptions = {}): Promise<Started> {
  return startProcess(process.execPath, [program, ...args], options);
}

export function startProcess(command: string, args: readonly string[], options: RunOptions): Started {
  const env = { ...(options.env ?? workspace().env) };
  const child = spawn(command, args, { env, cwd: options.cwd ?? env["HOME"], stdio: ["pipe", "pipe", "pipe"] });
  running.add(child);
  child.stdin.end(options.stdin ?? "");
  const seen = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      seen[name] += text;
      for (const look of waiting) look();
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 30_000);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, signal, ...seen, json: <T>() => JSON.parse(seen.stdout) as T });
      for (const look of waiting) look();
    });
  });
  return {
    child,
    ended,
    line: (pattern) => lineOf(pattern, seen, waiting, ended),
    kill: (signal) => child.kill(signal),
  };
}

function lineOf(
  pattern: RegExp,
  seen: { stdout: string; stderr: string },
  waiting: Set<() => void>,
  ended: Promise<Ended>,
): Promise<string> {
  const find = () => [...seen.stdout.split("\n"), ...seen.stderr.split("\n")].find((line) => pattern.test(line));
  return new Promise((resolve, reject) => {
    const look = () => {
      const line = find();
      if (line === undefined) return;
      waiting.delete(look);
      resolve(line);
    };
    waiting.add(look);
    look();
    void ended.then((end) =>
      reject(new Error(`ended with ${end.code} before ${pattern}:\n${end.stdout}${end.stderr}`)),
    );
  });
}

/**
 * Runs a command on a real terminal of 80 columns (util-linux's `script`), typing each answer once its text has appeared.
 * The output holds both streams, as a person sees them.
 */
export async function runOnTerminal(
  args: readonly string[],
  answers: readonly { readonly after: RegExp; readonly type: string }[],
  options: RunOptions = {},
): Promise<Ended> {
  const quoted = [process.execPath, program, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const env: Record<string, string> = { ...(options.env ?? workspace().env), TERM: "xterm", SHELL: "/bin/sh" };
  const child = spawn("script", ["-qefc", `stty cols 80 rows 24; ${quoted}`, "/dev/null"], { env, cwd: env["HOME"] });
  running.add(child);
  let output = "";
  const left = [...answers];
  let from = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    const [next] = left;
    if (!next?.after.test(output.slice(from))) return;
    left.shift();
    from = output.length;
    child.stdin.write(next.type);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 30_000);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, signal, stdout: output, stderr: "", json: <T>() => JSON.parse(output) as T });
    });
  });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
