import type Sqlite from "better-sqlite3";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { prepared } from "./sqlite.ts";

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
  readonly credentialId?: string;
}

/** What a filter's field is compared with. */
const conditions: Record<keyof AccountFilter, string> = {
  platform: "a.platform = ?",
  brand: "a.brand = ?",
  id: "a.id = ?",
  credentialId: "a.id = (select account_id from credentials where id = ?)",
};

const accountColumns = [
  "id",
  "brand",
  "platform",
  "handle",
  "name",
  "external_id",
  "issuer",
  "url",
  "facts",
  "facts_at",
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
  "next_refresh_at",
  "failing_since",
  "subject",
  "derived_from",
  "data_access_expires_at",
];
const ownColumns = credentialColumns.join(", ");
const credentialAt = accountColumns.length;
const selected = [
  ...accountColumns.map((column) => `a.${column}`),
  ...credentialColumns.map((column) => `c.${column}`),
].join(", ");

const noFacts = {};

type Row = readonly (string | number | null)[];

/** Rows as arrays: as objects of this many columns they take three times as long. */
function selectRows(raw: Sqlite.Database, filter: AccountFilter): Row[] {
  const wanted = Object.entries(filter).filter(([, value]) => value !== undefined) as [keyof AccountFilter, string][];
  const where = wanted.length === 0 ? "" : `where ${wanted.map(([name]) => conditions[name]).join(" and ")}`;
  return prepared(
    raw,
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
  const row = prepared(raw, `select account_id, ${ownColumns} from credentials where id = ?`).raw().get(id) as
    | Row
    | undefined;
  return row ? toCredential(row, String(row[0]), 1) : null;
}

function toAccount(row: Row): ConnectedAccount & { credentials: Credential[] } {
  const [id, brand, platform, handle, name, externalId, issuer, url, facts, factsAt, isDefault, createdAt] = row;
  return {
    id,
    brand,
    platform,
    handle,
    name,
    externalId,
    issuer,
    url,
    facts: typeof facts === "string" ? (JSON.parse(facts) as Record<string, string>) : noFacts,
    factsAt,
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
    nextRefreshAt: row[at + 23],
    failingSince: row[at + 24],
    subject: row[at + 25],
    derivedFrom: row[at + 26],
    dataAccessExpiresAt: row[at + 27],
  } as Credential;
}
