import type { Wish } from "../app/daemon.ts";
import type { Operations } from "../app/operations.ts";
import type { Services } from "../app/services.ts";
import type { RunningAgent } from "../domain/ports/agent.ts";
import type { ReadPlatformFile } from "../domain/ports/declared-platforms.ts";
import type { ReadImportFile } from "../domain/ports/import-files.ts";
import type { KeySource, SlotKind } from "../domain/ports/keys.ts";
import type { Log, LogLevel, ServiceManager, StartMetrics } from "../domain/ports/monitoring.ts";
import type { PostFiles } from "../domain/ports/post-files.ts";
import type { Scheduling } from "../domain/ports/scheduler.ts";
import type { UnlockPlan, VaultCustody } from "../domain/ports/vault-custody.ts";
import type { NamedKey } from "../domain/unattended-key.ts";
import type { Output } from "./output.ts";
import type { Prompts } from "./prompts.ts";

/** Key sources as flags name them. */
export interface KeySourceOptions {
  readonly keySource?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyCommand?: string | undefined;
  /** Do not run a key command that only the file itself names. */
  readonly ignoreRecordedCommand?: boolean;
}

/** The vault as a thing on disk, for the commands that make, copy and re-key it. */
export interface VaultAdministration {
  readonly custody: () => Promise<VaultCustody>;
  /** Which sources may open the vault, by flags and environment. @throws Failure `key_sources_conflict` */
  readonly unlockPlan: (options?: KeySourceOptions) => UnlockPlan;
  /** The source that a new slot is made with. */
  readonly newSource: (kind: SlotKind, options?: KeySourceOptions) => KeySource;
  /** The source named by flags or environment, if any. */
  readonly chosenKind: (options?: KeySourceOptions) => SlotKind | null;
  /** The same for a job that runs when nobody is there: a passphrase in the environment does not count. */
  readonly namedKey: (options?: KeySourceOptions) => Omit<NamedKey, "credential">;
}

/** Facts about the machine that `doctor` tells, each from its real edge. */
export interface MachineFacts {
  readonly home: string;
  readonly nodeVersion: string;
  /** A path as the user gave it, from the root. */
  readonly absolute: (path: string) => string;
  /** Writes a file that is no secret, over one there is; its path from the root. @throws Failure `file_unreadable` */
  readonly writePublic: (path: string, text: string) => Promise<string>;
  /** IANA name. */
  readonly timeZone: () => string;
  readonly filesystem: () => Promise<{ type: string; network: boolean; freeBytes: number } | null>;
  readonly folderMode: () => Promise<{ exists: boolean; mode: number | null; writable: boolean }>;
  readonly portIsFree: (port: number) => Promise<boolean>;
  /** Whether a daemon answers for this vault, and why one that is there is not used. */
  readonly agent: () => Promise<AgentFacts>;
}

export interface AgentFacts {
  /** False with `AGENCYIQ_AGENT=off`. */
  readonly wanted: boolean;
  readonly answers: boolean;
  readonly flaws: readonly { readonly why: string; readonly fix: string }[];
}

export interface RunningSandbox {
  readonly url: string;
  readonly clients: readonly {
    readonly platform: string;
    readonly clientId: string;
    readonly clientSecret: string | null;
    readonly redirectUris: readonly string[];
    readonly consumer?: { readonly key: string; readonly secret: string };
  }[];
  close(): Promise<void>;
}

export interface SandboxWish {
  readonly port: number;
  readonly accessTokenLifetime?: number;
  readonly refreshGrace?: number;
  readonly registerRedirectUris?: readonly string[];
}

/** For what runs on: who watches it, and what may be wished of it meanwhile. */
export interface Monitoring {
  /** Lines on stdout with --json, else on stderr. */
  readonly openLog: (level: LogLevel) => Promise<Log>;
  readonly startMetrics: StartMetrics;
  readonly manager: ServiceManager;
  readonly onWish: (listener: (wish: Wish) => void) => void;
}

/** What every command is given. */
export interface Context {
  readonly output: Output;
  readonly services: Services;
  /** Done by the daemon where one answers, else here. Loaded and looked for when first asked for. */
  readonly operations: () => Promise<Operations>;
  /**
   * Opens the socket by which other commands reach this process. To be called by the one daemon of the vault, under its
   * lock. null: there is none on this system. @throws Failure `agent_unavailable`
   */
  readonly startAgent: (services: Services) => Promise<RunningAgent | null>;
  readonly prompts: Prompts;
  readonly administration: VaultAdministration;
  readonly machine: MachineFacts;
  readonly monitoring: Monitoring;
  readonly scheduling: () => Promise<Scheduling>;
  readonly startSandbox: (wish: SandboxWish) => Promise<RunningSandbox>;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly readStdin: () => Promise<string>;
  readonly postFiles: PostFiles;
  readonly readPlatformFile: ReadPlatformFile;
  readonly readImportFile: ReadImportFile;
  /** `AGENCYIQ_MEDIA_BASE_URL`: the folder on the web that the files of posts are in. */
  readonly mediaBaseUrl: string | null;
  readonly version: string;
}
