/** A worker as the runner sees it: ordered about, listened to, killed. */
import { type ChildProcess, fork } from "node:child_process";
import type { KillPoint, WorkerNews, WorkerOrder, WorkerSettings } from "./messages.ts";

export type Call = Extract<WorkerNews, { news: "call" }>;

export class WorkerProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  /** Resolves with how it ended: null where it was killed. */
  readonly ended: Promise<number | null>;
  /** Where it said it would die. */
  dying: KillPoint | null = null;
  /** What it wrote to its standard error. */
  complaints = "";
  readonly #listeners = new Set<(call: Call) => void>();

  constructor(program: string, settings: WorkerSettings, environment: Readonly<Record<string, string>>) {
    this.name = settings.name;
    this.child = fork(program, [JSON.stringify(settings)], {
      env: { ...process.env, ...environment },
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.child.stderr?.on("data", (chunk) => {
      this.complaints += String(chunk);
    });
    this.ended = new Promise((resolve) => this.child.once("exit", (code) => resolve(code)));
    this.ready = new Promise((resolve) => {
      this.child.on("message", (news: WorkerNews) => {
        if (news.news === "ready") resolve();
        if (news.news === "dying") this.dying = news.point;
        if (news.news === "call") for (const listener of this.#listeners) listener(news);
      });
      void this.ended.then(() => resolve());
    });
  }

  onCall(listener: (call: Call) => void): void {
    this.#listeners.add(listener);
  }

  order(order: WorkerOrder): void {
    // One that was killed a moment ago hears nothing any more.
    if (this.child.connected) this.child.send(order, () => undefined);
  }

  /** One forced refresh; null when the worker was killed over it. */
  refresh(address: string, point: KillPoint | null = null): Promise<Call | null> {
    return new Promise((resolve, reject) => {
      const listener = (call: Call) => {
        if (call.address !== address) return;
        this.#listeners.delete(listener);
        resolve(call);
      };
      this.onCall(listener);
      void this.ended.then((code) =>
        code === null ? resolve(null) : reject(new Error(`worker ${this.name} ended with ${code}: ${this.complaints}`)),
      );
      this.order({ do: "refresh", address, point });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }
}
