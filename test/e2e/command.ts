/** Runs the built binary as a user would: a child process in a clean environment, with or without a terminal. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

const binary = fileURLToPath(new URL("../../bin/agencyiq.js", import.meta.url));

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
  /** null: left open, for the test to write to (`child.stdin`) while the command runs. */
  readonly stdin?: string | null;
  readonly cwd?: string;
  /** Milliseconds (default 30,000); what runs longer is killed, and the test fails with what it had printed. */
  readonly timeout?: number;
  /** Another script in place of the built binary. */
  readonly program?: string;
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
  const env = { ...(options.env ?? workspace().env) };
  const child = spawn(process.execPath, [options.program ?? binary, ...args], { env, cwd: options.cwd ?? env["HOME"] });
  running.add(child);
  if (options.stdin !== null) child.stdin.end(options.stdin ?? "");
  const seen = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      seen[name] += text;
      for (const look of waiting) look();
    });
  }
  const ended = endOf(child, seen, options);
  // Whoever waits for the end is told; a test that does not, need not be.
  ended.catch(() => null);
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
    ended.then(({ code, stdout, stderr }) => {
      look();
      reject(new Error(`ended with ${code} before ${pattern}:\n${stdout}${stderr}`));
    }, reject);
  });
}

export interface Answer {
  /** Waits until this was printed, after what the answer before it had waited for. */
  readonly after: RegExp;
  /** Keys as a terminal sends them: `\r` is Enter, `\u0003` is Ctrl-C. */
  readonly type: string;
}

/**
 * Runs a command on a real terminal of 80 columns (util-linux's `script`), typing each answer once its text has appeared.
 * The output holds both streams, as a person sees them.
 */
export async function runOnTerminal(
  args: readonly string[],
  answers: readonly Answer[],
  options: RunOptions = {},
): Promise<Ended> {
  const words = [process.execPath, options.program ?? binary, ...args];
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const env: Record<string, string> = { ...(options.env ?? workspace().env), TERM: "xterm", SHELL: "/bin/sh" };
  const cwd = options.cwd ?? env["HOME"];
  const child = spawn("script", ["-qefc", `stty cols 80 rows 24; ${quoted}`, "/dev/null"], { env, cwd });
  running.add(child);
  const seen = { stdout: "", stderr: "" };
  const left = [...answers];
  let from = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen.stdout += text;
    for (let [next] = left; next; [next] = left) {
      const match = next.after.exec(seen.stdout.slice(from));
      if (!match) break;
      from += match.index + match[0].length;
      left.shift();
      child.stdin.write(next.type);
    }
  });
  const ended = await endOf(child, seen, options);
  const [unasked] = left;
  if (unasked) throw new Error(`nothing like ${unasked.after} was printed:\n${seen.stdout}`);
  return ended;
}

function endOf(child: ChildProcess, seen: { stdout: string; stderr: string }, options: RunOptions): Promise<Ended> {
  const { timeout = 30_000 } = options;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeout);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      if (late) reject(new Error(`still running after ${timeout} ms:\n${seen.stdout}${seen.stderr}`));
      else resolve({ code, signal, ...seen, json: <T>() => JSON.parse(seen.stdout) as T });
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
