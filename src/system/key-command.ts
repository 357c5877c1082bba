/** The key from a program's output: `pass show agencyiq`, `op read …`, `aws kms decrypt …`. */
import { spawn } from "node:child_process";
import { Failure } from "../domain/failure.ts";
import type { KeySource } from "../domain/ports/keys.ts";
import { seconds } from "../domain/time.ts";
import { withoutSecrets } from "./child-environment.ts";
import { splitCommandLine } from "./command-line.ts";
import { keyFrom } from "./key-bytes.ts";

const defaultLimit = seconds(10);
const longestOutput = 4096;

export interface KeyCommandSettings {
  /** Do not run the line that the vault names: it may be somebody else's copy of a vault. */
  readonly ignoreRecorded?: boolean;
  /** `--key-command` or `AGENCYIQ_KEY_COMMAND`; wins over what the slot recorded. The line itself is no secret. */
  readonly command: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds (default 10 s). */
  readonly limit?: number;
}

export function keyCommandSource(settings: KeyCommandSettings): KeySource {
  return {
    kind: "command",
    read: async (slot) => run(lineOf(settings, slot.parameters["command"]), settings),
    create: async () => {
      const command = lineOf(settings, undefined);
      return { key: await run(command, settings), parameters: { command } };
    },
  };
}

function lineOf(settings: KeyCommandSettings, recorded: string | number | undefined): string {
  const line = settings.command ?? (settings.ignoreRecorded ? undefined : recorded);
  if (typeof line === "string") return line;
  throw new Failure("key_missing", "no key command is named", {
    hint: "give --key-command LINE or set AGENCYIQ_KEY_COMMAND",
  });
}

async function run(line: string, settings: KeyCommandSettings): Promise<Uint8Array> {
  const [program, ...args] = splitCommandLine(line) ?? [];
  if (!program) throw new Failure("usage", `the key command cannot be read: ${line}`, { hint: "check its quotes" });
  const output = await outputOf(program, args, settings);
  const key = keyFrom(output);
  output.fill(0);
  if (key) return key;
  throw new Failure("key_wrong", `the key command ${program} did not print a key`, {
    hint: "it must print 32 bytes, as they are, in base64 or in hexadecimal",
  });
}

/** No shell, a time limit, and a bound on what is read; its own complaints go to our stderr. */
function outputOf(program: string, args: readonly string[], settings: KeyCommandSettings): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: withoutSecrets(settings.environment),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (code: "key_unavailable" | "key_timeout", message: string, hint: string) => {
      child.kill("SIGKILL");
      // A grandchild may hold the other end open.
      child.stdout.destroy();
      reject(new Failure(code, `the key command ${program} ${message}`, { hint }));
    };
    const limit = settings.limit ?? defaultLimit;
    const timer = setTimeout(
      () => fail("key_timeout", `did not end within ${limit / 1000} s`, "does it wait for input?"),
      limit,
    );
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > longestOutput)
        fail("key_unavailable", "printed more than 4 KiB", "it must print the key and nothing else");
      else chunks.push(chunk);
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const why = error.code === "ENOENT" ? "is not there" : `cannot be started (${error.code})`;
      fail("key_unavailable", why, "give its full path: cron's PATH is short");
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0) return resolve(Buffer.concat(chunks));
      return fail("key_unavailable", `ended with ${code ?? "a signal"}`, "run it by hand to see why");
    });
  });
}
