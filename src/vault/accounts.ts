import { addressOf } from "../domain/account.ts";
import type { Credential, CredentialSecret, CredentialStatus } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, NewAccount, NewCredential } from "../domain/ports/vault.ts";
import type { Store } from "./database.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { putSecret } from "./secrets.ts";
import type { VaultContext } from "./vault-context.ts";

type AccountRow = Database["accounts"];
type CredentialRow = Database["credentials"];

/** Accounts with their credentials, in two queries however many there are. */
export async function listAccounts(
  store: Store,
  filter: { platform?: string; brand?: string; id?: string } = {},
): Promise<ConnectedAccount[]> {
  let select = store.selectFrom("accounts").selectAll().orderBy("brand").orderBy("platform").orderBy("handle");
  if (filter.platform !== undefined) select = select.where("platform", "=", filter.platform);
  if (filter.brand !== undefined) select = select.where("brand", "=", filter.brand);
  if (filter.id !== undefined) select = select.where("id", "=", filter.id);
  const rows = await select.execute();
  let held = store.selectFrom("credentials").selectAll().orderBy("position");
  if (filter.id !== undefined) held = held.where("account_id", "=", filter.id);
  const byAccount = new Map<string, Credential[]>();
  for (const row of await held.execute()) {
    const list = byAccount.get(row.account_id) ?? [];
    byAccount.set(row.account_id, [...list, toCredential(row)]);
  }
  return rows.map((row) => toAccount(row, byAccount.get(row.id) ?? []));
}

export async function requireAccount(store: Store, id: string): Promise<ConnectedAccount> {
  const [account] = await listAccounts(store, { id });
  if (account) return account;
  throw new Failure("unknown_account", "the account was disconnected meanwhile", { hint: "agencyiq accounts list" });
}

export async function findCredential(store: Store, id: string): Promise<Credential | null> {
  const row = await store.selectFrom("credentials").selectAll().where("id", "=", id).executeTakeFirst();
  return row ? toCredential(row) : null;
}

function toAccount(row: AccountRow, credentials: readonly Credential[]): ConnectedAccount {
  const { id, brand, platform, handle, name, issuer, url } = row;
  return {
    id,
    brand,
    platform,
    handle,
    name,
    issuer,
    url,
    externalId: row.external_id,
    isDefault: row.is_default === 1,
    createdAt: row.created_at,
    disconnectedAt: null,
    credentials,
  };
}

function toCredential(row: CredentialRow): Credential {
  const { id, position, method, issuer, reason, generation } = row;
  const lastError =
    row.last_error_code === null || row.last_error_at === null
      ? null
      : { code: row.last_error_code, message: row.last_error_message ?? "", at: row.last_error_at };
  return {
    id,
    position,
    method,
    issuer,
    reason,
    generation,
    lastError,
    accountId: row.account_id,
    clientId: row.client_id,
    status: row.status as CredentialStatus,
    scopes: row.scopes === "" ? [] : row.scopes.split(" "),
    tokenType: row.token_type,
    obtainedAt: row.obtained_at,
    accessExpiresAt: row.access_expires_at,
    refreshExpiresAt: row.refresh_expires_at,
    refreshable: row.refreshable === 1,
    dpop: row.dpop === 1,
    serverMetadata: row.server_metadata === null ? null : (JSON.parse(row.server_metadata) as Record<string, unknown>),
    lastRefreshedAt: row.last_refreshed_at,
    failureCount: row.failure_count,
    backoffUntil: row.backoff_until,
    clockSkew: row.clock_skew,
  };
}

/** Inside a transaction: the account and its credential as they now are. */
export async function connect(
  context: VaultContext,
  store: Store,
  wanted: NewAccount,
  granted: NewCredential,
): Promise<ConnectedAccount> {
  const known = await findKnown(store, wanted);
  const id = known?.id ?? context.random.uuid();
  if (known) await update(store, known, wanted);
  else await insert(context, store, id, wanted);
  await putCredential(context, store, id, granted);
  const account = await requireAccount(store, id);
  await append(context, store, {
    action: "account.connected",
    account: addressOf(account),
    subjectId: id,
    detail: {
      method: granted.method,
      clientId: granted.clientId,
      again: known !== undefined,
      refreshable: granted.refreshable,
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

async function update(store: Store, known: AccountRow, wanted: NewAccount): Promise<void> {
  const handle = await freeHandle(store, wanted, known.id);
  await store
    .updateTable("accounts")
    .set({ handle, name: wanted.name, url: wanted.url })
    .where("id", "=", known.id)
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
      created_at: now,
    })
    .execute();
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

/** A new authorization replaces the credential of its method: next generation, errors forgotten. */
async function putCredential(
  context: VaultContext,
  store: Store,
  accountId: string,
  granted: NewCredential,
): Promise<void> {
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
    position: present?.position ?? rows.length,
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
    backoff_until: null,
    clock_skew: granted.clockSkew,
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
  };
  for (const [kind, text] of Object.entries(secrets)) {
    await putSecret(context, store, { owner: "credentials", ownerId: id, kind, generation }, text);
  }
}
