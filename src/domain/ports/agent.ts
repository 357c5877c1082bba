/**
 * The running daemon as other commands reach it: an operation's name and its input go there as JSON, its answer comes
 * back. Keys never do.
 */

/** What both sides must agree on before anything is asked. Holds no secret. */
export interface AgentIdentity {
  /** agencyiq's own version. */
  readonly version: string;
  readonly vaultId: string;
  /** Where its platform requests go (`AGENCYIQ_ENDPOINT_URL`); null: to the platforms. */
  readonly endpoint: string | null;
  /** Client ids by the names of the variables that give them. */
  readonly apps: Readonly<Record<string, string>>;
}

export interface AgentRequest {
  readonly operation: string;
  readonly input: unknown;
  /** Aborted when whoever asked is gone: what was not begun is not begun any more. */
  readonly gone: AbortSignal;
  /** Aborted when the daemon is to end. */
  readonly ending: AbortSignal;
  /** Something to know before the answer; lost where the asker is gone. */
  readonly tell: (news: unknown) => void;
}

/** `stopped`: not all of it was done, since the daemon ends; safe to repeat elsewhere. */
export type AgentAnswer = { readonly value: unknown } | { readonly stopped: true };

/** Never rejects: failures are part of the value. */
export type AnswerAgentRequest = (request: AgentRequest) => Promise<AgentAnswer>;

export interface AgentLink {
  /** `hear`: told what there is to know before the answer. @throws AgentSilence where no answer came */
  ask(operation: string, input: unknown, hear?: (news: unknown) => void): Promise<unknown>;
  close(): void;
}

/** A request without an answer. */
export class AgentSilence extends Error {
  override readonly name = "AgentSilence";
  /** False only where the daemon certainly did nothing of it. */
  readonly begun: boolean;

  constructor(message: string, begun: boolean) {
    super(message);
    this.begun = begun;
  }
}

export interface RunningAgent {
  /** Where it listens. */
  readonly path: string;
  /** Takes nothing new, lets what was begun end, and resolves when every answer is on its way. */
  close(): Promise<void>;
}
