/** The runner's side of the server's process. */
import { type ChildProcess, fork } from "node:child_process";
import type { Held, ServerCalls } from "./messages.ts";

export interface Authority extends ServerCalls {
  readonly issuer: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Resolves when the next request of this person's (or of this worker's) is held. */
  held(which: (held: Held) => boolean): Promise<Held>;
  /** Called for every held request that nobody waits for, until what it returns is called. */
  onHeld(listener: (held: Held) => void): () => void;
  close(): void;
}

interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

export async function startAuthority(program: string): Promise<Authority> {
  const child = fork(program, [], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const { issuer } = await firstWord(child);
  const asking = new Map<number, (answer: Answer) => void>();
  const waiting = new Set<{ which: (held: Held) => boolean; resolve: (held: Held) => void }>();
  const listeners = new Set<(held: Held) => void>();
  let count = 0;
  child.on("message", (message: Answer | Held) => {
    if ("id" in message) {
      asking.get(message.id)?.(message);
      asking.delete(message.id);
      return;
    }
    const waiter = [...waiting].find(({ which }) => which(message));
    if (!waiter) for (const listener of listeners) listener(message);
    else if (waiting.delete(waiter)) waiter.resolve(message);
  });
  const ask =
    <Answer>(call: keyof ServerCalls) =>
    (...words: unknown[]) =>
      new Promise<Answer>((resolve, reject) => {
        count += 1;
        asking.set(count, ({ answer, error }) =>
          error === undefined ? resolve(answer as Answer) : reject(new Error(error)),
        );
        child.send({ id: count, call, words });
      });
  const calls: ServerCalls = {
    grant: ask("grant"),
    counts: ask("counts"),
    presented: ask("presented"),
    states: ask("states"),
    honours: ask("honours"),
    order: ask("order"),
    release: ask("release"),
    revokeOf: ask("revokeOf"),
    issued: ask("issued"),
  };
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  return {
    ...calls,
    issuer,
    metadata: metadata as Record<string, unknown>,
    held: (which) => new Promise((resolve) => waiting.add({ which, resolve })),
    onHeld: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => void child.kill("SIGKILL"),
  };
}

function firstWord(child: ChildProcess): Promise<{ issuer: string }> {
  let complaints = "";
  child.stderr?.on("data", (chunk) => {
    complaints += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as { issuer: string }));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${complaints}`)));
  });
}
