/** A vault with accounts at the chaos server, and what is true of them: by the vault, and by the server. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { addressOf } from "../../src/domain/account.ts";
import type { Credential } from "../../src/domain/credential.ts";
import type { ConnectedAccount, RefreshAttempt, Vault } from "../../src/domain/ports/vault.ts";
import type { VaultCustody } from "../../src/domain/ports/vault-custody.ts";
import { systemClock as clock } from "../../src/system/clock.ts";
import { keyFileSource } from "../../src/system/key-file.ts";
import { systemRandom as random } from "../../src/system/random.ts";
import { vaultCustody } from "../../src/vault/custody.ts";
import { publicClient } from "../real/oidc-server.ts";
import type { Grace } from "../real/refresh-families.ts";
import type { Dice } from "./dice.ts";
import type { TokenReport } from "./messages.ts";
import type { Stage } from "./stage.ts";

export interface FieldSettings {
  /** Names the server's counts. */
  readonly label: string;
  /** The grace that the server gives each account's refresh tokens. */
  readonly graces: readonly (Grace | null)[];
  /** Where the vault is (default: in the stage's folder). */
  readonly home?: string;
}

/** An account as the vault sees it and as the server does. */
export interface Standing {
  readonly address: string;
  readonly credential: Credential;
  readonly attempt: RefreshAttempt | null;
  readonly report: TokenReport;
  /** The server takes a used token once more for a while: then nothing that happens here may end the authorization. */
  readonly forgiving: boolean;
}

/**
 * The vault is open in the runner only while the runner works on it: a file that SQLite has open must not be read by
 * other means in the same process.
 */
export class Field {
  readonly label: string;
  readonly folder: string;
  readonly home: string;
  readonly keyFile: string;
  readonly addresses: readonly string[];
  readonly #stage: Stage;
  readonly #settings: FieldSettings;
  readonly #custody: VaultCustody;
  readonly #plan;

  constructor(stage: Stage, settings: FieldSettings) {
    this.#stage = stage;
    this.#settings = settings;
    this.label = settings.label;
    this.folder = join(stage.folder, settings.label);
    mkdirSync(this.folder, { recursive: true });
    this.home = settings.home ?? join(this.folder, "home");
    this.keyFile = join(this.folder, "key");
    this.addresses = settings.graces.map((_grace, index) => `oidc/${this.#loginOf(index)}`);
    const source = keyFileSource({ path: this.keyFile, credentialsDirectory: null, random });
    this.#plan = { sources: [source], explicit: "file" } as const;
    const who = { host: "chaos", actor: "runner", processId: process.pid };
    this.#custody = vaultCustody({ home: this.home, clock, random, ...who });
  }

  dice(who: string): Dice {
    return this.#stage.dice(`${this.label} ${who}`);
  }

  async prepare(): Promise<void> {
    const [source] = this.#plan.sources;
    const { vault } = await this.#custody.create(source, { recovery: false });
    try {
      for (const index of this.addresses.keys()) await this.#connect(vault, index);
    } finally {
      await vault.close();
    }
  }

  /** The name of an account is its owner's login at the server. */
  #loginOf(index: number): string {
    return `${this.label}-${index}`;
  }

  #graceOf(address: string): Grace | null {
    return this.#settings.graces[this.addresses.indexOf(address)] ?? null;
  }

  /** As a person who connects the account again. */
  async reconnect(address: string): Promise<void> {
    await this.open((vault) => this.#connect(vault, this.addresses.indexOf(address)));
  }

  async #connect(vault: Vault, index: number): Promise<ConnectedAccount> {
    const login = this.#loginOf(index);
    const grace = this.#graceOf(this.addresses[index] ?? "");
    const granted = await this.#stage.authority.grant(login, { label: this.label, grace });
    const { issuer, metadata } = this.#stage.authority;
    const now = clock.now();
    return vault.connect(
      { brand: "default", platform: "oidc", handle: login, name: null, externalId: login, issuer, url: null },
      {
        method: "oauth2",
        issuer,
        clientId: publicClient.client_id,
        dpop: false,
        refreshable: true,
        serverMetadata: metadata,
        dpopKey: null,
        clockSkew: 0,
        timing: {},
        tokens: {
          accessToken: granted.accessToken,
          refreshToken: granted.refreshToken,
          tokenType: "Bearer",
          scopes: granted.scope.split(" "),
          obtainedAt: now,
          accessExpiresAt: now + granted.expiresIn * 1000,
          refreshExpiresAt: null,
        },
      },
    );
  }

  async open<T>(work: (vault: Vault) => Promise<T>): Promise<T> {
    const vault = await this.#custody.open(this.#plan);
    try {
      return await work(vault);
    } finally {
      await vault.close();
    }
  }

  standings(): Promise<Standing[]> {
    return this.open(async (vault) => {
      const accounts = await vault.accounts();
      return Promise.all(accounts.map((account) => this.#standing(vault, account)));
    });
  }

  async standing(address: string): Promise<Standing> {
    const found = (await this.standings()).find((standing) => standing.address === address);
    if (!found) throw new Error(`${address} is gone`);
    return found;
  }

  async #standing(vault: Vault, account: ConnectedAccount): Promise<Standing> {
    const [credential] = account.credentials;
    if (!credential) throw new Error(`${addressOf(account)} has no credential`);
    const token = await vault.secret(credential, "refresh_token");
    const [report = { state: "unknown" as const, refusals: 0 }] = await this.#stage.authority.states([token ?? ""]);
    const address = addressOf(account);
    const forgiving = this.#graceOf(address) !== null;
    return { address, credential, attempt: await vault.lastAttempt(credential.id), report, forgiving };
  }

  /** What `vault verify` finds wrong. */
  async damage(): Promise<string[]> {
    const findings = await this.#custody.verify(this.#plan);
    return findings.filter(({ ok }) => !ok).map(({ id, message }) => `${id}: ${message}`);
  }
}
