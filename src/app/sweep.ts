/** Finds what is due and has it refreshed, each server in a lane of its own. */
import type { ConnectedAccount, DueCredential, Vault } from "../domain/ports/vault.ts";
import { pauseScope } from "../domain/refresh-outcome.ts";
import { isFromTheFuture, refreshDueAt } from "../domain/refresh-schedule.ts";
import { type Instant, seconds } from "../domain/time.ts";
import type { RefreshRate } from "../platforms/platform.ts";
import { Lanes } from "./lanes.ts";
import { rulesOf, timingOf } from "./methods.ts";
import { type RefreshResult, refreshCredential } from "./refresh-accounts.ts";
import type { Services } from "./services.ts";

export interface SweepOptions {
  /** How many accounts of one server are refreshed at once. */
  readonly concurrency: number;
  /** For platforms that name no limit of their own; null: none. */
  readonly rate: RefreshRate | null;
  /** Many that fall due at once are spread over this long (milliseconds). */
  readonly spread: number;
  /** Whether to wait for a server that asked for a pause; else its accounts stay due. */
  readonly patient: boolean;
  readonly signal: AbortSignal;
  readonly onResult: (result: RefreshResult, account: ConnectedAccount) => void;
}

/** More than this many due in one moment are a fleet: after a restore, a long sleep, an outage. */
const fewAtOnce = 5;
/** Read at a time; the rest stays due. */
const batch = 2000;
/** What was due and was not refreshed for a reason of its own is looked at again after this long. */
const lookAgain = seconds(30);

export class Sweep {
  readonly #services: Services;
  readonly #options: SweepOptions;
  readonly #lanes: Lanes;

  constructor(services: Services, options: SweepOptions) {
    this.#services = services;
    this.#options = options;
    const { concurrency, signal } = options;
    this.#lanes = new Lanes(services, { concurrency, signal, work: (id) => this.#refresh(id) });
  }

  /** Puts what is due now into its lanes; how many were new. Does not wait for them. */
  async begin(): Promise<number> {
    const vault = await this.#services.vault();
    const now = this.#services.clock.now();
    // Those under way are still due until they are stored.
    const due = (await vault.dueCredentials(now, batch + this.#lanes.size)).filter(
      ({ credentialId }) => !this.#lanes.has(credentialId),
    );
    let added = 0;
    for (const each of due) if (await this.#add(vault, each, now, due.length > fewAtOnce)) added += 1;
    return added;
  }

  /** Resolves once everything in the lanes is done. */
  drained(): Promise<void> {
    return this.#lanes.drained();
  }

  get underWay(): number {
    return this.#lanes.size;
  }

  async #add(vault: Vault, due: DueCredential, now: Instant, isFleet: boolean): Promise<boolean> {
    const { random, loadPlatform } = this.#services;
    const platform = await loadPlatform(due.platform);
    const name = pauseScope(due.platform, due.issuer);
    const delay = isFleet ? Math.round(random.fraction() * this.#options.spread) : 0;
    const pausedUntil = (await vault.pausedUntil(name)) ?? 0;
    if (pausedUntil > now && !this.#options.patient) return false;
    this.#lanes.add(name, (platform && rulesOf(platform, due.method).rate) ?? this.#options.rate, {
      id: due.credentialId,
      at: Math.max(now, pausedUntil) + delay,
    });
    return true;
  }

  async #refresh(credentialId: string): Promise<void> {
    const vault = await this.#services.vault();
    const account = await vault.accountOf(credentialId);
    const credential = account?.credentials.find(({ id }) => id === credentialId);
    if (!account || !credential) return;
    const { clock } = this.#services;
    if (credential.nextRefreshAt === 0 && !isFromTheFuture(credential, clock.now())) {
      const platform = await this.#services.loadPlatform(account.platform);
      const dueAt = refreshDueAt(credential, timingOf(platform, credential.method));
      if (dueAt === null || dueAt > clock.now()) return vault.schedule(credential, dueAt);
    }
    const result = await refreshCredential(this.#services, account, credential, { force: false, probe: true });
    this.#options.onResult(result, account);
    if (result.outcome === "refreshed") return;
    const after = await vault.credential(credentialId);
    const now = clock.now();
    // Not refreshed and no failure that set a time: it must not be found due again at once.
    if (after?.nextRefreshAt != null && after.nextRefreshAt <= now) {
      const pausedUntil = (await vault.pausedUntil(pauseScope(account.platform, credential.issuer))) ?? 0;
      await vault.schedule(after, Math.max(now + lookAgain, pausedUntil));
    }
  }
}
