/** The vault's port over SQLite: each method one read or one durable transaction. */
import { join } from "node:path";
import { type Account, addressOf, reconnectCommand } from "../domain/account.ts";
import type { App } from "../domain/app.ts";
import { type AppSecret, type Credential, type CredentialSecret, credentialLock } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { keepFacts } from "./account-facts.ts";
import { acquireLock, makeLockFile } from "./account-lock.ts";
import { findCredential, listAccounts, requireAccount } from "./accounts.ts";
import { listApps, removeApp, saveApp } from "./apps.ts";
import { addBrand, changeBrand, listBrands, removeBrand } from "./brands.ts";
import { findCallbackCertificate, keepCallbackCertificate } from "./callback-certificate.ts";
import { connect, identify } from "./connections.ts";
import { standings, upcoming } from "./cycle-use.ts";
import { declaredPlatformsOf } from "./declared-platforms.ts";
import { forgetStepsOf } from "./delivery-secrets.ts";
import {
  accountOf,
  accountsAtRisk,
  census,
  distrustAfter,
  dueCredentials,
  nextDueAt,
  pausedUntil,
  setSchedule,
} from "./due.ts";
import { append, entries } from "./ledger.ts";
import { oldestCheck, setChecked, uncheckedAccounts } from "./live-checks.ts";
import { outboxOf } from "./outbox.ts";
import { postStore } from "./post-store.ts";
import {
  beginAttempt,
  commitAttempt,
  failAttempt,
  isTombstoned,
  lastAttempt,
  refuseCredential,
  wasRolledBack,
} from "./refresh-attempts.ts";
import { applyRescues, dropRescues, writeRescue } from "./rescue.ts";
import { setRoomAside } from "./reserve.ts";
import { generationOf, locate, presentSecret } from "./secrets.ts";
import { guarded } from "./storage-failure.ts";
import type { Store } from "./store.ts";
import { correctToken } from "./token-facts.ts";
import { read, readOne, readRaw, type VaultContext, write } from "./vault-context.ts";
import { writeTogether } from "./write-together.ts";

export function sqliteVault(context: VaultContext): Vault {
  const commit: Vault["commitAttempt"] = (change, address) =>
    writeTogether(context, () => commitAttempt(context, change, address));
  const locks = join(context.home, "locks");
  const connectAll: Vault["connectAll"] = async (connections) => {
    const connected = await write(context, async (store) => {
      const accounts: ConnectedAccount[] = [];
      for (const connection of connections) accounts.push(await connect(context, store, connection));
      return accounts;
    });
    for (const { credentials } of connected) for (const { id } of credentials) makeLockFile(locks, credentialLock(id));
    return connected;
  };
  return {
    ...outboxOf(context),
    ...declaredPlatformsOf(context),
    id: context.id,
    prove: () => prove(context),
    accounts: (filter) => readOne(context, (raw) => listAccounts(raw, filter)),
    account: (id) => readOne(context, (raw) => listAccounts(raw, { id })[0] ?? null),
    connect: async (account, credential) => {
      const [connected] = await connectAll([{ account, credentials: [credential] }]);
      return connected as ConnectedAccount;
    },
    connectAll,
    identify: (accountId, identity) =>
      write(context, (store) => identify(store, requireAccount(context.opened.raw, accountId), identity)),
    keepFacts: (accountId, facts) => writeTogether(context, () => keepFacts(context, accountId, facts)),
    renameAccount: (accountId, handle) => write(context, (store) => rename(context, store, accountId, handle)),
    setDefaultAccount: (accountId) => write(context, (store) => makeDefault(context, store, accountId)),
    disconnect: (accountId, detail) => disconnect(context, accountId, detail),
    apps: () => read(context, (store) => listApps(store)),
    saveApp: (input) => write(context, (store) => saveApp(context, store, input)),
    removeApp: (appId) => write(context, (store) => removeApp(context, store, appId)),
    appSecret: (app, kind) => guarded(context.path, () => appSecret(context, app, kind)),
    callbackCertificate: () => guarded(context.path, () => findCallbackCertificate(context)),
    keepCallbackCertificate: (certificate) =>
      writeTogether(context, () => keepCallbackCertificate(context, certificate)),
    secret: (credential, kind) => guarded(context.path, () => secret(context, credential, kind)),
    lock: (name, wait) => acquireLock({ ...context, folder: locks }, name, wait),
    credential: (id) => readOne(context, (raw) => findCredential(raw, id)),
    lastAttempt: (credentialId) => readOne(context, (raw) => lastAttempt(raw, credentialId)),
    beginAttempt: async (credential, address, replay, presented) => {
      if (!context.opened.readOnly) setRoomAside(context);
      return writeTogether(context, () => beginAttempt(context, credential, address, replay, presented));
    },
    isTombstoned: (credential) => guarded(context.path, () => isTombstoned(context, credential)),
    commitAttempt: commit,
    failAttempt: (attempt, failure, address) =>
      writeTogether(context, () => failAttempt(context, attempt, failure, address)),
    refuseCredential: (credential, refusal, address) =>
      writeTogether(context, () => refuseCredential(context, credential, refusal, address)),
    correct: (credential, facts, timing, address) =>
      writeTogether(context, () => correctToken(context, credential, facts, timing, address)),
    dueCredentials: (now, limit) => readOne(context, (raw) => dueCredentials(raw, now, limit)),
    nextDueAt: () => readOne(context, nextDueAt),
    schedule: (credential, at) => writeTogether(context, (raw) => setSchedule(raw, credential, at)),
    accountsAtRisk: (before) => readRaw(context, (raw) => accountsAtRisk(raw, before, context.clock.now())),
    distrustAfter: (after) => writeTogether(context, (raw) => distrustAfter(raw, after)),
    census: () => readOne(context, census),
    uncheckedAccounts: (platform, since) =>
      readRaw(context, (raw) => uncheckedAccounts(raw, platform, since, context.clock.now())),
    oldestCheck: (platform) => readOne(context, (raw) => oldestCheck(raw, platform, context.clock.now())),
    checked: (id) => writeTogether(context, (raw) => setChecked(raw, id, context.clock.now())),
    accountOf: (credentialId) => readOne(context, (raw) => accountOf(raw, credentialId)),
    pausedUntil: (scope) => readOne(context, (raw) => pausedUntil(raw, scope)),
    rescue: (change) => writeRescue(context, change),
    applyRescues: (credentialId, address) => applyRescues(context, credentialId, (change) => commit(change, address)),
    brands: () => readOne(context, listBrands),
    addBrand: (brand) => writeTogether(context, () => addBrand(context, brand)),
    changeBrand: (id, change) => writeTogether(context, () => changeBrand(context, id, change)),
    removeBrand: (id) => writeTogether(context, () => removeBrand(context, id)),
    standings: (at, brand) => readRaw(context, () => standings(context, at, brand)),
    upcoming: (brand, until) => readOne(context, () => upcoming(context, brand, until)),
    ...postStore(context),
    ledger: (query) => read(context, (store) => entries(store, query)),
    append: (fact) => writeTogether(context, () => append(context, fact)),
    close: async () => {
      context.keyring.forget();
      context.opened.raw.close();
    },
  };
}

/** A write that changes nothing but must reach the disk: full, read-only and locked stores say so here. */
async function prove(context: VaultContext): Promise<void> {
  await write(context, async (store) => {
    await store
      .insertInto("meta")
      .values({ key: "proved_at", value: String(context.clock.now()) })
      .onConflict((conflict) => conflict.column("key").doUpdateSet((row) => ({ value: row.ref("excluded.value") })))
      .execute();
  });
}

/** As it is now: a caller that read the credential before somebody else refreshed it is given the new token. */
async function secret(context: VaultContext, { id, accountId }: Credential, kind: CredentialSecret) {
  try {
    return await presentSecret(context, (raw) => {
      const generation = generationOf(raw, "credentials", id);
      if (generation === null) throw new Failure("not_connected", "the account was disconnected meanwhile");
      if (wasRolledBack(raw, { id, generation })) {
        throw new Failure("record_rolled_back", "its record is older than its last refresh: it was put back");
      }
      return locate(raw, "credentials", id, kind);
    });
  } catch (error) {
    if (!(error instanceof Failure) || error.category !== "integrity") throw error;
    const [account] = await readRaw(context, (raw) => listAccounts(raw, { id: accountId }));
    throw account ? lostRecord(error, account) : error;
  }
}

/** What is lost is one account's. Connecting it again writes the record anew. */
function lostRecord({ code, message, cause }: Failure, account: Account): Failure {
  return new Failure(code, `${message}; the other accounts are unaffected`, {
    account: addressOf(account),
    hint: reconnectCommand(account),
    cause,
  });
}

async function appSecret(context: VaultContext, app: App, kind: AppSecret): Promise<string | null> {
  try {
    return await presentSecret(context, (raw) => locate(raw, "apps", app.id, kind));
  } catch (error) {
    if (!(error instanceof Failure) || error.category !== "integrity") throw error;
    const { code, message, cause } = error;
    throw new Failure(code, `the ${app.platform} app ${app.clientId}: ${message}`, {
      hint: `agencyiq apps set ${app.platform}`,
      cause,
    });
  }
}

async function rename(context: VaultContext, store: Store, accountId: string, handle: string): Promise<void> {
  const account = requireAccount(context.opened.raw, accountId);
  const siblings = listAccounts(context.opened.raw, { brand: account.brand, platform: account.platform });
  if (siblings.some((other) => other.id !== accountId && other.handle.toLowerCase() === handle.toLowerCase())) {
    throw new Failure("usage", `there is an account ${addressOf({ ...account, handle })} already`);
  }
  await store.updateTable("accounts").set({ handle }).where("id", "=", accountId).execute();
  const detail = { from: addressOf(account) };
  append(context, {
    action: "account.renamed",
    account: addressOf({ ...account, handle }),
    subjectId: accountId,
    detail,
  });
}

async function makeDefault(context: VaultContext, store: Store, accountId: string): Promise<void> {
  const account = requireAccount(context.opened.raw, accountId);
  // One default a platform, whatever the brand: "x" alone must mean one account.
  await store.updateTable("accounts").set({ is_default: 0 }).where("platform", "=", account.platform).execute();
  await store.updateTable("accounts").set({ is_default: 1 }).where("id", "=", accountId).execute();
  append(context, { action: "account.default", account: addressOf(account), subjectId: accountId });
}

/** Pages of deleted secrets are zeroed (secure_delete); truncating the WAL removes the copies in there too. */
async function disconnect(context: VaultContext, accountId: string, detail: { revoked: boolean }): Promise<void> {
  const { credentials } = await write(context, async (store) => {
    const account = requireAccount(context.opened.raw, accountId);
    for (const { id } of account.credentials) {
      await store.deleteFrom("secrets").where("owner", "=", "credentials").where("owner_id", "=", id).execute();
    }
    forgetStepsOf(context.opened.raw, accountId);
    await store.deleteFrom("accounts").where("id", "=", accountId).execute();
    append(context, {
      action: "account.disconnected",
      account: addressOf(account),
      subjectId: accountId,
      detail,
    });
    return account;
  });
  await guarded(context.path, async () => {
    for (const { id } of credentials) dropRescues(context, id);
    context.opened.raw.pragma("wal_checkpoint(truncate)");
  });
}
