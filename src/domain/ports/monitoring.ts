/** What a long-running process tells those who watch it. */
import type { RefreshVerdict } from "../refresh-outcome.ts";
import type { Census } from "./vault.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Lines for a log collector. `fields` name accounts by their random id, never by a handle. */
export interface Log {
  write(level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Metrics {
  /** Where they can be read. */
  readonly url: string;
  refreshed(platform: string, outcome: RefreshVerdict["kind"]): void;
  /** How long a lock was waited for (milliseconds). */
  lockWaited(platform: string, milliseconds: number): void;
  close(): Promise<void>;
}

/** @throws Failure `port_taken`, `usage` for an address that is not this machine's own */
export type StartMetrics = (options: {
  readonly host: string;
  readonly port: number;
  /** Asked at every reading. */
  readonly census: () => Promise<readonly Census[]>;
}) => Promise<Metrics>;

/** Who started us and wants to know how we are: systemd, or nobody. */
export interface ServiceManager {
  ready(): void;
  alive(): void;
  /** `alive` must be told at least this often (milliseconds); null: nobody waits for it. */
  readonly watchdogInterval: number | null;
  stopping(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
}
