import { describe, expect, it } from "vitest";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { connect, keyOf, newVault, raw, start } from "./home.ts";
import { otherProcess, withCustody } from "./other-process.ts";

const note = (vault: Vault, number: number, account: string | null = null) =>
  vault.append({ action: "token.refreshed", account, subjectId: `s${number}`, detail: { number } });

const numbers = async (vault: Vault, query: Parameters<Vault["ledger"]>[0]) =>
  (await vault.ledger(query)).map(({ detail }) => detail["number"]);

describe("the ledger", () => {
  it("tells what happened, by whom and when, in its order", async () => {
    const { vault, clock } = await newVault();
    clock.advance(5);
    await note(vault, 1, "x/alice");
    clock.advance(-10);
    await note(vault, 2);
    expect(await vault.ledger({})).toEqual([
      {
        sequence: 1,
        at: start,
        actor: "ada@here",
        action: "vault.created",
        account: null,
        subjectId: null,
        detail: { keySource: "keychain", recovery: false },
      },
      expect.objectContaining({
        sequence: 2,
        at: start + 5,
        account: "x/alice",
        subjectId: "s1",
        detail: { number: 1 },
      }),
      expect.objectContaining({ sequence: 3, at: start - 5, account: null, detail: { number: 2 } }),
    ]);
  });

  it("answers by time, account, sequence and count", async () => {
    const { vault, clock } = await newVault();
    for (const number of [1, 2, 3, 4, 5, 6]) {
      clock.advance(1000);
      await note(vault, number, number % 2 === 0 ? "x/even" : "x/odd");
    }
    expect(await numbers(vault, { since: start + 4000 })).toEqual([4, 5, 6]);
    expect(await numbers(vault, { accounts: ["x/even"] })).toEqual([2, 4, 6]);
    expect(await numbers(vault, { accounts: ["x/even", "x/odd"], since: start + 5000 })).toEqual([5, 6]);
    expect(await numbers(vault, { accounts: [] })).toEqual([]);
    expect(await numbers(vault, { limit: 2 })).toEqual([5, 6]);
    expect(await numbers(vault, { after: 5 })).toEqual([5, 6]);
    expect(await numbers(vault, { after: 7 })).toEqual([]);
  });

  it("read on from an entry leaves none out, however few are read at a time", async () => {
    const { vault } = await newVault();
    for (const number of [1, 2, 3, 4, 5]) await note(vault, number);
    const seen: unknown[] = [];
    let after = 1;
    while (true) {
      const entries = await vault.ledger({ after, limit: 2 });
      const last = entries.at(-1);
      if (!last) break;
      seen.push(...entries.map(({ detail }) => detail["number"]));
      after = last.sequence;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it("is one chain, though several processes write at once", async () => {
    const home = await newVault();
    const program = {
      code: `${withCustody}
        const vault = await custody.open(plan);
        process.stdout.write("open");
        for (let count = 0; count < 60; count += 1) await vault.append({ action: "token.refreshed" });
        await vault.close();
      `,
      arguments: [home.folder, keyOf(home.source)],
    };
    const others = [1, 2, 3].map(() => otherProcess(home.folder, program));
    await Promise.all(others.map(({ said }) => said));
    for (let number = 0; number < 60; number += 1) await note(home.vault, number);
    await Promise.all(others.map(({ ended }) => ended));
    const sequences = (await home.vault.ledger({ limit: 1000 })).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 241 }, (_value, index) => index + 1));
    expect((await home.custody.verify(home.plan)).find(({ id }) => id === "ledger")?.ok).toBe(true);
  });

  it.each([
    ["an entry was changed", "update ledger set detail = '{}' where sequence = 3", 3],
    ["an entry's account was changed", "update ledger set account = 'x/bob' where sequence = 2", 2],
    ["an entry was taken out", "delete from ledger where sequence = 3", 4],
    ["the first was taken out", "delete from ledger where sequence = 1", 2],
    ["the last were taken out", "delete from ledger where sequence > 3", 4],
    ["all were taken out", "delete from ledger", 1],
    ["two were swapped", "update ledger set at = 9, actor = 'x' where sequence in (2, 3)", 2],
  ])("tells that %s", async (_what, statement, broken) => {
    const home = await newVault();
    await connect(home.vault, "alice");
    for (const number of [1, 2, 3]) await note(home.vault, number);
    expect((await home.custody.verify(home.plan)).find(({ id }) => id === "ledger")?.ok).toBe(true);
    raw(home.path, (database) => database.exec(statement));
    const finding = (await home.custody.verify(home.plan)).find(({ id }) => id === "ledger");
    expect(finding).toMatchObject({ ok: false });
    expect(finding?.message).toContain(` ${broken}`);
  });
});
