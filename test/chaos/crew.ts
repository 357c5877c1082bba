/** Worker processes that refresh at random, are killed, and are replaced when they die. */
import type { Dice } from "./dice.ts";
import type { Field } from "./field.ts";
import type { Stage } from "./stage.ts";
import { countCall, countKill, type Tally } from "./tally.ts";
import type { Call, WorkerProcess } from "./worker-process.ts";

export interface Work {
  readonly processes: number;
  /** For each of the processes. */
  readonly calls?: number;
  readonly milliseconds?: number;
  /** Share of refreshes that end in a death at a named point. */
  readonly deaths?: number;
  readonly clockSteps?: number;
  /** Mean milliseconds between two kills at random moments. */
  readonly killEvery?: number;
  readonly onCall?: (call: Call) => void;
}

/** Keeps so many processes refreshing until each has made its calls, or the time is over. */
export class Crew {
  readonly #stage: Stage;
  readonly #field: Field;
  readonly #tally: Tally;
  readonly #work: Work;
  readonly #alive = new Set<WorkerProcess>();
  #over = false;

  constructor(stage: Stage, field: Field, tally: Tally, work: Work) {
    this.#stage = stage;
    this.#field = field;
    this.#tally = tally;
    this.#work = work;
  }

  async run(): Promise<void> {
    const { processes, calls = Number.MAX_SAFE_INTEGER, milliseconds, killEvery } = this.#work;
    const timer = milliseconds === undefined ? null : setTimeout(() => this.#stop(), milliseconds);
    const killer = killEvery === undefined ? null : this.#killNowAndThen(killEvery);
    try {
      const places = Array.from({ length: processes }, (_none, place) => this.#field.dice(`place ${place}`));
      await Promise.all(places.map((dice) => this.#keepOne(calls, dice)));
    } finally {
      this.#over = true;
      if (timer) clearTimeout(timer);
      await killer;
    }
  }

  #stop(): void {
    this.#over = true;
    for (const worker of this.#alive) worker.order({ do: "stop" });
  }

  /** One place in the crew: whoever dies in it is replaced. */
  async #keepOne(calls: number, dice: Dice): Promise<void> {
    let left = calls;
    while (left > 0 && !this.#over) {
      const { deaths = 0, clockSteps = 0 } = this.#work;
      const worker = this.#stage.startWorker(this.#field, { seed: dice.seed(), deaths, clockSteps });
      worker.onCall((call) => {
        left -= 1;
        countCall(this.#tally, call.code);
        this.#work.onCall?.(call);
      });
      await worker.ready;
      this.#alive.add(worker);
      if (this.#over) worker.signal("SIGKILL");
      else worker.order({ do: "loop", calls: left });
      const code = await worker.ended;
      this.#alive.delete(worker);
      if (code === 0) return;
      if (code !== null) throw new Error(`worker ${worker.name} ended with ${code}: ${worker.complaints}`);
      if (worker.dying) countKill(this.#tally, worker.dying);
      // The call it died over.
      left -= 1;
    }
  }

  async #killNowAndThen(mean: number): Promise<void> {
    const dice = this.#field.dice("killer");
    while (!this.#over) {
      await new Promise((resolve) => setTimeout(resolve, dice.between(0, 2 * mean)));
      const killable = [...this.#alive].filter(({ dying }) => dying === null);
      if (this.#over || killable.length === 0) continue;
      const worker = dice.pick(killable);
      this.#alive.delete(worker);
      worker.signal("SIGKILL");
      countKill(this.#tally, "random");
    }
  }
}
