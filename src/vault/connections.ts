/** What connecting writes: the account, its credential, and the sealed tokens, in the caller's transaction. */
import type Sqlite from "better-sqlite3";
import { addressOf } from "../domain/account.ts";
import type { CredentialSecret } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, NewAccount, NewConnection, NewCredential } from "../domain/ports/vault.ts";
import { refreshDueAt } from "../domain/refresh-schedule.ts";
import { requireAccount } from "./accounts.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { putSecret } from "./secrets.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";

type AccountRow = Database["accounts"];

/** Inside a transaction: the account and its credentials as they now are. */
export async function connect(
  context: VaultContext,
  store: Store,
  { account: wanted, credentials: granted }: NewConnection,
): Promise<ConnectedAccount> {
  const known = await findKnown(store, wanted);
  const id = known?.id ?? context.random.uuid();
  if (known) await update(context, store, known, wanted);
  else await insert(context, store, id, wanted);
  const generations: number[] = [];
  for (const each of granted) generations.push(await putCredential(context, store, id, each));
  for (const each of granted) await linkToLogin(store, id, each);
  const account = requireAccount(context.opened.raw, id);
  append(context, {
    action: "account.connected",
    account: addressOf(account),
    subjectId: id,
    detail: {
      method: granted.map(({ method }) => method).join(" "),
      clientId: granted[0]?.clientId ?? null,
      handle: wanted.handle,
      again: known !== undefined,
      generation: generations[0] ?? null,
      refreshable: granted[0]?.refreshable ?? null,
    },
  });
  return account;
}

async function findKnown(store: Store, wanted: NewAccount): Promise<AccountRow | undefined> {
  if (wanted.externalId === null) return undefined;
  let select = store
    .selectFrom("accounts")
    .selectAll()
    .where("brand", "=", wanted.brand)
    .where("platform", "=", wanted.platform)
    .where("external_id", "=", wanted.externalId);
  select = wanted.issuer === null ? select.where("issuer", "is", null) : select.where("issuer", "=", wanted.issuer);
  return select.executeTakeFirst();
}

/** A name that was given here stays for as long as the platform's own does: scripts call the account by it. */
async function update(context: VaultContext, store: Store, known: AccountRow, wanted: NewAccount): Promise<void> {
  const renamedThere = handleToldLast(context.opened.raw, known.id) !== wanted.handle;
  const handle = renamedThere ? await freeHandle(store, wanted, known.id) : known.handle;
  await store
    .updateTable("accounts")
    .set({ handle, name: wanted.name, url: wanted.url, ...factColumns(context, wanted) })
    .where("id", "=", known.id)
    .execute();
}

function handleToldLast(raw: Sqlite.Database, accountId: string): unknown {
  return raw
    .prepare(
      `select detail ->> 'handle' from ledger where action = 'account.connected' and subject_id = ?
       order by sequence desc limit 1`,
    )
    .pluck()
    .get(accountId);
}

/** Inside a transaction: who an account turned out to be. */
export async function identify(
  store: Store,
  account: ConnectedAccount,
  identity: Pick<NewAccount, "handle" | "name" | "externalId" | "url">,
): Promise<void> {
  const known = await findKnown(store, { ...account, ...identity });
  if (known && known.id !== account.id) {
    throw new Failure("usage", `${addressOf({ ...account, handle: known.handle })} is that identity already`);
  }
  const handle = await freeHandle(store, { ...account, ...identity }, account.id);
  await store
    .updateTable("accounts")
    .set({ handle, name: identity.name, external_id: identity.externalId, url: identity.url })
    .where("id", "=", account.id)
    .execute();
}

async function insert(context: VaultContext, store: Store, id: string, wanted: NewAccount): Promise<void> {
  const now = context.clock.now();
  await store
    .insertInto("brands")
    .values({ id: wanted.brand, created_at: now })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
  const { brand, platform, name, issuer, url } = wanted;
  const handle = await freeHandle(store, wanted, id);
  await store
    .insertInto("accounts")
    .values({
      id,
      brand,
      platform,
      handle,
      name,
      issuer,
      url,
      external_id: wanted.externalId,
      is_default: 0,
      ...factColumns(context, wanted),
      created_at: now,
    })
    .execute();
}

function factColumns({ clock }: VaultContext, { facts }: NewAccount) {
  if (facts === undefined) return {};
  return { facts: Object.keys(facts).length === 0 ? null : JSON.stringify(facts), facts_at: clock.now() };
}

/** `alice`; `alice@login.example.com` where another server's alice is there; then `alice-2`. */
async function freeHandle(store: Store, wanted: NewAccount, ownId: string): Promise<string> {
  const rows = await store
    .selectFrom("accounts")
    .select(["id", "handle"])
    .where("brand", "=", wanted.brand)
    .where("platform", "=", wanted.platform)
    .execute();
  const taken = new Set(rows.filter(({ id }) => id !== ownId).map(({ handle }) => handle.toLowerCase()));
  const base = wanted.handle.replace(/^@/, "");
  const withHost = wanted.issuer === null ? [] : [`${base}@${new URL(wanted.issuer).host}`];
  for (const candidate of [base, ...withHost]) if (!taken.has(candidate.toLowerCase())) return candidate;
  let number = 2;
  while (taken.has(`${base}-${number}`.toLowerCase())) number += 1;
  return `${base}-${number}`;
}

/** A new authorization replaces the credential of its method: next generation (which it returns), errors forgotten. */
async function putCredential(
  context: VaultContext,
  store: Store,
  accountId: string,
  granted: NewCredential,
): Promise<number> {
  const rows = await store
    .selectFrom("credentials")
    .select(["id", "method", "generation", "position"])
    .where("account_id", "=", accountId)
    .execute();
  const present = rows.find(({ method }) => method === granted.method);
  const id = present?.id ?? context.random.uuid();
  const generation = (present?.generation ?? 0) + 1;
  const { tokens } = granted;
  const values = {
    id,
    account_id: accountId,
    position: present?.position ?? positionOf(granted, rows),
    method: granted.method,
    issuer: granted.issuer,
    client_id: granted.clientId,
    status: "active",
    reason: null,
    generation,
    scopes: tokens.scopes.join(" "),
    token_type: tokens.tokenType,
    obtained_at: tokens.obtainedAt,
    access_expires_at: tokens.accessExpiresAt,
    refresh_expires_at: tokens.refreshExpiresAt,
    refreshable: granted.refreshable ? 1 : 0,
    dpop: granted.dpop ? 1 : 0,
    server_metadata: granted.serverMetadata === null ? null : JSON.stringify(granted.serverMetadata),
    last_refreshed_at: null,
    last_error_code: null,
    last_error_message: null,
    last_error_at: null,
    failure_count: 0,
    failing_since: null,
    backoff_until: null,
    clock_skew: granted.clockSkew,
    next_refresh_at: granted.refreshable ? refreshDueAt({ id, ...tokens }, granted.timing) : null,
    subject: granted.subject ?? null,
    derived_from: null,
    data_access_expires_at: null,
    checked_at: null,
  };
  await store
    .insertInto("credentials")
    .values(values)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
    .execute();
  const secrets: Record<CredentialSecret, string | null> = {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    dpop_key: granted.dpop ? granted.dpopKey : null,
    token_secret: granted.tokenSecret ?? null,
    key: granted.key ?? null,
  };
  for (const [kind, text] of Object.entries(secrets)) {
    putSecret(context, { owner: "credentials", ownerId: id, kind, generation }, text);
  }
  return generation;
}

/** By its id: a method may be called by another name some day, the row stays. */
async function linkToLogin(store: Store, accountId: string, { method, derivedFrom }: NewCredential): Promise<void> {
  if (derivedFrom === undefined) return;
  const login = await store
    .selectFrom("credentials")
    .select("id")
    .where("account_id", "=", accountId)
    .where("method", "=", derivedFrom)
    .executeTakeFirstOrThrow();
  await store
    .updateTable("credentials")
    .set({ derived_from: login.id })
    .where("account_id", "=", accountId)
    .where("method", "=", method)
    .execute();
}

/** After those of the same rank, before those of a higher one. */
function positionOf({ rank = 0 }: NewCredential, rows: readonly { readonly position: number }[]): number {
  const first = rank * 100;
  return first + rows.filter(({ position }) => position >= first && position < first + 100).length;
}
