/** A vault with an account at each platform, the workers over it, and the relays in front of the platforms. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LedgerEntry } from "../../../src/domain/ledger.ts";
import type { StoredPost } from "../../../src/domain/ports/post-store.ts";
import type { Vault } from "../../../src/domain/ports/vault.ts";
import type { VaultCustody } from "../../../src/domain/ports/vault-custody.ts";
import { systemClock as clock } from "../../../src/system/clock.ts";
import { keyFileSource } from "../../../src/system/key-file.ts";
import { systemRandom as random } from "../../../src/system/random.ts";
import { vaultCustody } from "../../../src/vault/custody.ts";
import { notesModes } from "./notes-platform.ts";
import type { Platforms } from "./platforms.ts";
import { WorkerProcess } from "./worker-process.ts";

export const kinds = [...notesModes.map((mode) => `notes-${mode}` as const), "x"] as const;
export type Kind = (typeof kinds)[number];

export interface SceneSettings {
  readonly name: string;
  readonly folder: string;
  readonly program: string;
  readonly platforms: Platforms;
}

export class Scene {
  readonly name: string;
  readonly platforms: Platforms;
  /** How far this scene's time is ahead (milliseconds). */
  offset = 0;
  readonly #settings: SceneSettings;
  readonly #home: string;
  readonly #keyFile: string;
  readonly #custody: VaultCustody;
  readonly #source;
  readonly #tokens = new Map<Kind, string>();
  readonly #helpers: WorkerProcess[] = [];
  #spare: WorkerProcess | null = null;
  #vault: Vault | null = null;
  readonly #all = new Set<WorkerProcess>();

  constructor(settings: SceneSettings) {
    this.name = settings.name;
    this.platforms = settings.platforms;
    this.#settings = settings;
    const folder = join(settings.folder, settings.name);
    mkdirSync(folder, { recursive: true });
    this.#home = join(folder, "home");
    this.#keyFile = join(folder, "key");
    this.#source = keyFileSource({ path: this.#keyFile, credentialsDirectory: null, random });
    this.#custody = vaultCustody({
      home: this.#home,
      clock,
      random,
      host: "chaos",
      actor: "runner",
      processId: process.pid,
    });
  }

  get #plan() {
    return { sources: [this.#source], explicit: "file" } as const;
  }

  async prepare(): Promise<void> {
    const { vault } = await this.#custody.create(this.#source, { recovery: false });
    this.#vault = vault;
    for (const kind of kinds) await this.#connect(vault, kind);
  }

  async #connect(vault: Vault, kind: Kind): Promise<void> {
    const accessToken = await this.platforms.tokenFor(kind, this.name);
    this.#tokens.set(kind, accessToken);
    const externalId = this.platforms.externalIdOf(kind, this.name);
    await vault.connect(
      { brand: "default", platform: kind, handle: this.name, name: null, externalId, issuer: null, url: null },
      {
        method: "oauth2",
        issuer: null,
        clientId: "chaos",
        dpop: false,
        refreshable: false,
        serverMetadata: null,
        dpopKey: null,
        clockSkew: 0,
        timing: {},
        tokens: {
          accessToken,
          refreshToken: null,
          tokenType: "Bearer",
          scopes: kind === "x" ? ["tweet.read", "tweet.write", "users.read", "media.write"] : ["write"],
          obtainedAt: clock.now(),
          accessExpiresAt: null,
          refreshExpiresAt: null,
        },
      },
    );
  }

  tokenOf(kind: Kind): string {
    return this.#tokens.get(kind) ?? "";
  }

  /** One that is to be killed. The next one is started meanwhile. */
  async victim(): Promise<WorkerProcess> {
    const victim = this.#spare ?? this.#start();
    this.#spare = this.#start();
    await victim.ready;
    return victim;
  }

  /** One that does one thing after the other, until somebody kills it. */
  async helper(place: number): Promise<WorkerProcess> {
    const present = this.#helpers[place];
    const helper = present && !present.isOver ? present : this.#start();
    this.#helpers[place] = helper;
    await helper.ready;
    return helper;
  }

  #start(): WorkerProcess {
    const { endpoints } = this.platforms;
    const worker = new WorkerProcess(this.#settings.program, { home: this.#home, keyFile: this.#keyFile, endpoints });
    this.#all.add(worker);
    void worker.ended.then(() => this.#all.delete(worker));
    return worker;
  }

  /** Time goes on, here and at the platforms. */
  async advance(milliseconds: number): Promise<void> {
    this.offset += milliseconds;
    await this.platforms.advanceTo(this.offset);
  }

  /** Posts that begin with this text. */
  async postsOf(text: string): Promise<readonly StoredPost[]> {
    const newest = (await this.#vault?.posts({ limit: 20 })) ?? [];
    return newest.filter(({ post }) => post.draft.text === text);
  }

  async historyOf(deliveryId: string): Promise<readonly LedgerEntry[]> {
    return (await this.#vault?.historyOf([deliveryId])) ?? [];
  }

  /** Ends every worker; what `vault verify` finds wrong then. */
  async close(): Promise<string[]> {
    await Promise.all([...this.#all].map((worker) => worker.kill()));
    await this.#vault?.close();
    const findings = await this.#custody.verify(this.#plan);
    return findings.filter(({ ok }) => !ok).map(({ id, message }) => `${this.name}: ${id}: ${message}`);
  }

  killAll(): void {
    for (const worker of this.#all) worker.child.kill("SIGKILL");
  }
}
