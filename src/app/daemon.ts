/** The foreground daemon: refreshes and posts what is due, checks what will be, sends what the owner is to be told. */
import { Failure, toFailure } from "../domain/failure.ts";
import type { RunningAgent } from "../domain/ports/agent.ts";
import type { ConnectedAccount, Lock, Vault } from "../domain/ports/vault.ts";
import { type Instant, minutes, seconds } from "../domain/time.ts";
import type { RefreshRate } from "../platforms/platform.ts";
import type { DeliveryResult } from "./deliver.ts";
import { DuePosts } from "./due-posts.ts";
import { makeDueChecks } from "./live-checks.ts";
import { dispatchNotifications, type Told } from "./notify.ts";
import { checkCycles } from "./quota.ts";
import type { RefreshResult } from "./refresh-accounts.ts";
import type { Services } from "./services.ts";
import { Sweep } from "./sweep.ts";
import { checkAccounts } from "./watch.ts";

export interface DaemonOptions {
  /** Between two full checks (milliseconds). */
  readonly interval: number;
  readonly concurrency: number;
  readonly rate: RefreshRate | null;
  readonly spread: number;
  /** It wakes at least this often (milliseconds), since a sleeping machine's timers do not run. */
  readonly heartbeat: number;
  /** Asked to end: what was sent is stored first. */
  readonly signal: AbortSignal;
  /** Opens the socket at which other commands ask, once nobody else is this vault's daemon; null: not on this system. */
  readonly startAgent: () => Promise<RunningAgent | null>;
  /** Has a listener called with every wish. */
  readonly onWish: (listener: (wish: Wish) => void) => void;
  readonly events: DaemonEvents;
}

/** What a person or the service manager may ask for while it runs: `pause` again ends the pause. `look`: something may be due. */
export type Wish = "pause" | "reload" | "look";

export interface DaemonEvents {
  readonly ready: () => void;
  readonly refreshed: (result: RefreshResult, account: ConnectedAccount) => void;
  readonly delivered: (result: DeliveryResult) => void;
  readonly checked: (found: number) => void;
  /** What was sent to the owner just now, or could not be. */
  readonly told: (told: readonly Told[]) => void;
  readonly paused: (paused: boolean) => void;
  readonly reloaded: () => void;
  readonly clockStepped: (by: number) => void;
  /** Something failed that concerns no one account; it is tried again. */
  readonly troubled: (failure: Failure) => void;
  readonly stopping: (underWay: number) => void;
  /** It is alive: called once a heartbeat. */
  readonly beat: () => void;
}

const shortestSleep = 100;
/** What could not be looked at is due still: it is not tried again at once, over and over. */
const afterTrouble = seconds(5);
/** Live checks that failed as a whole are tried again after this long. */
const lookAgain = minutes(5);
/** A wall clock that is this far from where it should be was set, or the machine slept. */
const stepNoticed = minutes(2);

/** Runs until the signal is aborted. @throws Failure `daemon_running`, and what keeps the vault from being opened or written */
export async function runDaemon(services: Services, options: DaemonOptions): Promise<void> {
  const vault = await services.vault();
  const lock = await takeOffice(vault);
  try {
    await vault.prove();
    const agent = await startAgent(options);
    try {
      await new Daemon(services, vault, options).run();
    } finally {
      await agent?.close();
    }
  } finally {
    lock.release();
  }
}

/** Without its socket it still keeps the tokens alive, and commands work by themselves. */
async function startAgent({ startAgent, signal, events }: DaemonOptions): Promise<RunningAgent | null> {
  try {
    const agent = await startAgent();
    // At once, not when the daemon's own work has ended: whoever asks from now on works by itself.
    signal.addEventListener("abort", () => void agent?.close(), { once: true });
    return agent;
  } catch (error) {
    events.troubled(toFailure(error));
    return null;
  }
}

/** What is due now, once, for cron: accounts of a server that asked to wait stay due. */
export async function sweepOnce(
  services: Services,
  options: Pick<DaemonOptions, "concurrency" | "rate" | "signal">,
): Promise<RefreshResult[]> {
  const vault = await services.vault();
  const lock = await takeOffice(vault);
  try {
    await vault.prove();
    await vault.distrustAfter(services.clock.now() + stepNoticed);
    const results: RefreshResult[] = [];
    const onResult = (result: RefreshResult) => void results.push(result);
    const sweep = new Sweep(services, { ...options, spread: 0, patient: false, onResult });
    while (!options.signal.aborted && (await sweep.begin()) > 0) await sweep.drained();
    await makeDueChecks(services, options.signal);
    await checkAccounts(services);
    await checkCycles(services);
    return results;
  } finally {
    lock.release();
  }
}

/** One daemon a vault. */
async function takeOffice(vault: Vault): Promise<Lock> {
  try {
    return await vault.lock("daemon", 0);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "refresh_busy") throw error;
    throw new Failure("daemon_running", "a daemon is running for this vault already", {
      hint: "end that one first, or leave the work to it",
      cause: error,
    });
  }
}

class Daemon {
  readonly #services: Services;
  readonly #vault: Vault;
  readonly #options: DaemonOptions;
  #sweep: Sweep;
  #posts: DuePosts;
  /** What a pause left under way. */
  #leaving: Promise<unknown> = Promise.resolve();
  #stopSweep = new AbortController();
  #wake = new AbortController();
  #paused = false;
  readonly #telling = new Set<Promise<void>>();
  #nextCheck: Instant = 0;
  #nextLiveCheck: Instant = 0;
  /** Under way, beside all else; null: none are. */
  #liveChecks: Promise<void> | null = null;
  #lastSeen: Instant;

  constructor(services: Services, vault: Vault, options: DaemonOptions) {
    this.#services = services;
    this.#vault = vault;
    this.#options = options;
    this.#sweep = this.#newSweep();
    this.#posts = this.#newPosts();
    this.#lastSeen = services.clock.now();
  }

  async run(): Promise<void> {
    const { signal, events, onWish, heartbeat } = this.#options;
    onWish((wish) => this.#heed(wish));
    signal.addEventListener("abort", () => this.#wake.abort(), { once: true });
    await this.#distrustTheFuture();
    events.ready();
    while (!signal.aborted) {
      const looked = await this.#looked();
      events.beat();
      await this.#sleep(looked ? shortestSleep : Math.min(afterTrouble, heartbeat));
    }
    events.stopping(this.#sweep.underWay + this.#posts.underWay);
    this.#stopSweep.abort();
    await Promise.all([this.#leaving, this.#sweep.drained(), this.#posts.close(), this.#liveChecks]);
    await this.#tell();
    await Promise.all(this.#telling);
  }

  #newSweep(): Sweep {
    const { concurrency, rate, spread, events } = this.#options;
    this.#stopSweep = new AbortController();
    return new Sweep(this.#services, {
      concurrency,
      rate,
      spread,
      patient: true,
      signal: this.#stopSweep.signal,
      onResult: (result, account) => {
        events.refreshed(result, account);
        if (result.failure) this.#wake.abort();
      },
    });
  }

  #newPosts(): DuePosts {
    const { events } = this.#options;
    return new DuePosts(this.#services, {
      signal: this.#stopSweep.signal,
      onResult: (result) => {
        events.delivered(result);
        this.#wake.abort();
      },
      onTrouble: events.troubled,
    });
  }

  /** Whether a round went through. */
  async #looked(): Promise<boolean> {
    try {
      await this.#round();
      return true;
    } catch (error) {
      this.#options.events.troubled(toFailure(error));
      return false;
    }
  }

  async #round(): Promise<void> {
    if (this.#paused) return;
    await this.#sweep.begin();
    await this.#posts.begin();
    const now = this.#services.clock.now();
    if (now >= this.#nextCheck) {
      this.#nextCheck = now + this.#options.interval;
      const told = (await checkAccounts(this.#services)) + (await checkCycles(this.#services));
      this.#options.events.checked(told);
    }
    this.#checkLive(now);
    void this.#tell();
  }

  /** What hangs holds up no refresh. */
  #checkLive(now: Instant): void {
    if (this.#liveChecks || now < this.#nextLiveCheck) return;
    this.#nextLiveCheck = now + lookAgain;
    this.#liveChecks = makeDueChecks(this.#services, this.#stopSweep.signal)
      .then((next) => {
        this.#nextLiveCheck = next;
      })
      .catch((error) => this.#options.events.troubled(toFailure(error)))
      .finally(() => {
        this.#liveChecks = null;
      });
  }

  /** Tells the owner what there is, beside all else: a mail server that hangs holds up no refresh, and no other channel. */
  #tell(): Promise<void> {
    const telling = dispatchNotifications(this.#services, { signal: this.#options.signal })
      .then((told) => this.#options.events.told(told))
      .catch((error) => this.#options.events.troubled(toFailure(error)))
      .finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
    return telling;
  }

  /** None while it is paused: what falls due then waits for its end. */
  async #nextTimes(): Promise<Instant[]> {
    if (this.#paused) return [];
    const times = await Promise.all([this.#vault.nextDueAt(), this.#posts.nextAt()]);
    return [...times.filter((at) => at !== null), this.#nextLiveCheck, this.#nextCheck];
  }

  async #sleep(shortest: number): Promise<void> {
    const { clock } = this.#services;
    const next = await this.#nextTimes().catch(() => []);
    const now = clock.now();
    const until = Math.min(...next, now + this.#options.heartbeat);
    const pause = Math.max(shortest, until - now);
    this.#wake = new AbortController();
    if (this.#options.signal.aborted) return;
    // What is under way is still due; its lane wakes nobody up.
    await clock
      .sleep(this.#sweep.underWay > 0 ? Math.max(pause, seconds(1)) : pause, this.#wake.signal)
      .catch(() => null);
    await this.#watchClock(now + pause);
  }

  async #watchClock(expected: Instant): Promise<void> {
    const now = this.#services.clock.now();
    const back = now < this.#lastSeen - stepNoticed;
    if (back || now > expected + stepNoticed) this.#options.events.clockStepped(now - expected);
    this.#lastSeen = now;
    if (!back) return;
    this.#nextCheck = now;
    this.#nextLiveCheck = now;
    await this.#distrustTheFuture();
  }

  /** Tokens obtained "later than now" were timed by a clock that was set back since. */
  async #distrustTheFuture(): Promise<void> {
    await this.#vault.distrustAfter(this.#services.clock.now() + stepNoticed);
  }

  #heed(wish: Wish): void {
    const { events } = this.#options;
    if (wish === "look") return this.#wake.abort();
    if (wish === "reload") {
      this.#nextCheck = 0;
      this.#nextLiveCheck = 0;
      events.reloaded();
    }
    const paused = wish === "pause" ? !this.#paused : false;
    if (paused !== this.#paused) {
      this.#paused = paused;
      events.paused(paused);
      // What has not begun yet stays due; what was sent is stored.
      if (paused) {
        this.#stopSweep.abort();
        this.#leaving = Promise.all([this.#leaving, this.#sweep.drained(), this.#posts.close()]);
      } else {
        this.#sweep = this.#newSweep();
        this.#posts = this.#newPosts();
      }
    }
    this.#wake.abort();
  }
}
