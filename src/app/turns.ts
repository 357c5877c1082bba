/** At most so many at once of each name; whoever came first is let in first. */
export class Turns {
  readonly #limit: number;
  readonly #busy = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.#enter(name);
    try {
      return await work();
    } finally {
      this.#leave(name);
    }
  }

  #enter(name: string): Promise<void> | undefined {
    const busy = this.#busy.get(name) ?? 0;
    if (busy < this.#limit) {
      this.#busy.set(name, busy + 1);
      return undefined;
    }
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? [];
      this.#waiting.set(name, [...waiting, resolve]);
    });
  }

  /** A turn is handed on, so that nobody comes in between. */
  #leave(name: string): void {
    const [next, ...rest] = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, rest);
    if (next) next();
    else this.#busy.set(name, (this.#busy.get(name) ?? 1) - 1);
  }
}
