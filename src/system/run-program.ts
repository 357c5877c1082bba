import { spawn } from "node:child_process";
import { seconds } from "../domain/time.ts";

export interface ProgramEnd {
  /** null: ended by a signal, our own at the limit included. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** The whole of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  readonly folder?: string;
  /** Milliseconds (default 30 s). */
  readonly limit?: number;
}

/** Runs a program of the system to its end; null where there is none of this name. No shell reads the words. */
export function runProgram(
  program: string,
  words: readonly string[],
  { environment, input, folder, limit = seconds(30) }: ProgramOptions,
): Promise<ProgramEnd | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env: environment, cwd: folder, stdio: "pipe", windowsHide: true });
    const timer = setTimeout(() => child.kill("SIGKILL"), limit);
    const out: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === "ENOENT") resolve(null);
      else reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(complaints).toString("utf8") });
    });
    // One that ends before it has read everything shows in its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
