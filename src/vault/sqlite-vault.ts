/** The vault's port over SQLite: each method one read or one durable transaction. */
import { join } from "node:path";
import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { Vault } from "../domain/ports/vault.ts";
import { acquireLock } from "./account-lock.ts";
import { connect, findCredential, identify, listAccounts, requireAccount } from "./accounts.ts";
import { generationOfApp, listApps, removeApp, saveApp } from "./apps.ts";
import { claimDelivery, createPost, findDelivery, finishDelivery } from "./deliveries.ts";
import { append, entries } from "./ledger.ts";
import {
  beginAttempt,
  commitAttempt,
  failAttempt,
  isTombstoned,
  lastAttempt,
  wasRolledBack,
} from "./refresh-attempts.ts";
import { applyRescues, dropRescues, writeRescue } from "./rescue.ts";
import { getSecret } from "./secrets.ts";
import { guarded } from "./storage-failure.ts";
import type { Store } from "./store.ts";
import { read, readRaw, type VaultContext, write } from "./vault-context.ts";

export function sqliteVault(context: VaultContext): Vault {
  const commit: Vault["commitAttempt"] = (change, address) =>
    write(context, (store) => commitAttempt(context, store, change, address));
  return {
    id: context.id,
    prove: () => prove(context),
    accounts: (filter) => readRaw(context, (raw) => listAccounts(raw, filter)),
    connect: (account, credential) => write(context, (store) => connect(context, store, account, credential)),
    identify: (accountId, identity) =>
      write(context, (store) => identify(store, requireAccount(context.opened.raw, accountId), identity)),
    renameAccount: (accountId, handle) => write(context, (store) => rename(context, store, accountId, handle)),
    setDefaultAccount: (accountId) => write(context, (store) => makeDefault(context, store, accountId)),
    disconnect: (accountId, detail) => disconnect(context, accountId, detail),
    apps: () => read(context, (store) => listApps(store)),
    saveApp: (input) => write(context, (store) => saveApp(context, store, input)),
    removeApp: (appId) => write(context, (store) => removeApp(context, store, appId)),
    appSecret: (app, kind) =>
      read(context, async (store) => {
        const generation = await generationOfApp(store, app.id);
        return generation === null ? null : getSecret(context, { owner: "apps", ownerId: app.id, kind, generation });
      }),
    secret: (credential, kind) => guarded(context.path, () => secret(context, credential, kind)),
    lock: (name, wait) => acquireLock({ ...context, folder: join(context.home, "locks") }, name, wait),
    credential: (id) => readRaw(context, (raw) => findCredential(raw, id)),
    lastAttempt: (credentialId) => read(context, (store) => lastAttempt(store, credentialId)),
    beginAttempt: (credential, address, replay) =>
      write(context, (store) => beginAttempt(context, store, credential, address, replay)),
    isTombstoned: (credential) => read(context, (store) => isTombstoned(context, store, credential)),
    commitAttempt: commit,
    failAttempt: (attempt, failure, address) =>
      write(context, (store) => failAttempt(context, store, attempt, failure, address)),
    rescue: (change) => writeRescue(context, change),
    applyRescues: (credentialId, address) => applyRescues(context, credentialId, (change) => commit(change, address)),
    createPost: (post, deliveries) => write(context, (store) => createPost(context, store, post, deliveries)),
    claimDelivery: (deliveryId, from) => write(context, (store) => claimDelivery(context, store, deliveryId, from)),
    finishDelivery: (deliveryId, outcome) =>
      write(context, (store) => finishDelivery(context, store, deliveryId, outcome)),
    delivery: (id) => read(context, (store) => findDelivery(store, id)),
    ledger: (query) => read(context, (store) => entries(store, query)),
    append: (fact) => write(context, (store) => append(context, store, fact)),
    close: async () => {
      await context.keyring.forget();
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

async function secret(
  context: VaultContext,
  credential: Credential,
  kind: Parameters<Vault["secret"]>[1],
): Promise<string | null> {
  if (wasRolledBack(context, credential)) {
    throw new Failure("record_rolled_back", "its record is older than its last refresh: it was put back", {
      hint: "the other accounts are unaffected; connect this one again",
    });
  }
  const { id, generation } = credential;
  return getSecret(context, { owner: "credentials", ownerId: id, kind, generation });
}

async function rename(context: VaultContext, store: Store, accountId: string, handle: string): Promise<void> {
  const account = requireAccount(context.opened.raw, accountId);
  const siblings = listAccounts(context.opened.raw, { brand: account.brand, platform: account.platform });
  if (siblings.some((other) => other.id !== accountId && other.handle.toLowerCase() === handle.toLowerCase())) {
    throw new Failure("usage", `there is an account ${addressOf({ ...account, handle })} already`);
  }
  await store.updateTable("accounts").set({ handle }).where("id", "=", accountId).execute();
  const detail = { from: addressOf(account) };
  await append(context, store, {
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
  await append(context, store, { action: "account.default", account: addressOf(account), subjectId: accountId });
}

/** Pages of deleted secrets are zeroed (secure_delete); truncating the WAL removes the copies in there too. */
async function disconnect(context: VaultContext, accountId: string, detail: { revoked: boolean }): Promise<void> {
  const { credentials } = await write(context, async (store) => {
    const account = requireAccount(context.opened.raw, accountId);
    for (const { id } of account.credentials) {
      await store.deleteFrom("secrets").where("owner", "=", "credentials").where("owner_id", "=", id).execute();
    }
    await store.deleteFrom("accounts").where("id", "=", accountId).execute();
    await append(context, store, {
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
