import { type ChildProcess, spawn } from "node:child_process";
import type { SendOutcome } from "../../domain/dispatch.ts";
import { seconds } from "../../domain/time.ts";

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  readonly signal: AbortSignal;
  /** Milliseconds (default 10 s). */
  readonly limit?: number;
}

const defaultLimit = seconds(10);

/** Runs a program to its end, without a shell; what it complains of goes to our stderr. Its end tells the outcome. */
export function runProgram({ program, args, environment, input, signal, limit = defaultLimit }: ProgramRun) {
  return new Promise<SendOutcome>((resolve) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "ignore", "inherit"],
      env: environment,
      // A group of its own, so that what it has started ends with it.
      detached: true,
    });
    const end = (outcome: SendOutcome) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve(outcome);
    };
    const stopBecause = (message: string) => {
      killGroup(child);
      end({ kind: "unreachable", message });
    };
    const stop = () => stopBecause(`${program} was stopped`);
    const timer = setTimeout(() => stopBecause(`${program} did not end within ${limit / 1000} s`), limit);
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", ({ code }: NodeJS.ErrnoException) => {
      const why = code === "ENOENT" ? "is not there" : `cannot be started (${code})`;
      end({ kind: "unreachable", message: `${program} ${why}` });
    });
    child.once("exit", (code, endedBy) =>
      end(code === 0 ? { kind: "sent" } : { kind: "refused", message: `${program} ended with ${code ?? endedBy}` }),
    );
    // Whoever does not read it is not worse for it.
    child.stdin.on("error", () => null);
    child.stdin.end(input);
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
