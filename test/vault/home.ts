/** What the vault's tests stand on: real files in a folder of their own, a key source in memory, a clock that is set. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { onTestFinished } from "vitest";
import { Failure, type FailureCode } from "../../src/domain/failure.ts";
import type { KeySource, SlotKind } from "../../src/domain/ports/keys.ts";
import type { Clock } from "../../src/domain/ports/machine.ts";
import type {
  CommitRefresh,
  ConnectedAccount,
  NewAccount,
  NewCredential,
  Vault,
} from "../../src/domain/ports/vault.ts";
import type { UnlockPlan, VaultCustody } from "../../src/domain/ports/vault-custody.ts";
import type { TokenSet } from "../../src/domain/token.ts";
import { systemClock } from "../../src/system/clock.ts";
import { systemRandom } from "../../src/system/random.ts";
import { vaultCustody } from "../../src/vault/custody.ts";

export interface SetClock extends Clock {
  set(now: number): void;
  advance(milliseconds: number): void;
}

export const start = Date.UTC(2030, 0, 1);

/** Time stands still until it is set; waiting is real. */
function setClock(now = start): SetClock {
  let present = now;
  return {
    now: () => present,
    sleep: systemClock.sleep,
    set: (value) => {
      present = value;
    },
    advance: (milliseconds) => {
      present += milliseconds;
    },
  };
}

/** Keys by slot, in memory: what a keychain is to the vault. */
export interface MemorySource extends KeySource {
  readonly keys: Map<string, Buffer>;
  /** How often a key was asked for. */
  reads: number;
}

export function memorySource(kind: SlotKind = "keychain"): MemorySource {
  const keys = new Map<string, Buffer>();
  return {
    kind,
    keys,
    reads: 0,
    async read({ id }) {
      this.reads += 1;
      await Promise.resolve();
      const key = keys.get(id);
      if (!key) throw new Failure("key_missing", `no key for slot ${id}`);
      return Buffer.from(key);
    },
    async create(slotId) {
      const key = Buffer.from(systemRandom.bytes(32));
      keys.set(slotId, key);
      return { key: Buffer.from(key), parameters: { label: kind } };
    },
    async remove({ id }) {
      keys.delete(id);
    },
  };
}

/** Gives the same wrong key for every slot. */
export function wrongSource(kind: SlotKind = "keychain"): KeySource {
  return { ...memorySource(kind), read: async () => Buffer.alloc(32, 7) };
}

/** The key of the one slot there is, for another process. */
export function keyOf(source: MemorySource): string {
  const [key] = source.keys.values();
  return key?.toString("hex") ?? "";
}

export const plan = (...sources: KeySource[]): UnlockPlan => ({ sources, explicit: null });

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-vault-"));
  chmodSync(folder, 0o700);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Home {
  readonly folder: string;
  readonly path: string;
  readonly custody: VaultCustody;
  readonly clock: SetClock;
  readonly source: MemorySource;
  readonly plan: UnlockPlan;
}

export function custodyIn(folder: string, clock: Clock = setClock()): VaultCustody {
  return vaultCustody({ home: folder, clock, random: systemRandom, host: "here", processId: 1, actor: "ada@here" });
}

export function newHome(folder = temporaryFolder()): Home {
  const clock = setClock();
  const source = memorySource();
  return {
    folder,
    clock,
    source,
    path: join(folder, "vault.db"),
    custody: custodyIn(folder, clock),
    plan: plan(source),
  };
}

/** A vault with one key slot, open until the test ends. */
export async function newVault(home: Home = newHome()): Promise<Home & { readonly vault: Vault }> {
  const { vault } = await home.custody.create(home.source, { recovery: false });
  closeLater(vault);
  return { ...home, vault };
}

/** Another process's view: its own handle on the same file. */
export async function openAgain(home: Home, unlock: UnlockPlan = home.plan): Promise<Vault> {
  const vault = await home.custody.open(unlock);
  closeLater(vault);
  return vault;
}

function closeLater(vault: Vault): void {
  onTestFinished(() => vault.close());
}

export function tokens(mark: string, changes: Partial<TokenSet> = {}): TokenSet {
  return {
    accessToken: `access-${mark}`,
    refreshToken: `refresh-${mark}`,
    tokenType: "bearer",
    scopes: ["read", "write"],
    obtainedAt: start,
    accessExpiresAt: start + 7_200_000,
    refreshExpiresAt: null,
    ...changes,
  };
}

export function accountOf(handle: string, changes: Partial<NewAccount> = {}): NewAccount {
  return {
    brand: "default",
    platform: "x",
    handle,
    name: handle,
    externalId: `id-${handle}`,
    issuer: null,
    url: null,
    ...changes,
  };
}

export function credentialOf(mark: string, changes: Partial<NewCredential> = {}): NewCredential {
  return {
    method: "oauth2",
    issuer: null,
    clientId: "client",
    dpop: false,
    refreshable: true,
    serverMetadata: null,
    tokens: tokens(mark),
    dpopKey: null,
    clockSkew: 0,
    timing: {},
    ...changes,
  };
}

export function connect(vault: Vault, handle: string, mark = handle): Promise<ConnectedAccount> {
  return vault.connect(accountOf(handle), credentialOf(mark));
}

/** The account's first credential, as it is now. */
export async function credentialIn(vault: Vault, handle: string) {
  const account = (await vault.accounts()).find((candidate) => candidate.handle === handle);
  const [credential] = account?.credentials ?? [];
  if (!credential) throw new Error(`no account ${handle}`);
  return credential;
}

export function commitOf(
  attempt: { id: string; credentialId: string; generation: number },
  mark: string,
): CommitRefresh {
  return {
    attemptId: attempt.id,
    credentialId: attempt.credentialId,
    fromGeneration: attempt.generation,
    tokens: tokens(mark),
    clockSkew: 0,
  };
}

/** The file behind the vault's back: what damage and attackers do. */
export function raw<T>(path: string, work: (database: Sqlite.Database) => T): T {
  const database = new Sqlite(path, { fileMustExist: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Every row of some tables, byte for byte. */
export function dump(path: string, ...tables: string[]): string {
  return raw(path, (database) =>
    JSON.stringify(
      tables.map((table) => [table, database.prepare(`select * from ${table}`).all()]),
      (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value),
    ),
  );
}

/** The code of the Failure that `work` ends with; anything else is told as it is. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<FailureCode | string> {
  try {
    await (typeof work === "function" ? work() : work);
    return "no failure";
  } catch (error) {
    return error instanceof Failure ? error.code : `not a Failure: ${String(error)}`;
  }
}
