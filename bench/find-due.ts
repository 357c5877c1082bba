/** How long it takes to find what is due among many accounts: rows multiplied in a vault that was seeded before. */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { dueCredentials, nextDueAt } from "../src/vault/due.ts";
import { openSqlite } from "../src/vault/sqlite.ts";

const [home = "", wanted = "100000"] = process.argv.slice(2);
const raw = openSqlite(join(home, "vault.db"));
const count = () => Number(raw.prepare("select count(*) from credentials").pluck().get());
const columns = (table: string) =>
  (raw.pragma(`table_info(${table})`) as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => !["id", "handle", "external_id", "account_id", "next_refresh_at"].includes(name))
    .join(", ");
for (let copy = 1; count() < Number(wanted); copy += 1) {
  raw.transaction(() => {
    raw.exec(`insert into accounts (id, handle, external_id, ${columns("accounts")})
      select id || '.${copy}', handle || '.${copy}', external_id || '.${copy}', ${columns("accounts")} from accounts where id not like '%.%'`);
    raw.exec(`insert into credentials (id, account_id, next_refresh_at, ${columns("credentials")})
      select id || '.${copy}', account_id || '.${copy}', next_refresh_at, ${columns("credentials")} from credentials where id not like '%.%'`);
  })();
}
// A hundred of them are due; the others are spread over the next two hours.
const now = Date.now();
raw.exec(`update credentials set next_refresh_at = ${now} + 1000 + (rowid * 7919) % 7200000`);
raw.exec(
  `update credentials set next_refresh_at = ${now} - 1 where rowid in (select rowid from credentials limit 100)`,
);

const times: number[] = [];
for (let round = 0; round < 21; round += 1) {
  const started = performance.now();
  const due = dueCredentials(raw, now, 2000);
  nextDueAt(raw);
  times.push(performance.now() - started);
  if (due.length !== 100) throw new Error(`${due.length} found`);
}
times.sort((a, b) => a - b);
console.log(
  `finding 100 due among ${count()}      median ${times[10]?.toFixed(2)} ms, first ${Math.max(...times).toFixed(2)} ms (goal: under 5 ms)`,
);
raw.close();
