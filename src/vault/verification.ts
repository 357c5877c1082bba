/** Opens everything once and says what is wrong, one finding each; the rest stays usable. */
import { addressOf } from "../domain/account.ts";
import { type Channel, channelSecrets, needsSecret } from "../domain/channel.ts";
import { type Credential, secretKinds, signsRequests } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Finding } from "../domain/ports/vault-custody.ts";
import { listAccounts } from "./accounts.ts";
import { listApps } from "./apps.ts";
import { listChannels, mendChannel } from "./channels.ts";
import { firstBrokenEntry } from "./ledger.ts";
import { wasRolledBack } from "./refresh-attempts.ts";
import { generationOf, getSecret, locate } from "./secrets.ts";
import type { VaultContext } from "./vault-context.ts";

/** Everything of one moment: an account that is refreshed meanwhile must not look damaged. */
export async function verifyVault(context: VaultContext): Promise<Finding[]> {
  const { raw } = context.opened;
  const { ledgerKey } = await context.keyring.keys();
  raw.exec("begin");
  try {
    return await examineAll(context, ledgerKey);
  } finally {
    if (raw.inTransaction) raw.exec("rollback");
  }
}

async function examineAll(context: VaultContext, ledgerKey: Uint8Array): Promise<Finding[]> {
  const findings = [structure(context), chain(context, ledgerKey)];
  const store = await context.opened.store();
  const accounts = listAccounts(context.opened.raw);
  const damaged: Finding[] = [];
  const newest = newestGenerations(context);
  let records = 0;
  for (const account of accounts) {
    for (const credential of account.credentials) {
      const { opened, problem } = await examine(context, account, credential, newest);
      records += opened;
      if (problem) damaged.push(problem);
    }
  }
  for (const app of await listApps(store)) {
    const finding = examineOwned(context, "apps", app.id, `${app.platform} app ${app.clientId}`);
    if (finding) damaged.push(finding);
  }
  for (const channel of listChannels(context.opened.raw)) {
    const finding = examineChannel(context, channel);
    if (finding) damaged.push(finding);
  }
  damaged.push(...examineUploads(context));
  const certificate = examineOwned(context, "vault", context.id, "the certificate of connect --https");
  if (certificate) damaged.push({ ...certificate, mend: "agencyiq connect PLATFORM --https" });
  return [
    ...findings,
    ...damaged,
    {
      id: "records",
      ok: damaged.length === 0,
      message: `every sealed record opens (${records})`,
    },
  ];
}

function structure(context: VaultContext): Finding {
  try {
    const told = context.opened.raw.pragma("quick_check(1)", { simple: true });
    if (told === "ok") return { id: "structure", ok: true, message: "the database file is sound" };
    return { id: "structure", ok: false, message: `the database file is damaged (${String(told)})` };
  } catch (error) {
    return { id: "structure", ok: false, message: `the database file is damaged (${toFailure(error).message})` };
  }
}

function chain(context: VaultContext, ledgerKey: Uint8Array): Finding {
  const broken = firstBrokenEntry(context, ledgerKey);
  if (broken === null) return { id: "ledger", ok: true, message: "the ledger's chain is whole" };
  return { id: "ledger", ok: false, message: `the ledger was changed at or before entry ${broken}` };
}

/** The highest generation the ledger knows of a credential: it also tells of a row put back past a new authorization. */
function newestGenerations(context: VaultContext) {
  const rows = context.opened.raw
    .prepare(
      `select subject_id || coalesce('/' || (detail ->> 'method'), '') as subject, max(detail ->> 'generation') as newest
       from ledger where action in ('account.connected', 'token.refreshed') group by 1`,
    )
    .all() as { subject: string; newest: number | null }[];
  const bySubject = new Map(rows.map(({ subject, newest }) => [subject, newest ?? 0]));
  return (account: ConnectedAccount, { id, method }: Credential) =>
    Math.max(bySubject.get(id) ?? 0, bySubject.get(`${account.id}/${method}`) ?? 0);
}

async function examine(
  context: VaultContext,
  account: ConnectedAccount,
  credential: Credential,
  newest: (account: ConnectedAccount, credential: Credential) => number,
): Promise<{ opened: number; problem: Finding | null }> {
  const address = addressOf(account);
  const bad = (message: string) => ({ id: "record", ok: false, message: `${address}: ${message}`, account: address });
  if (wasRolledBack(context.opened.raw, credential) || newest(account, credential) > credential.generation)
    return { opened: 0, problem: bad("its record was put back to an earlier state") };
  const wanted = {
    access_token: true,
    refresh_token: credential.refreshable,
    dpop_key: credential.dpop,
    token_secret: signsRequests(credential),
    key: false,
  };
  let opened = 0;
  try {
    for (const kind of secretKinds.credentials) {
      const text = await getSecret(context, {
        owner: "credentials",
        ownerId: credential.id,
        kind,
        generation: credential.generation,
      });
      if (text !== null) opened += 1;
      else if (wanted[kind]) return { opened, problem: bad(`its ${kind.replaceAll("_", " ")} is missing`) };
    }
    return { opened, problem: null };
  } catch (error) {
    if (error instanceof Failure && error.code === "record_damaged") return { opened, problem: bad(error.message) };
    throw error;
  }
}

/** Everything that an app or a channel has opens. */
function examineOwned(context: VaultContext, owner: "apps" | "channels" | "vault", ownerId: string, name: string) {
  const generation = generationOf(context.opened.raw, owner, ownerId) ?? 0;
  try {
    for (const kind of secretKinds[owner]) getSecret(context, { owner, ownerId, kind, generation });
    return null;
  } catch (error) {
    return { id: "record", ok: false, message: `${name}: ${toFailure(error).message}` };
  }
}

/** What was uploaded for posts that are not out yet. */
function examineUploads({ opened: { raw }, keyring }: VaultContext): Finding[] {
  const rows = raw
    .prepare("select owner_id as id, kind, generation, blob from secrets where owner = 'deliveries'")
    .all() as { id: string; kind: string; generation: number; blob: Uint8Array }[];
  return rows.flatMap(({ id, kind, generation, blob }) => {
    try {
      keyring.open({ table: "deliveries", rowId: id, kind, generation }, blob);
      return [];
    } catch (error) {
      const message = `what was uploaded for the delivery ${id}: ${toFailure(error).message}`;
      return [{ id: "record", ok: false, message, mend: `agencyiq posts retry ${id}` }];
    }
  });
}

function examineChannel(context: VaultContext, { id, name, target }: Channel): Finding | null {
  const mend = mendChannel(name);
  const damage = examineOwned(context, "channels", id, `channel ${name}`);
  if (damage) return { ...damage, mend };
  const kind = channelSecrets[target.kind];
  const missing = needsSecret(target) && kind !== null && locate(context.opened.raw, "channels", id, kind) === null;
  return missing ? { id: "record", ok: false, message: `channel ${name}: its secret is missing`, mend } : null;
}
