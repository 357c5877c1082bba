import type { Clock } from "../domain/ports/machine.ts";
import type { Instant } from "../domain/time.ts";

/** The sandbox's own time: the machine's, shifted, so that a token of two hours can be made to expire now. */
export class SandboxClock implements Clock {
  readonly #machine: Clock;
  #shift = 0;

  constructor(machine: Clock) {
    this.#machine = machine;
  }

  now(): Instant {
    return this.#machine.now() + this.#shift;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(milliseconds, signal);
  }

  advance(milliseconds: number): void {
    this.#shift += milliseconds;
  }

  reset(): void {
    this.#shift = 0;
  }
}
