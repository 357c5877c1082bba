import { Failure } from "../domain/failure.ts";

/** What must not be cut short: a refresh that was sent, until its answer is stored. */
export class CriticalWork {
  readonly #under = new Set<Promise<unknown>>();

  run = <T>(work: () => Promise<T>): Promise<T> => {
    const promise = work();
    const settled = promise.catch(() => null);
    this.#under.add(settled);
    void settled.then(() => this.#under.delete(settled));
    return promise;
  };

  async ended(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
  }
}

export interface Ending {
  /** Signal → exit code. */
  readonly exitCodes: Readonly<Record<string, number>>;
  readonly interrupted: AbortController;
  readonly critical: CriticalWork;
  readonly exit: (code: number) => void;
}

/** The first signal ends the command cleanly; a second one ends it at once. */
export function endOnSignals({ exitCodes, interrupted, critical, exit }: Ending): void {
  for (const [signal, code] of Object.entries(exitCodes)) {
    process.once(signal, async () => {
      process.once(signal, () => exit(code));
      interrupted.abort(new Failure("unexpected", "stopped"));
      await critical.ended();
      exit(code);
    });
  }
}
