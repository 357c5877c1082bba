/** Brands as rows. */
import type Sqlite from "better-sqlite3";
import { addressOf, defaultBrand } from "../domain/account.ts";
import { type Brand, defaultCycleDays } from "../domain/brand.ts";
import { Failure } from "../domain/failure.ts";
import type { KeptBrand } from "../domain/ports/brand-book.ts";
import { listAccounts } from "./accounts.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

type Row = Database["brands"] & { accounts: number };

const selected = "select b.*, (select count(*) from accounts a where a.brand = b.id) as accounts from brands b";

export function listBrands(raw: Sqlite.Database): KeptBrand[] {
  return (prepared(raw, `${selected} order by b.id <> ?, b.id`).all(defaultBrand) as Row[]).map(toBrand);
}

export function findBrand(raw: Sqlite.Database, id: string): KeptBrand | null {
  const row = prepared(raw, `${selected} where b.id = ?`).get(id) as Row | undefined;
  return row ? toBrand(row) : null;
}

function toBrand(row: Row): KeptBrand {
  const { id, name, time_zone: timeZone, cycle_start: start, cycle_days: days, quota } = row;
  return {
    id,
    name,
    timeZone,
    cycle: start === null ? null : { timeZone: timeZone ?? "UTC", start, days: days ?? defaultCycleDays, quota },
    createdAt: row.created_at,
    accounts: row.accounts,
  };
}

function requireKept(raw: Sqlite.Database, id: string): KeptBrand {
  const brand = findBrand(raw, id);
  if (brand) return brand;
  throw new Failure("not_found", `there is no brand "${id}"`, { hint: `agencyiq brands add ${id}` });
}

/** Inside a transaction. */
export function addBrand(context: VaultContext, wanted: Omit<Brand, "createdAt">): KeptBrand {
  const { raw } = context.opened;
  const { id } = wanted;
  if (findBrand(raw, id)) {
    throw new Failure("usage", `there is a brand "${id}" already`, { hint: `agencyiq brands set ${id}` });
  }
  prepared(raw, "insert into brands (id, created_at) values (?, ?)").run(id, context.clock.now());
  return put(context, "brand.added", wanted);
}

/** Inside a transaction. */
export function changeBrand(context: VaultContext, id: string, change: (brand: Brand) => Brand): KeptBrand {
  return put(context, "brand.changed", change(requireKept(context.opened.raw, id)));
}

function put(
  context: VaultContext,
  action: "brand.added" | "brand.changed",
  { id, name, timeZone, cycle }: Omit<Brand, "createdAt">,
): KeptBrand {
  const { raw } = context.opened;
  const { start = null, days = null, quota = null } = cycle ?? {};
  prepared(
    raw,
    "update brands set name = ?, time_zone = ?, cycle_start = ?, cycle_days = ?, quota = ? where id = ?",
  ).run(name, timeZone, start, days, quota, id);
  const detail = { brand: id, name, timeZone, cycleStart: start, cycleDays: days, quota };
  append(context, { action, subjectId: id, detail });
  return requireKept(raw, id);
}

/** Inside a transaction. Its posts stay in the history. */
export function removeBrand(context: VaultContext, id: string): void {
  const { raw } = context.opened;
  requireKept(raw, id);
  if (id === defaultBrand) {
    throw new Failure("usage", `brand "${id}" is where accounts go that no brand is named for; it stays`, {
      hint: `agencyiq brands set ${id} --no-cycle takes its cycle and quota away`,
    });
  }
  const addresses = listAccounts(raw, { brand: id }).map(addressOf);
  if (addresses.length > 0) throw stillConnected(id, addresses);
  prepared(raw, "delete from brands where id = ?").run(id);
  append(context, { action: "brand.removed", subjectId: id, detail: { brand: id } });
}

function stillConnected(id: string, addresses: readonly string[]): Failure {
  const [first] = addresses;
  const others = addresses.length > 1 ? ", and so on" : "";
  return new Failure("usage", `brand "${id}" has connected accounts: ${addresses.join(", ")}`, {
    hint: `first agencyiq disconnect ${first}${others}`,
  });
}
