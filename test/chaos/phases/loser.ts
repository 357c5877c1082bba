/** 7: a refresh that is refused after somebody else has stored a new authorization changes nothing of it. */

import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Field } from "../field.ts";
import type { Stage } from "../stage.ts";
import { countCall, expectThat, newTally, type Tally } from "../tally.ts";
import { close } from "../verdict.ts";

export async function loser(stage: Stage): Promise<Tally> {
  const tally = newTally("7 too late");
  const field = new Field(stage, { label: "loser", graces: [null, null, null] });
  await field.prepare();
  for (const address of field.addresses) await loseTo(stage, field, tally, address);
  await close(stage, field, tally);
  return tally;
}

async function loseTo(stage: Stage, field: Field, tally: Tally, address: string): Promise<void> {
  const { authority } = stage;
  const login = address.slice("oidc/".length);
  await authority.order(login, "hold-before");
  const held = authority.held((request) => request.login === login);
  const worker = stage.startWorker(field);
  await worker.ready;
  const losing = worker.refresh(address);
  const { held: hold } = await held;
  // Its owner takes the grant back at the server, and connects again, while the request is on its way.
  await authority.revokeOf(login);
  await field.reconnect(address);
  const winner = rowsOf(field);
  await authority.release(hold);
  const code = (await losing)?.code ?? null;
  countCall(tally, code);
  expectThat(tally, (await authority.counts(field.label)).presented > 0, "the loser sent nothing");
  expectThat(tally, rowsOf(field) === winner, `${address}: the winner's rows were changed`);
  expectThat(tally, code === null || code === "refresh_busy", `${address}: the loser ended with ${code}`);
  await worker.kill();
}

/** Every byte of what a connection consists of. */
function rowsOf(field: Field): string {
  const database = new Sqlite(join(field.home, "vault.db"), { readonly: true });
  try {
    const tables = ["accounts", "credentials", "secrets", "tombstones"];
    const rows = tables.map((name) => database.prepare(`select * from ${name} order by 1, 2, 3`).raw().all());
    return JSON.stringify(rows, (_key, value) =>
      value?.type === "Buffer" ? Buffer.from(value.data).toString("hex") : value,
    );
  } finally {
    database.close();
  }
}
