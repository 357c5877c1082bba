/** `doctor --as-cron`: agencyiq runs itself as its scheduler would, opens the key, and tells which one it was. */
import { findJobs } from "../app/keep-alive-job.ts";
import { Failure, type FailureCode, failureCategories, toFailure } from "../domain/failure.ts";
import type { RehearsalEnd, ScheduledJob } from "../domain/ports/scheduler.ts";
import type { KeyProof } from "../domain/ports/vault-custody.ts";
import { spanOfTime } from "../domain/time.ts";
import type { CommandInput } from "./command.ts";
import type { Context } from "./context.ts";
import { planFor } from "./cron/plan.ts";
import { type Check, failed, fine, wrong } from "./doctor-checks.ts";
import { failureDocumentOf } from "./failure-document.ts";

/** The flag of the inner run. */
const withinFlag = "--within-cron";

type Job = Pick<ScheduledJob, "words" | "environment" | "credential">;

/** What the job that is installed would find; without one, what the one that `cron install` makes would. */
export async function examineAsCron(context: Context, input: CommandInput): Promise<readonly Check[]> {
  const { schedulers } = await context.scheduling();
  const [found] = await findJobs(schedulers, context.machine.home);
  if (found?.words.length === 0) {
    return [wrong("cron.job", `the job in ${found.scheduler} was changed: it cannot be read`, "agencyiq cron install")];
  }
  if (found) {
    const entry = fine("cron.job", `the job is installed with ${found.scheduler}`);
    return [entry, ...(await rehearseJob(context, found))];
  }
  const none = fine("cron.job", "no job is installed; this is what one would find: agencyiq cron install");
  try {
    const { job } = await planFor(context, input, { every: null, credential: null });
    return [none, ...(await rehearseJob(context, job))];
  } catch (error) {
    return [none, failed("cron.key", toFailure(error))];
  }
}

/** Runs the job's own agencyiq in the job's environment and tells what its key did there. */
export async function rehearseJob(context: Context, job: Job): Promise<readonly Check[]> {
  const { program, rehearse } = await context.scheduling();
  const words = [...job.words.slice(0, program.length), "doctor", "--as-cron", withinFlag, "--json"];
  const { environment, credential } = job;
  try {
    const work = rehearse({ words, environment, credential });
    return checksOfRun(context, await context.output.progress("running as cron would", work));
  } catch (error) {
    return [failed("cron.key", toFailure(error))];
  }
}

function checksOfRun(context: Context, { code, stdout, stderr }: RehearsalEnd): Check[] {
  const told = answerIn(stdout);
  if (told && !("error" in told)) return checksOf(told);
  // A key command tells its own troubles there.
  if (stderr.trim() !== "") context.output.note(stderr.trim());
  if (told) return [failed("cron.key", failureOf(told.error))];
  const why = /^.*\bError\b.*$/m.exec(stderr)?.[0].slice(0, 200) ?? `it ended with ${code ?? "a signal"}`;
  const hint = "agencyiq cron install, to write it anew";
  return [failed("cron.key", new Failure("unexpected", `agencyiq does not run as the job runs it: ${why}`, { hint }))];
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
