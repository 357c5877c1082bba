/** The built binary takes part, as a person's shell and a cron job would. */
import { spawn } from "node:child_process";
import { setFalseTime } from "./false-time.ts";
import type { Field } from "./field.ts";
import type { Stage } from "./stage.ts";
import { countCall, countKill, expectThat, type Tally } from "./tally.ts";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end, or kills it after `killAfter` milliseconds. What it said (but for a printed token) is kept as a log. */
export function runBinary(
  stage: Stage,
  field: Field,
  args: readonly string[],
  options: { environment?: Readonly<Record<string, string>>; killAfter?: number } = {},
): Promise<Ran> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: field.folder,
    AGENCYIQ_HOME: field.home,
    AGENCYIQ_KEY_FILE: field.keyFile,
    ...options.environment,
  };
  const child = spawn(process.execPath, [stage.programs.binary, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  stage.keep(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    said.stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    said.stderr += String(chunk);
  });
  const { killAfter } = options;
  const timer = killAfter === undefined ? null : setTimeout(() => child.kill("SIGKILL"), killAfter);
  return new Promise((resolve) => {
    child.once("close", (code) => {
      if (timer) clearTimeout(timer);
      const printed = args[1] === "print" ? "" : said.stdout;
      stage.log(field.label, `$ agencyiq ${args.join(" ")}\n${printed}${said.stderr}`);
      resolve({ code, ...said });
    });
  });
}

export interface Use {
  readonly milliseconds: number;
  /** Each run has a system clock that may be an hour wrong (where there is libfaketime). */
  readonly clockSteps: boolean;
  /** The server must take every access token that is printed. */
  readonly honoured: boolean;
}

/** One run after the other, until the time is over. */
export async function useBinary(stage: Stage, field: Field, tally: Tally, use: Use): Promise<void> {
  const dice = field.dice("binary");
  const falseTime = use.clockSteps ? stage.falseTime(`${field.label}.binary`) : null;
  const end = Date.now() + use.milliseconds;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, dice.between(0, 1000)));
    const address = dice.pick(field.addresses);
    if (falseTime) setFalseTime(falseTime.file, dice.pick([-3600, 0, 3600]));
    const environment = falseTime?.environment ?? {};
    const options = { environment, ...(dice.chance(0.2) ? { killAfter: dice.between(50, 500) } : {}) };
    const task = { stage, field, tally, address, options };
    if (dice.chance(0.5)) await refreshOnce(task);
    else await printOnce(task, use.honoured);
  }
}

/** In peace: the present token of every account is printed, and honoured. */
export async function printEach(stage: Stage, field: Field, tally: Tally): Promise<void> {
  for (const address of field.addresses) {
    const before = stage.printed.size;
    await printOnce({ stage, field, tally, address, options: {} }, true);
    expectThat(tally, stage.printed.size > before, `${address}: its new token was not printed`);
  }
}

interface Task {
  readonly stage: Stage;
  readonly field: Field;
  readonly tally: Tally;
  readonly address: string;
  readonly options: NonNullable<Parameters<typeof runBinary>[3]>;
}

async function refreshOnce({ stage, field, tally, address, options }: Task): Promise<void> {
  const args = ["tokens", "refresh", "--force", address, "--json", "--debug"];
  const { code, stdout, stderr } = await runBinary(stage, field, args, options);
  if (code === null) return countKill(tally, "random");
  const failure = code === 0 ? null : codeOf(stdout);
  countCall(tally, failure);
  expectThat(tally, failure !== "unknown", `the binary ended with ${code}: ${stdout}${stderr}`);
}

function codeOf(stdout: string): string {
  try {
    const document = JSON.parse(stdout) as { results?: { error: { code: string } | null }[]; error?: { code: string } };
    return document.results?.[0]?.error?.code ?? document.error?.code ?? "unknown";
  } catch {
    return "unknown";
  }
}

async function printOnce({ stage, field, tally, address, options }: Task, honoured: boolean): Promise<void> {
  const { code, stdout } = await runBinary(stage, field, ["tokens", "print", address, "--debug"], options);
  if (code === null) return countKill(tally, "random");
  countCall(tally, code === 0 ? null : `print exit ${code}`);
  if (code !== 0) return;
  const token = stdout.trim();
  stage.printed.add(token);
  if (honoured)
    expectThat(tally, await stage.authority.honours(token), `${address}: printed a token that is not honoured`);
}
