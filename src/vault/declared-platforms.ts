/** Declared platforms as rows. */
import type Sqlite from "better-sqlite3";
import { addressOf } from "../domain/account.ts";
import type { DeclaredPlatform } from "../domain/declared-platform.ts";
import { Failure } from "../domain/failure.ts";
import type { DeclaredPlatforms } from "../domain/ports/declared-platforms.ts";
import { listAccounts } from "./accounts.ts";
import { listApps, removeApp } from "./apps.ts";
import { append } from "./ledger.ts";
import { prepared } from "./sqlite.ts";
import type { Store } from "./store.ts";
import { readOne, type VaultContext, write } from "./vault-context.ts";
import { writeTogether } from "./write-together.ts";

export function declaredPlatformsOf(context: VaultContext): DeclaredPlatforms {
  return {
    declaredPlatforms: () => readOne(context, listDeclared),
    declaredPlatform: (id) => readOne(context, (raw) => findDeclared(raw, id)),
    declarePlatform: (declared) => writeTogether(context, () => putDeclared(context, declared)),
    forgetPlatform: (id) => write(context, (store) => forgetDeclared(context, store, id)),
  };
}

function listDeclared(raw: Sqlite.Database): DeclaredPlatform[] {
  const rows = prepared(raw, "select definition from declared_platforms order by id").all();
  return (rows as { definition: string }[]).map(toDeclared);
}

function findDeclared(raw: Sqlite.Database, id: string): DeclaredPlatform | null {
  const row = prepared(raw, "select definition from declared_platforms where id = ?").get(id);
  return row ? toDeclared(row as { definition: string }) : null;
}

function toDeclared({ definition }: { definition: string }): DeclaredPlatform {
  return JSON.parse(definition) as DeclaredPlatform;
}

function putDeclared(context: VaultContext, declared: DeclaredPlatform): void {
  const { raw } = context.opened;
  const now = context.clock.now();
  const isNew = findDeclared(raw, declared.id) === null;
  prepared(
    raw,
    `insert into declared_platforms (id, definition, created_at, updated_at) values (?, ?, ?, ?)
     on conflict do update set definition = excluded.definition, updated_at = excluded.updated_at`,
  ).run(declared.id, JSON.stringify(declared), now, now);
  append(context, {
    action: isNew ? "platform.added" : "platform.changed",
    detail: { platform: declared.id, hosts: declared.hosts.join(", ") },
  });
}

async function forgetDeclared(context: VaultContext, store: Store, id: string): Promise<void> {
  const { raw } = context.opened;
  if (!findDeclared(raw, id)) {
    throw new Failure("not_found", `no file declared a platform "${id}"`, { hint: "agencyiq platforms list" });
  }
  const accounts = listAccounts(raw, { platform: id }).map(addressOf);
  if (accounts.length > 0) {
    throw new Failure("usage", `${id} has accounts: ${accounts.join(", ")}`, {
      hint: `agencyiq disconnect ${accounts[0]}`,
    });
  }
  for (const app of await listApps(store)) if (app.platform === id) await removeApp(context, store, app.id);
  prepared(raw, "delete from declared_platforms where id = ?").run(id);
  append(context, { action: "platform.removed", detail: { platform: id } });
}
