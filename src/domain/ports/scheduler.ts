/** Whoever starts a program for the user again and again: cron, systemd, launchd. */

export const schedulerKinds = ["crontab", "systemd", "launchd"] as const;
export type SchedulerKind = (typeof schedulerKinds)[number];

/** A file that systemd hands to the service as `agencyiq-key` (systemd.exec(5), Credentials). */
export interface KeyCredential {
  readonly path: string;
  /** Made by `systemd-creds encrypt`. */
  readonly encrypted: boolean;
}

/** What is to be run. Nothing in it is a secret: schedulers show it to everybody. */
export interface ScheduledJob {
  /** The vault's folder: one job a folder. */
  readonly home: string;
  readonly vaultId: string;
  /** Program and arguments; paths are absolute. */
  readonly words: readonly string[];
  /** What the job has beyond the scheduler's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Minutes between two runs (`jobInterval`); null: it runs on, as a daemon. */
  readonly every: number | null;
  readonly credential: KeyCredential | null;
}

/** A text that a scheduler keeps. */
export interface JobFile {
  /** A path, or the name of what is no file of ours (`crontab`). */
  readonly name: string;
  readonly text: string;
}

/** A job as it was found: made by us, but whoever owns the machine may have changed it. */
export interface InstalledJob {
  readonly files: readonly JobFile[];
  /** None: it was changed and cannot be read any more. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly credential: KeyCredential | null;
  /** Whether the scheduler would start it; null where that cannot be asked. */
  readonly active: boolean | null;
}

export interface Scheduler {
  readonly kind: SchedulerKind;
  /** Why it cannot be used here; null: it can. */
  obstacle(): Promise<string | null>;
  /**
   * What `install` writes, without writing it.
   * @throws Failure `usage` for a job that this scheduler cannot run
   */
  render(job: ScheduledJob): readonly JobFile[];
  /**
   * Puts the job in place of the one that is there. What comes back is worth telling the owner.
   * @throws Failure `scheduler_refused`, and what `render` throws
   */
  install(job: ScheduledJob): Promise<readonly string[]>;
  installed(home: string): Promise<InstalledJob | null>;
  /** False: there was none. @throws Failure `scheduler_refused` */
  remove(home: string): Promise<boolean>;
}

/** What a job has of the surroundings it is installed from, apart from the key. */
export interface Surroundings {
  readonly kept: Readonly<Record<string, string>>;
  /** Names of what the job will not have, since it holds a secret. */
  readonly left: readonly string[];
}

export interface Rehearsal {
  readonly words: readonly string[];
  /** What the job sets beyond cron's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly credential: KeyCredential | null;
}

export interface RehearsalEnd {
  /** null: ended by a signal, the time limit's included. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The schedulers of this machine, and what their jobs are made of. */
export interface Scheduling {
  /** In the order in which they are preferred here. */
  readonly schedulers: readonly Scheduler[];
  /** The words that start agencyiq, by paths that last. */
  readonly program: readonly string[];
  readonly surroundings: Surroundings;
  /** The PATH that a key command needs beyond cron's own; null: none. */
  pathForCommand(line: string): string | null;
  /**
   * Runs words as the job's scheduler would: with next to nothing in the environment.
   * @throws Failure `scheduler_refused`
   */
  rehearse(rehearsal: Rehearsal): Promise<RehearsalEnd>;
}
