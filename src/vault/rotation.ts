/** New keys for old records. Every record names the data key it is under, so a crash or a writer in between mixes nothing up. */
import { sql } from "kysely";
import { addressOf, reconnectCommand } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import type { UnlockPlan } from "../domain/ports/vault-custody.ts";
import { listAccounts } from "./accounts.ts";
import { listChannels, mendChannel } from "./channels.ts";
import { keyCheckValue, sameBytes, slotCommitment, subkey, unwrapKey, wrapKey } from "./key-hierarchy.ts";
import { chainCode, dataKeyName, newDataKey, wrappingKey } from "./keyring.ts";
import { append, firstBrokenEntry } from "./ledger.ts";
import { writeMeta } from "./meta.ts";
import { termsOfRescues } from "./rescue.ts";
import type { Database } from "./schema.ts";
import { parametersOf, type SlotRow } from "./slot-row.ts";
import { addRecoverySlot, wrapped } from "./slots.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";
import { write } from "./vault-context.ts";

const batch = 100;

export async function rotateVault(context: VaultContext, plan: UnlockPlan, { root }: { root: boolean }) {
  const slotKeys = root ? await readSlotKeys(context, plan) : null;
  const term = await newestTerm(context);
  const { records, damaged } = await sealAgain(context, term);
  await write(context, async (store) => {
    await store
      .deleteFrom("data_keys")
      .where("term", "<", term)
      .where("term", "not in", store.selectFrom("secrets").select("term").distinct())
      .where("term", "not in", termsOfRescues(context))
      .execute();
    append(context, { action: "vault.rotated", detail: { term, records, root } });
  });
  if (damaged.length > 0) throw notSealedAgain(context, damaged);
  const recoveryCode = slotKeys ? await replaceRootKey(context, slotKeys) : null;
  context.opened.raw.pragma("wal_checkpoint(truncate)");
  return { records, term, recoveryCode };
}

/** An interrupted rotation is finished with the key it began with; else there is a new one. */
function newestTerm(context: VaultContext): Promise<number> {
  return write(context, async (store) => {
    const { rootKey } = await context.keyring.keys();
    const newest = await store
      .selectFrom("data_keys")
      .select("term")
      .orderBy("term", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    const older = await store
      .selectFrom("secrets")
      .select("term")
      .where("term", "<", newest.term)
      .limit(1)
      .executeTakeFirst();
    if (older) return newest.term;
    const term = newest.term + 1;
    const wrappedKey = newDataKey(rootKey, context.id, term, context.random);
    await store
      .insertInto("data_keys")
      .values({ term, wrapped_key: wrappedKey, created_at: context.clock.now() })
      .execute();
    return term;
  });
}

type Row = Database["secrets"];

/** In batches, so that nobody is kept from writing for long. A damaged record stays as it is, with the key it names. */
async function sealAgain(context: VaultContext, term: number): Promise<{ records: number; damaged: Row[] }> {
  const damaged: Row[] = [];
  let records = 0;
  let after: Pick<Row, "owner" | "owner_id" | "kind"> = { owner: "", owner_id: "", kind: "" };
  while (true) {
    const rows = await write(context, async (store) => {
      const found = await store
        .selectFrom("secrets")
        .selectAll()
        .where("term", "<", term)
        .where(sql<boolean>`(owner, owner_id, kind) > (${after.owner}, ${after.owner_id}, ${after.kind})`)
        .orderBy("owner")
        .orderBy("owner_id")
        .orderBy("kind")
        .limit(batch)
        .execute();
      for (const row of found) {
        if (await sealRowAgain(context, store, row)) records += 1;
        else damaged.push(row);
      }
      return found;
    });
    after = rows.at(-1) ?? after;
    if (rows.length < batch) return { records, damaged };
  }
}

async function sealRowAgain(context: VaultContext, store: Store, row: Row): Promise<boolean> {
  const { owner, owner_id, kind, generation } = row;
  const place = { table: owner, rowId: owner_id, kind, generation };
  let text: string;
  try {
    text = context.keyring.open(place, row.blob);
  } catch (error) {
    if (error instanceof Failure && error.code === "record_damaged") return false;
    throw error;
  }
  await store
    .updateTable("secrets")
    .set(context.keyring.seal(place, text))
    .where("owner", "=", owner)
    .where("owner_id", "=", owner_id)
    .where("kind", "=", kind)
    .where("generation", "=", generation)
    .execute();
  return true;
}

function notSealedAgain(context: VaultContext, damaged: readonly Row[]): Failure {
  const { raw } = context.opened;
  const ids = new Set(damaged.map(({ owner_id }) => owner_id));
  const accounts = listAccounts(raw).filter(({ credentials }) => credentials.some(({ id }) => ids.has(id)));
  const apps = raw.prepare("select id, platform, client_id from apps").all() as Database["apps"][];
  const uploads = new Set(damaged.filter(({ owner }) => owner === "deliveries").map(({ owner_id }) => owner_id));
  const channels = listChannels(raw).filter(({ id }) => ids.has(id));
  const named = [
    ...accounts.map((account) => [addressOf(account), reconnectCommand(account)]),
    ...apps
      .filter(({ id }) => ids.has(id))
      .map(({ platform, client_id }) => [`the ${platform} app ${client_id}`, `agencyiq apps set ${platform}`]),
    ...[...uploads].map((id) => [`what was uploaded for the delivery ${id}`, `agencyiq posts retry ${id}`]),
    ...channels.map(({ name }) => [`the channel ${name}`, mendChannel(name)]),
    ...(ids.has(context.id) ? [["the certificate of connect --https", "agencyiq connect PLATFORM --https"]] : []),
  ];
  const [account] = accounts;
  const names = named.map(([name]) => name).join(", ");
  return new Failure("record_damaged", `damaged, so not sealed again: ${names}; all others were`, {
    hint: `${named[0]?.[1]}, then rotate again`,
    ...(account ? { account: addressOf(account) } : {}),
  });
}

/**
 * The keys of the slots that a new root key goes under, each shown to be the slot's own. A slot that cannot be opened here
 * would be lost, so it must be removed by name first.
 */
async function readSlotKeys(context: VaultContext, plan: UnlockPlan): Promise<Map<string, Uint8Array>> {
  const { ledgerKey } = await context.keyring.keys();
  if (firstBrokenEntry(context, ledgerKey) !== null) {
    throw new Failure("ledger_damaged", "the ledger's chain is broken, so it is not signed anew", {
      hint: "agencyiq vault status --check",
    });
  }
  const keys = new Map<string, Uint8Array>();
  for (const row of await slotsToRewrap(await context.opened.store())) {
    keys.set(row.id, await readSlotKey(context, plan, row));
  }
  return keys;
}

function slotsToRewrap(store: Store): Promise<SlotRow[]> {
  return store.selectFrom("key_slots").selectAll().where("kind", "<>", "recovery").execute();
}

async function readSlotKey(context: VaultContext, plan: UnlockPlan, row: SlotRow): Promise<Uint8Array> {
  let cause: unknown;
  for (const source of plan.sources.filter(({ kind }) => kind === row.kind)) {
    try {
      const key = await source.read({ id: row.id, parameters: parametersOf(row) }, context.id);
      if (sameBytes(slotCommitment(key, row.id), row.commitment)) return key;
      cause = new Failure("key_wrong", `the ${row.kind} key given is not the one of this slot`);
    } catch (error) {
      cause = error;
    }
  }
  throw cannotRewrap(row.kind, cause);
}

/** The new root key under every slot; the recovery slot, whose code nobody keeps here, gets a new code. */
async function replaceRootKey(context: VaultContext, keys: Map<string, Uint8Array>): Promise<string | null> {
  const old = await context.keyring.keys();
  const rootKey = Buffer.from(context.random.bytes(32));
  const recoveryCode = await write(context, async (store) => {
    const present = await slotsToRewrap(store);
    if (present.length !== keys.size || present.some(({ id }) => !keys.has(id))) throw slotsChanged();
    for (const [id, key] of keys) {
      await store
        .updateTable("key_slots")
        .set(wrapped(key, rootKey, id, context.random))
        .where("id", "=", id)
        .execute();
    }
    await rewrapDataKeys(context, store, old.rootKey, rootKey);
    await writeMeta(store, "key_check", keyCheckValue(rootKey, context.id).toString("base64"));
    // Both are under subkeys of the old root key: the one is signed anew, the other only guards tokens that are replaced by now.
    await signAnew(store, subkey(rootKey, "ledger"));
    await store.deleteFrom("tombstones").execute();
    const had = await store.deleteFrom("key_slots").where("kind", "=", "recovery").executeTakeFirst();
    return had.numDeletedRows === 0n ? null : (await addRecoverySlot(store, context, rootKey)).code;
  });
  for (const key of [rootKey, ...keys.values()]) key.fill(0);
  context.keyring.forget();
  return recoveryCode;
}

function cannotRewrap(kind: string, cause: unknown): Failure {
  const code = cause instanceof Failure ? cause.code : "key_missing";
  return new Failure(code, `the ${kind} slot cannot be opened here, so it would be lost`, {
    hint: `name its key too, or remove it first: agencyiq vault rekey --remove ${kind}`,
    cause,
  });
}

function slotsChanged(): Failure {
  return new Failure("account_busy", "the vault's key slots were changed meanwhile", { hint: "run it again" });
}

async function rewrapDataKeys(context: VaultContext, store: Store, old: Uint8Array, fresh: Uint8Array): Promise<void> {
  for (const { term, wrapped_key } of await store.selectFrom("data_keys").selectAll().execute()) {
    const name = dataKeyName(context.id, term);
    const key = unwrapKey(wrappingKey(old), wrapped_key, name);
    if (!key) throw new Failure("record_damaged", `data key ${term} is damaged`);
    const again = wrapKey(wrappingKey(fresh), key, name, context.random.bytes(12));
    key.fill(0);
    await store.updateTable("data_keys").set({ wrapped_key: again }).where("term", "=", term).execute();
  }
}

async function signAnew(store: Store, ledgerKey: Uint8Array): Promise<void> {
  let previous: Uint8Array | null = null;
  for (const row of await store.selectFrom("ledger").selectAll().orderBy("sequence").execute()) {
    const fields = [row.sequence, row.at, row.actor, row.action, row.account, row.subject_id, row.detail];
    previous = chainCode(ledgerKey, previous, fields);
    await store.updateTable("ledger").set({ mac: previous }).where("sequence", "=", row.sequence).execute();
  }
}
