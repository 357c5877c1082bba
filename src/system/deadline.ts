/** A limit that can be put off: how long a request may take, or an upload may stand still. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #limit: number;
  #timer: NodeJS.Timeout;

  /** `limit` in milliseconds, from now. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get passed(): boolean {
    return this.#controller.signal.aborted;
  }

  /** The whole limit again, from now. */
  postpone(): void {
    clearTimeout(this.#timer);
    if (!this.passed) this.#timer = this.#start();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    // Waiting for it keeps no process alive.
    return setTimeout(() => this.#controller.abort(new DOMException("too late", "TimeoutError")), this.#limit).unref();
  }
}
