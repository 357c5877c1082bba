/** What the runner, the server's process and the workers say to each other. */
import type { Granted } from "../real/oidc-server.ts";
import type { FamilyCounts, Grace, RefreshTokenState } from "../real/refresh-families.ts";

/** What the runner may ask the server's process. */
export interface ServerCalls {
  grant(login: string, family: { label: string; grace: Grace | null }): Promise<Granted>;
  counts(label: string): Promise<FamilyCounts>;
  /** How many refresh requests came for this person. */
  presented(login: string): Promise<number>;
  states(tokens: readonly string[]): Promise<TokenReport[]>;
  /** The access token works. */
  honours(accessToken: string): Promise<boolean>;
  /** The next refresh of this person's token meets it. */
  order(login: string, trouble: Trouble): Promise<void>;
  /** Lets a held request go on. */
  release(hold: number): Promise<void>;
  /** Takes back every token of this person's. */
  revokeOf(login: string): Promise<void>;
  /** Every access and refresh token that was ever given. */
  issued(label: string): Promise<string[]>;
}

export interface TokenReport {
  readonly state: RefreshTokenState;
  /** How often it was answered with `invalid_grant`. */
  readonly refusals: number;
}

/** What goes wrong at the server or on the way to it, once. */
export type Trouble =
  | "drop-before"
  | "drop-after"
  | "fault-before"
  | "firewall-before"
  | "fault-after"
  | "unreadable-after"
  | "empty-after"
  | "cut-short-after"
  | "hold-before"
  | "hold-after";

/** The server's process, unasked: a request is held, at the point its order named. */
export interface Held {
  readonly held: number;
  readonly login: string;
  /** The worker's name, from the header. */
  readonly agent: string;
}

/** Tells the server which worker asks. */
export const workerHeader = "x-chaos-worker";

/** A worker's name ends in this where it wants to be killed between the server's work and the answer. */
export const doomed = "-doomed";

export interface WorkerSettings {
  readonly name: string;
  readonly home: string;
  readonly keyFile: string;
  readonly seed: number;
  /** Kills itself at one of the named points in this share of its refreshes. */
  readonly deaths: number;
  /** Its clock steps by an hour in this share of the moments it could. */
  readonly clockSteps: number;
  /** libfaketime's file: the whole process is deceived. Without it only our Clock is. */
  readonly falseTime: string | null;
}

/** The points of REFRESH 1.8. `during_S7`: at a moment that the clock chooses. */
export const killPoints = ["before_S4", "after_S4", "after_rotation", "during_S7", "after_S7"] as const;
export type KillPoint = (typeof killPoints)[number];

export type WorkerOrder =
  /** Once, and dying at `point`. */
  | { readonly do: "refresh"; readonly address: string; readonly point: KillPoint | null }
  | { readonly do: "loop"; readonly calls: number }
  | { readonly do: "stop" };

export type WorkerNews =
  | { readonly news: "ready" }
  /** One call of ensureFreshToken has ended; `code` is the Failure's, null for success. */
  | { readonly news: "call"; readonly address: string; readonly code: string | null; readonly message: string }
  | { readonly news: "dying"; readonly point: KillPoint }
  | { readonly news: "stopped" };
