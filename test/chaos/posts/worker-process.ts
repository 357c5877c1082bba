/** A worker as the runner sees it: ordered about, listened to, killed. */
import { type ChildProcess, fork } from "node:child_process";
import type { WorkerAnswer, WorkerNews, WorkerOrder, WorkerSettings } from "./messages.ts";

export class WorkerProcess {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  isOver = false;
  complaints = "";
  readonly #waiting = new Map<number, (answer: WorkerAnswer | null) => void>();
  #orders = 0;

  constructor(program: string, settings: WorkerSettings) {
    this.child = fork(program, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.child.stderr?.on("data", (chunk) => {
      this.complaints += String(chunk);
    });
    this.ended = new Promise((resolve) => this.child.once("exit", () => resolve()));
    this.ready = new Promise((resolve) => {
      this.child.on("message", (news: WorkerNews) => {
        if ("ready" in news) resolve();
        else this.#take(news.answer);
      });
      void this.ended.then(() => {
        this.isOver = true;
        resolve();
        for (const answer of this.#waiting.values()) answer(null);
      });
    });
  }

  /** null: it died over it. */
  async do(order: Omit<WorkerOrder, "number">): Promise<WorkerAnswer | null> {
    await this.ready;
    if (this.isOver) return null;
    this.#orders += 1;
    const number = this.#orders;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.child.send({ ...order, number }, () => undefined);
    });
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  #take(answer: WorkerAnswer): void {
    this.#waiting.get(answer.number)?.(answer);
    this.#waiting.delete(answer.number);
  }
}
