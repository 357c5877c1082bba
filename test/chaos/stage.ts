/** What every phase is given: the server, the programs, a folder, and the seed. */
import type { ChildProcess } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Authority } from "./authority.ts";
import { Dice } from "./dice.ts";
import { falseTimeEnvironment, falseTimeLibrary, setFalseTime } from "./false-time.ts";
import type { Field } from "./field.ts";
import { doomed, type Held, type WorkerSettings } from "./messages.ts";
import type { Programs } from "./programs.ts";
import { WorkerProcess } from "./worker-process.ts";

export class Stage {
  readonly authority: Authority;
  readonly programs: Programs;
  /** Homes, logs: everything that must not hold a token in clear. */
  readonly folder: string;
  readonly seed: number;
  /** What `tokens print` put out: tokens in clear, by design. */
  readonly printed = new Set<string>();
  readonly #running = new Set<WorkerProcess>();
  readonly #children = new Set<ChildProcess>();
  #count = 0;

  constructor(authority: Authority, programs: Programs, folder: string, seed: number) {
    this.authority = authority;
    this.programs = programs;
    this.folder = folder;
    this.seed = seed;
    mkdirSync(join(folder, "logs"), { recursive: true });
    authority.onHeld((held) => this.#killDoomed(held));
  }

  /** What somebody in a phase throws: the same in every run with the same seed, whatever others do. */
  dice(who: string): Dice {
    let seed = this.seed;
    for (const character of who) seed = (Math.imul(seed, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
    return new Dice(seed);
  }

  /** The server has rotated and its answer is not on its way yet: now. */
  async #killDoomed({ agent, held }: Held): Promise<void> {
    const worker = [...this.#running].find(({ name }) => agent === name + doomed);
    if (!worker) return;
    await worker.kill();
    await this.authority.release(held);
  }

  startWorker(field: Field, settings: Partial<WorkerSettings> = {}): WorkerProcess {
    const { home, keyFile, label } = field;
    this.#count += 1;
    const name = `${label}.${this.#count}`;
    const falseTime = settings.clockSteps ? this.falseTime(name) : null;
    const still = { seed: 0, deaths: 0, clockSteps: 0 };
    const worker = new WorkerProcess(
      this.programs.worker,
      { ...still, ...settings, name, home, keyFile, falseTime: falseTime?.file ?? null },
      falseTime?.environment ?? {},
    );
    worker.onCall(({ address, code, message }) => this.log(label, `${name} ${address} ${code ?? "ok"} ${message}\n`));
    this.keep(worker.child);
    this.#running.add(worker);
    void worker.ended.then(() => {
      this.#running.delete(worker);
      this.log(label, worker.complaints);
    });
    return worker;
  }

  /** A clock of its own for a process; null where there is no libfaketime. */
  falseTime(name: string): { file: string; environment: Readonly<Record<string, string>> } | null {
    const library = falseTimeLibrary();
    if (library === null) return null;
    const file = join(this.folder, `${name}.time`);
    setFalseTime(file, 0);
    return { file, environment: falseTimeEnvironment(library, file) };
  }

  log(label: string, text: string): void {
    appendFileSync(join(this.folder, "logs", `${label}.log`), text);
  }

  /** Whatever happens, it does not outlive the run. */
  keep(child: ChildProcess): void {
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
  }

  killAll(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
