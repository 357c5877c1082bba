/** The job that keeps tokens alive while nobody is there: composed, put into a scheduler, found, taken out. */
import { Failure } from "../domain/failure.ts";
import type { KeySlot } from "../domain/ports/keys.ts";
import type { InstalledJob, ScheduledJob, Scheduler, SchedulerKind } from "../domain/ports/scheduler.ts";
import { type NamedKey, type UnattendedKey, unattendedKey } from "../domain/unattended-key.ts";

/** What the job runs; the daemon runs on by itself. */
const onceWords = ["daemon", "--once", "--quiet"] as const;
const daemonWords = ["daemon"] as const;

export interface JobWish {
  readonly home: string;
  readonly vaultId: string;
  readonly slots: readonly KeySlot[];
  readonly named: NamedKey;
  /** Minutes; null: the daemon. */
  readonly every: number | null;
  /** The words that start agencyiq. */
  readonly program: readonly string[];
  readonly surroundings: Readonly<Record<string, string>>;
  readonly pathForCommand: (line: string) => string | null;
}

export interface PlannedJob {
  readonly job: ScheduledJob;
  readonly key: UnattendedKey;
}

/** @throws Failure `key_missing`, `usage`: see `unattendedKey` */
export function planJob(wish: JobWish): PlannedJob {
  const key = unattendedKey(wish.slots, wish.named);
  const line = wish.named.command ?? wish.slots.find(({ kind }) => kind === "command")?.parameters["command"];
  const path = key.kind === "command" && typeof line === "string" ? wish.pathForCommand(line) : null;
  const { home, vaultId, every, named, program } = wish;
  const job = {
    home,
    vaultId,
    every,
    words: [...program, ...(every === null ? daemonWords : onceWords)],
    environment: { ...(path ? { PATH: path } : {}), AGENCYIQ_HOME: home, ...key.environment, ...wish.surroundings },
    credential: named.credential,
  };
  return { job, key };
}

/**
 * The scheduler that was named, else the first that can be used here. `onlyToShow`: it need not be usable.
 * @throws Failure `usage` with why not, and what would do
 */
export async function chooseScheduler(
  schedulers: readonly Scheduler[],
  wanted: string | undefined,
  { onlyToShow }: { readonly onlyToShow: boolean },
): Promise<Scheduler> {
  if (wanted !== undefined) {
    const named = schedulers.find(({ kind }) => kind === wanted);
    const names = schedulers.map(({ kind }) => kind).join(", ");
    if (!named) throw new Failure("usage", `there is no scheduler "${wanted}"`, { hint: `--with ${names}` });
    const obstacle = onlyToShow ? null : await named.obstacle();
    if (obstacle === null) return named;
    throw new Failure("usage", `${wanted} cannot be used: ${obstacle}`, {
      hint: "leave --with out to take what is there",
    });
  }
  const obstacles: string[] = [];
  for (const scheduler of schedulers) {
    const obstacle = await scheduler.obstacle();
    if (obstacle === null) return scheduler;
    obstacles.push(obstacle);
  }
  const [first] = schedulers.filter(({ kind }) => kind === "crontab");
  if (onlyToShow && first) return first;
  throw new Failure("usage", `there is no scheduler here: ${obstacles.join("; ")}`, {
    hint: `let the one you have run: agencyiq ${onceWords.join(" ")} (docs/cron.md)`,
  });
}

/** Puts the job into one scheduler and takes it out of the others: one vault, one job. */
export async function installJob(
  schedulers: readonly Scheduler[],
  chosen: Scheduler,
  job: ScheduledJob,
): Promise<{ readonly hints: readonly string[]; readonly removedFrom: readonly SchedulerKind[] }> {
  const hints = await chosen.install(job);
  const others = schedulers.filter((each) => each !== chosen);
  return { hints, removedFrom: await removeJob(others, job.home) };
}

export interface FoundJob extends InstalledJob {
  readonly scheduler: SchedulerKind;
}

export async function findJobs(schedulers: readonly Scheduler[], home: string): Promise<FoundJob[]> {
  const found: FoundJob[] = [];
  for (const scheduler of schedulers) {
    const job = await scheduler.installed(home);
    if (job) found.push({ scheduler: scheduler.kind, ...job });
  }
  return found;
}

/** From wherever it is; those it was taken out of. */
export async function removeJob(schedulers: readonly Scheduler[], home: string): Promise<SchedulerKind[]> {
  const removed: SchedulerKind[] = [];
  for (const scheduler of schedulers) {
    if (await scheduler.remove(home)) removed.push(scheduler.kind);
  }
  return removed;
}
