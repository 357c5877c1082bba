import type Sqlite from "better-sqlite3";
import { addressOf } from "../domain/account.ts";
import type { Credential, CredentialSecret } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, NewAccount, NewCredential } from "../domain/ports/vault.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { putSecret } from "./secrets.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";

type AccountRow = Database["accounts"];

/** Accounts with their credentials, in one query however many there are. On the start-up path of nearly every command. */
export function listAccounts(raw: Sqlite.Database, filter: AccountFilter = {}): ConnectedAccount[] {
  const accounts: (ConnectedAccount & { credentials: Credential[] })[] = [];
  for (const row of selectRows(raw, filter)) {
    const account = toAccount(row);
    let last = accounts.at(-1);
    if (last?.id !== account.id) {
      last = account;
      accounts.push(account);
    }
    if (row[credentialAt] !== null) last.credentials.push(toCredential(row, account.id));
  }
  return accounts;
}

interface AccountFilter {
  readonly platform?: string;
  readonly brand?: string;
  readonly id?: string;
}

const accountColumns = [
  "id",
  "brand",
  "platform",
  "handle",
  "name",
  "external_id",
  "issuer",
  "url",
  "is_default",
  "created_at",
];
const credentialColumns = [
  "id",
  "position",
  "method",
  "issuer",
  "client_id",
  "status",
  "reason",
  "generation",
  "scopes",
  "token_type",
  "obtained_at",
  "access_expires_at",
  "refresh_expires_at",
  "refreshable",
  "dpop",
  "server_metadata",
  "last_refreshed_at",
  "last_error_code",
  "last_error_message",
  "last_error_at",
  "failure_count",
  "backoff_until",
  "clock_skew",
];
const credentialAt = accountColumns.length;
const selected = [
  ...accountColumns.map((column) => `a.${column}`),
  ...credentialColumns.map((column) => `c.${column}`),
].join(", ");

type Row = readonly (string | number | null)[];

/** Rows as arrays: as objects of this many columns they take three times as long. */
function selectRows(raw: Sqlite.Database, filter: AccountFilter): Row[] {
  const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
  const where = wanted.length === 0 ? "" : `where ${wanted.map(([column]) => `a.${column} = ?`).join(" and ")}`;
  return raw
    .prepare(
      `select ${selected} from accounts a left join credentials c on c.account_id = a.id ${where} order by a.brand, a.platform, a.handle, c.position`,
    )
    .raw()
    .all(...wanted.map(([, value]) => value)) as Row[];
}

export function requireAccount(raw: Sqlite.Database, id: string): ConnectedAccount {
  const [account] = listAccounts(raw, { id });
  if (account) return account;
  throw new Failure("unknown_account", "the account was disconnected meanwhile", { hint: "agencyiq accounts list" });
}

export function findCredential(raw: Sqlite.Database, id: string): Credential | null {
  const columns = credentialColumns.join(", ");
  const row = raw.prepare(`select account_id, ${columns} from credentials where id = ?`).raw().get(id) as
    | Row
    | undefined;
  return row ? toCredential(row, String(row[0]), 1) : null;
}

function toAccount(row: Row): ConnectedAccount & { credentials: Credential[] } {
  const [id, brand, platform, handle, name, externalId, issuer, url, isDefault, createdAt] = row;
  return {
    id,
    brand,
    platform,
    handle,
    name,
    externalId,
    issuer,
    url,
    isDefault: isDefault === 1,
    createdAt,
    disconnectedAt: null,
    credentials: [],
  } as ConnectedAccount & { credentials: Credential[] };
}

/** The columns in their order; read by place, since this runs for every account of a vault. */
function toCredential(row: Row, accountId: string, at = credentialAt): Credential {
  const serverMetadata = row[at + 15];
  const scopes = row[at + 8];
  const errorCode = row[at + 17];
  return {
    id: row[at],
    accountId,
    position: row[at + 1],
    method: row[at + 2],
    issuer: row[at + 3],
    clientId: row[at + 4],
    status: row[at + 5],
    reason: row[at + 6],
    generation: row[at + 7],
    scopes: scopes === "" ? [] : String(scopes).split(" "),
    tokenType: row[at + 9],
    obtainedAt: row[at + 10],
    accessExpiresAt: row[at + 11],
    refreshExpiresAt: row[at + 12],
    refreshable: row[at + 13] === 1,
    dpop: row[at + 14] === 1,
    serverMetadata: typeof serverMetadata === "string" ? (JSON.parse(serverMetadata) as Record<string, unknown>) : null,
    lastRefreshedAt: row[at + 16],
    lastError: errorCode === null ? null : { code: errorCode, message: row[at + 18] ?? "", at: row[at + 19] },
    failureCount: row[at + 20],
    backoffUntil: row[at + 21],
    clockSkew: row[at + 22],
  } as Credential;
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
  const generation = await putCredential(context, store, id, granted);
  const account = requireAccount(context.opened.raw, id);
  await append(context, store, {
    action: "account.connected",
    account: addressOf(account),
    subjectId: id,
    detail: {
      method: granted.method,
      clientId: granted.clientId,
      again: known !== undefined,
      generation,
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
  return generation;
}
