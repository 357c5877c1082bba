/**
 * Work in lanes, one for each server: a server that hangs, breaks or asks to wait holds up its own lane and no other.
 * In a lane, so many at once, and no faster than its bucket fills.
 */

import type { Instant } from "../domain/time.ts";
import { TokenBucket } from "../domain/token-bucket.ts";
import type { RefreshRate } from "../platforms/platform.ts";
import type { Services } from "./services.ts";

interface Entry {
  readonly id: string;
  readonly at: Instant;
}

interface Lane {
  /** The one that is due first comes last, once `sorted`. */
  readonly waiting: Entry[];
  sorted: boolean;
  readonly bucket: TokenBucket | null;
  running: number;
}

export interface LaneOptions {
  /** How many of a lane are under way at once. */
  readonly concurrency: number;
  readonly work: (id: string) => Promise<void>;
  readonly signal: AbortSignal;
}

export class Lanes {
  readonly #services: Services;
  readonly #options: LaneOptions;
  readonly #lanes = new Map<string, Lane>();
  /** In a lane or under way. */
  readonly #known = new Set<string>();
  readonly #workers = new Set<Promise<void>>();

  constructor(services: Services, options: LaneOptions) {
    this.#services = services;
    this.#options = options;
  }

  get size(): number {
    return this.#known.size;
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  /** To be done once `at` has come; what is in a lane already stays where it is. `rate` is taken when the lane is made. */
  add(name: string, rate: RefreshRate | null, entry: Entry): void {
    if (this.#known.has(entry.id)) return;
    this.#known.add(entry.id);
    const lane = this.#laneOf(name, rate);
    lane.waiting.push(entry);
    lane.sorted = false;
    if (lane.running >= this.#options.concurrency) return;
    lane.running += 1;
    const worker = this.#run(lane).finally(() => this.#workers.delete(worker));
    this.#workers.add(worker);
  }

  /** Resolves once nothing is in any lane. */
  async drained(): Promise<void> {
    while (this.#workers.size > 0) await Promise.all(this.#workers);
  }

  #laneOf(name: string, rate: RefreshRate | null): Lane {
    const known = this.#lanes.get(name);
    if (known) return known;
    const bucket = rate && rate.perSecond > 0 ? new TokenBucket(rate, this.#services.clock.now()) : null;
    const lane: Lane = { waiting: [], sorted: true, bucket, running: 0 };
    this.#lanes.set(name, lane);
    return lane;
  }

  async #run(lane: Lane): Promise<void> {
    const { signal, work } = this.#options;
    // Whoever was added in the same moment is in the lane before the first is taken.
    await Promise.resolve();
    for (let entry = takeFirst(lane); entry; entry = takeFirst(lane)) {
      const wait = Math.max(entry.at - this.#services.clock.now(), lane.bucket?.take(this.#services.clock.now()) ?? 0);
      const goesOn = wait <= 0 || (await this.#slept(wait));
      try {
        if (goesOn && !signal.aborted) await work(entry.id);
      } finally {
        this.#known.delete(entry.id);
      }
    }
    lane.running -= 1;
  }

  async #slept(wait: number): Promise<boolean> {
    try {
      await this.#services.clock.sleep(wait, this.#options.signal);
      return true;
    } catch {
      return false;
    }
  }
}

function takeFirst(lane: Lane): Entry | undefined {
  if (!lane.sorted) lane.waiting.sort((a, b) => b.at - a.at);
  lane.sorted = true;
  return lane.waiting.pop();
}
