/** `doctor --as-cron`: agencyiq runs itself as its scheduler would, opens the key, and tells which one it was. */
import { findJobs, planJob } from "../app/keep-alive-job.ts";
import { Failure, type FailureCode, failureCategories, toFailure } from "../domain/failure.ts";
import type { ScheduledJob } from "../domain/ports/scheduler.ts";
import type { KeyProof } from "../domain/ports/vault-custody.ts";
import { spanOfTime } from "../domain/time.ts";
import type { CommandInput } from "./command.ts";
import type { Context } from "./context.ts";
import { type Check, failed, fine } from "./doctor-checks.ts";
import { failureDocumentOf } from "./failure-document.ts";
import { keySourceOptions } from "./vault/key-source-flags.ts";

/** The flag of the inner run. */
export const withinFlag = "--within-cron";

type Job = Pick<ScheduledJob, "environment" | "credential">;

/** What the job that is installed would find; without one, what the one that `cron install` makes would. */
export async function examineAsCron(context: Context, input: CommandInput): Promise<readonly Check[]> {
  const { schedulers } = await context.scheduling();
  const [found] = await findJobs(schedulers, context.machine.home);
  if (found) {
    const entry = fine("cron.job", `the job is installed with ${found.scheduler}`);
    return [entry, ...(await rehearseJob(context, found))];
  }
  const none = fine("cron.job", "no job is installed; this is what one would find: agencyiq cron install");
  try {
    return [none, ...(await rehearseJob(context, await wouldBe(context, input)))];
  } catch (error) {
    return [none, failed("cron.key", toFailure(error))];
  }
}

async function wouldBe(context: Context, input: CommandInput): Promise<Job> {
  const { program, surroundings, pathForCommand } = await context.scheduling();
  const told = await (await context.administration.custody()).status();
  if (!told.exists)
    throw new Failure("vault_missing", `there is no vault at ${told.path}`, { hint: "agencyiq vault init" });
  const { job } = planJob({
    home: context.machine.home,
    slots: told.slots,
    named: { ...context.administration.namedKey(keySourceOptions(input)), credential: null },
    every: 15,
    program,
    surroundings: surroundings.kept,
    pathForCommand,
  });
  return job;
}

/** Runs agencyiq in the job's environment and tells what its key did there. */
export async function rehearseJob(context: Context, job: Job): Promise<readonly Check[]> {
  const { program, rehearse } = await context.scheduling();
  const words = [...program, "doctor", "--as-cron", withinFlag, "--json"];
  const { code, stdout, stderr } = await context.output.progress(
    "running as cron would",
    rehearse({ words, environment: job.environment, credential: job.credential }),
  );
  const told = answerIn(stdout);
  if (told && !("error" in told)) return checksOf(told);
  // A key command tells its own troubles there.
  if (stderr.trim() !== "") context.output.note(stderr.trim());
  if (told) return [failed("cron.key", failureOf(told.error))];
  const said = stderr.trim().split("\n").at(-1)?.slice(0, 200) || `ended with ${code ?? "a signal"}`;
  return [failed("cron.key", new Failure("unexpected", `agencyiq does not run as cron would run it (${said})`))];
}

/** The inner run: its answer is for the outer one. */
export async function proveWithinCron(context: Context): Promise<Failure | null> {
  const custody = await context.administration.custody();
  try {
    const proof = await custody.proveKey(context.administration.unlockPlan());
    context.output.result(
      () =>
        checksOf(proof)
          .map(({ message }) => message)
          .join("\n"),
      proof,
    );
    return null;
  } catch (error) {
    const failure = toFailure(error);
    context.output.result(failure.message, {
      error: { ...failureDocumentOf(failure), account: failure.account ?? null },
    });
    return failure;
  }
}

function checksOf({ slot, milliseconds, record }: KeyProof): Check[] {
  const time = milliseconds < 1000 ? `${milliseconds} ms` : spanOfTime(milliseconds);
  return [
    fine("cron.key", `opened by ${slot.kind} (${slot.id.slice(0, 8)}) in ${time}, with cron's environment`),
    record === null
      ? fine("cron.record", "there is no record to open yet: connect an account")
      : fine("cron.record", `the sealed record of ${record} opens`),
  ];
}

type Answer = KeyProof | { readonly error: Readonly<Record<string, unknown>> };

function answerIn(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return null;
  }
}

function failureOf({ code, message, hint, account }: Readonly<Record<string, unknown>>): Failure {
  const known = Object.hasOwn(failureCategories, String(code));
  return new Failure(known ? (code as FailureCode) : "unexpected", String(message), {
    ...(typeof hint === "string" ? { hint } : {}),
    ...(typeof account === "string" ? { account } : {}),
  });
}
