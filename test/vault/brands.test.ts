import { randomUUID } from "node:crypto";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { type BrandChange, changed } from "../../src/domain/brand.ts";
import type { DeliveryState } from "../../src/domain/delivery.ts";
import type { DeliveryOutcome } from "../../src/domain/ports/post-store.ts";
import type { ConnectedAccount, Vault } from "../../src/domain/ports/vault.ts";
import { draftOf } from "../../src/domain/post.ts";
import { days, hours, minutes } from "../../src/domain/time.ts";
import { migrations } from "../../src/vault/migrations/index.ts";
import { accountOf, codeOf, credentialOf, keyOf, newVault, raw, start } from "./home.ts";
import { otherProcess, withCustody } from "./other-process.ts";

const blank = { name: null, timeZone: null, cycle: null, createdAt: 0 };
const monthly: BrandChange = { timeZone: "Europe/Berlin", cycleStart: "2030-01-01", quota: 3 };

function add(vault: Vault, id: string, change: BrandChange = {}) {
  return vault.addBrand(changed({ ...blank, id }, change, "UTC"));
}

function set(vault: Vault, id: string, change: BrandChange) {
  return vault.changeBrand(id, (brand) => changed(brand, change, "UTC"));
}

function connectTo(vault: Vault, brand: string, handle = "one"): Promise<ConnectedAccount> {
  return vault.connect(accountOf(handle, { brand }), credentialOf(handle));
}

interface Wish {
  readonly key?: string;
  readonly overQuota?: boolean;
}

/** Writes a post as `publish` does, and leaves it unsent. */
async function write(vault: Vault, accounts: readonly ConnectedAccount[], { key, overQuota = false }: Wish = {}) {
  const targets = accounts.map(({ id, brand, handle }) => ({
    accountId: id,
    address: `${brand}:x/${handle}`,
    platform: "x",
  }));
  const brand = accounts[0]?.brand ?? "";
  // Each post has words of its own: the same ones would be the same post again.
  const draft = draftOf({ text: key ?? randomUUID() });
  const post = { id: randomUUID(), key: key ?? null, brand, draft, schedule: null };
  return vault.createPost(post, targets, { overQuota });
}

const all: readonly DeliveryState[] = ["scheduled", "retrying", "failed"];

async function send(vault: Vault, ids: readonly string[], outcome: DeliveryOutcome = { state: "published" }) {
  for (const id of ids) {
    expect(await vault.claimDelivery(id, all)).not.toBeNull();
    await vault.finishDelivery(id, outcome);
  }
}

async function publish(vault: Vault, accounts: readonly ConnectedAccount[], wish: Wish = {}) {
  const { post, deliveries } = await write(vault, accounts, wish);
  await send(
    vault,
    deliveries.map(({ id }) => id),
  );
  return post;
}

async function useOf(vault: Vault, brand: string, at = start) {
  const [standing] = await vault.standings(at, brand);
  return standing?.use;
}

/** A vault whose clock stands in the first cycle of `acme`. */
async function withCycle(change: BrandChange = monthly) {
  const home = await newVault();
  await add(home.vault, "acme", change);
  home.clock.set(start + days(1));
  return { ...home, account: await connectTo(home.vault, "acme") };
}

describe("brands", () => {
  it("are kept as they were given, the default one first", async () => {
    const { vault, clock } = await newVault();
    await add(vault, "zeta");
    const acme = await add(vault, "acme", { ...monthly, name: "Acme Bakery", cycleDays: 7 });
    expect(acme).toEqual({
      id: "acme",
      name: "Acme Bakery",
      timeZone: "Europe/Berlin",
      cycle: { timeZone: "Europe/Berlin", start: "2030-01-01", days: 7, quota: 3 },
      createdAt: clock.now(),
      accounts: 0,
    });
    await connectTo(vault, "acme");
    expect((await vault.brands()).map(({ id, accounts }) => [id, accounts])).toEqual([
      ["default", 0],
      ["acme", 1],
      ["zeta", 0],
    ]);
    expect(await codeOf(add(vault, "acme"))).toBe("usage");
  });

  it("are changed in part, and the ledger tells", async () => {
    const { vault } = await newVault();
    await add(vault, "acme", monthly);
    expect(await set(vault, "acme", { quota: 5 })).toMatchObject({ cycle: { start: "2030-01-01", quota: 5 } });
    expect(await set(vault, "acme", { cycleStart: null })).toMatchObject({ cycle: null, timeZone: "Europe/Berlin" });
    expect(await codeOf(set(vault, "acme", { quota: 5 }))).toBe("usage");
    expect(await codeOf(set(vault, "nobody", { name: "N" }))).toBe("not_found");
    const told = (await vault.ledger({})).filter(({ action }) => action.startsWith("brand."));
    expect(told.map(({ action, detail }) => [action, detail["quota"]])).toEqual([
      ["brand.added", 3],
      ["brand.changed", 5],
      ["brand.changed", null],
    ]);
  });

  it("are made by connecting an account too", async () => {
    const { vault } = await newVault();
    await connectTo(vault, "globex");
    expect((await vault.brands()).at(-1)).toMatchObject({ id: "globex", cycle: null, accounts: 1 });
  });

  it("are removed once no account is connected, their history stays; the default one stays too", async () => {
    const { vault, account } = await withCycle();
    await publish(vault, [account]);
    await expect(vault.removeBrand("acme")).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("acme:x/one"),
      hint: expect.stringContaining("agencyiq disconnect acme:x/one"),
    });
    await vault.disconnect(account.id, { revoked: false });
    await vault.removeBrand("acme");
    expect((await vault.brands()).map(({ id }) => id)).toEqual(["default"]);
    expect((await vault.ledger({})).at(-1)).toMatchObject({ action: "brand.removed", detail: { brand: "acme" } });
    expect(await codeOf(vault.removeBrand("acme"))).toBe("not_found");
    expect(await codeOf(vault.removeBrand("default"))).toBe("usage");
  });
});

describe("deliveries of before there were brands", () => {
  it("count for the brand of their account, or of their post where that is gone", () => {
    const database = new Sqlite(":memory:");
    onTestFinished(() => void database.close());
    const [initial = "", schedule = "", posts = ""] = migrations;
    database.exec(initial + schedule);
    database.exec(`
      insert into brands values ('globex', 0);
      insert into accounts (id, brand, platform, handle, is_default, created_at) values ('a', 'globex', 'x', 'one', 0, 0);
      insert into posts values ('p', null, 'acme', 'Soup', 0);
      insert into deliveries (id, post_id, account_id, address, platform, state, attempts)
        values ('d', 'p', 'a', 'globex:x/one', 'x', 'published', 1), ('e', 'p', 'gone', 'acme:x/two', 'x', 'published', 1);`);
    database.exec(posts);
    expect(database.prepare("select id, brand from deliveries order by id").raw().all()).toEqual([
      ["d", "globex"],
      ["e", "acme"],
    ]);
  });
});

describe("a post counts", () => {
  it("once, however many accounts it goes to", async () => {
    const { vault, account } = await withCycle();
    const others = [await connectTo(vault, "acme", "two"), await connectTo(vault, "acme", "three")];
    await publish(vault, [account, ...others]);
    expect(await useOf(vault, "acme")).toEqual({ used: 1, scheduled: 0, waiting: 0 });
  });

  it("once for each brand whose accounts it goes to", async () => {
    const { vault, account } = await withCycle();
    await add(vault, "globex", monthly);
    await publish(vault, [account, await connectTo(vault, "globex")]);
    expect(await useOf(vault, "acme")).toMatchObject({ used: 1 });
    expect(await useOf(vault, "globex")).toMatchObject({ used: 1 });
  });

  it("in the cycle in which it first went out", async () => {
    const { vault, account, clock } = await withCycle();
    const second = await connectTo(vault, "acme", "two");
    const { deliveries } = await write(vault, [account, second]);
    const [one, two] = deliveries.map(({ id }) => id);
    await send(vault, [one ?? ""]);
    clock.advance(days(31));
    await send(vault, [two ?? ""]);
    expect(await useOf(vault, "acme", clock.now())).toEqual({ used: 0, scheduled: 0, waiting: 0 });
    expect(await useOf(vault, "acme")).toEqual({ used: 1, scheduled: 0, waiting: 0 });
  });

  it("from the first to the last millisecond of a cycle", async () => {
    const { vault, account, clock } = await withCycle();
    const [standing] = await vault.standings(clock.now(), "acme");
    const { from = 0, until = 0 } = standing?.cycle ?? {};
    // Berlin is an hour ahead.
    expect([from, until]).toEqual([start - hours(1), start + days(30) - hours(1)]);
    for (const at of [from, until - 1, until]) {
      clock.set(at);
      await publish(vault, [account]);
    }
    expect(await useOf(vault, "acme", from)).toMatchObject({ used: 2 });
    expect(await useOf(vault, "acme", until)).toMatchObject({ used: 1 });
  });

  it("as waiting while it may yet be public, and not at all once it is certain that it is not", async () => {
    const { vault, account } = await withCycle();
    const states: DeliveryState[] = ["unknown", "retrying", "failed", "canceled"];
    for (const state of states) {
      const { deliveries } = await write(vault, [account], { overQuota: true });
      await send(
        vault,
        deliveries.map(({ id }) => id),
        { state },
      );
    }
    expect(await useOf(vault, "acme")).toEqual({ used: 0, scheduled: 0, waiting: 2 });
  });

  it("in the next cycle, if only a rerun there sends it", async () => {
    const { vault, account, clock } = await withCycle();
    const { deliveries } = await write(vault, [account], { key: "k" });
    const ids = deliveries.map(({ id }) => id);
    await send(vault, ids, { state: "retrying" });
    clock.advance(days(31));
    expect(await useOf(vault, "acme", clock.now())).toMatchObject({ waiting: 0 });
    await write(vault, [account], { key: "k" });
    expect(await useOf(vault, "acme", clock.now())).toMatchObject({ waiting: 1 });
    await send(vault, ids);
    expect(await useOf(vault, "acme", clock.now())).toEqual({ used: 1, scheduled: 0, waiting: 0 });
    expect(await useOf(vault, "acme")).toEqual({ used: 0, scheduled: 0, waiting: 0 });
  });
});

describe("the quota", () => {
  it("lets so many posts out and no more, with nothing written of the one that is refused", async () => {
    const { vault, account, clock } = await withCycle();
    for (let count = 0; count < 3; count += 1) await publish(vault, [account]);
    const ledger = (await vault.ledger({})).length;
    await expect(write(vault, [account])).rejects.toMatchObject({
      code: "quota_used_up",
      category: "refused",
      message: expect.stringContaining("3 published of 3"),
      hint: "post all the same with --over-quota; agencyiq cycle status acme",
    });
    expect((await vault.ledger({})).length).toBe(ledger);
    await publish(vault, [account], { overQuota: true });
    expect(await useOf(vault, "acme")).toMatchObject({ used: 4 });
    clock.advance(days(30));
    await publish(vault, [account]);
  });

  it("holds the place of a post that is written and not sent yet; one that failed gives it back", async () => {
    const { vault, account } = await withCycle({ ...monthly, quota: 1 });
    const { deliveries } = await write(vault, [account]);
    expect(await codeOf(write(vault, [account]))).toBe("quota_used_up");
    await send(
      vault,
      deliveries.map(({ id }) => id),
      { state: "failed" },
    );
    await publish(vault, [account]);
  });

  it("asks nothing for a key whose post is out, and for one that has its place", async () => {
    const { vault, account } = await withCycle({ ...monthly, quota: 1 });
    const { deliveries } = await write(vault, [account], { key: "k" });
    const ids = deliveries.map(({ id }) => id);
    await send(vault, ids, { state: "retrying" });
    expect((await write(vault, [account], { key: "k" })).existing).toBe(true);
    await send(vault, ids);
    expect((await write(vault, [account], { key: "k" })).deliveries).toMatchObject([{ state: "published" }]);
    expect(await useOf(vault, "acme")).toEqual({ used: 1, scheduled: 0, waiting: 0 });
  });

  it("asks anew for a rerun of what failed: its place may be taken", async () => {
    const { vault, account } = await withCycle({ ...monthly, quota: 1 });
    const { deliveries } = await write(vault, [account], { key: "k" });
    await send(
      vault,
      deliveries.map(({ id }) => id),
      { state: "failed" },
    );
    await publish(vault, [account]);
    expect(await codeOf(write(vault, [account], { key: "k" }))).toBe("quota_used_up");
    await write(vault, [account], { key: "k", overQuota: true });
    expect(await useOf(vault, "acme")).toEqual({ used: 1, scheduled: 0, waiting: 1 });
  });

  it("of one brand refuses a post to two, whole", async () => {
    const { vault, account, path } = await withCycle({ ...monthly, quota: 0 });
    const other = await connectTo(vault, "default", "two");
    expect(await codeOf(write(vault, [other, account]))).toBe("quota_used_up");
    expect(raw(path, (database) => database.prepare("select count(*) from posts").pluck().get())).toBe(0);
    await publish(vault, [other]);
  });

  it("is no matter before the first cycle: nothing goes out then", async () => {
    const { vault, account, clock } = await withCycle({ ...monthly, quota: null });
    clock.set(start - hours(2));
    expect(await codeOf(write(vault, [account]))).toBe("cycle_not_begun");
    await publish(vault, [account], { overQuota: true });
    clock.set(start - hours(1));
    await publish(vault, [account]);
    expect(await useOf(vault, "acme")).toMatchObject({ used: 1 });
  });

  it("gives the last places to those who ask first, of three processes at once", async () => {
    const home = await withCycle({ ...monthly, cycleStart: "2020-01-01", quota: 10 });
    const code = `${withCustody}
      import { draftOf } from "src/domain/post.ts";
      const vault = await custody.open(plan);
      const target = { accountId: process.argv[4], address: "acme:x/one", platform: "x" };
      let written = 0;
      for (let count = 0; count < 8; count += 1) {
        const id = random.uuid();
        const post = { id, key: null, brand: "acme", draft: draftOf({ text: id }), schedule: null };
        const code = await codeOf(vault.createPost(post, [target]));
        if (code === "no failure") written += 1;
        else if (code !== "quota_used_up") throw new Error(code);
      }
      console.log(written);
      await vault.close();
    `;
    const program = { code, arguments: [home.folder, keyOf(home.source), home.account.id] };
    const ended = await Promise.all([1, 2, 3].map(() => otherProcess(home.folder, program).ended));
    const written = ended.map(Number);
    expect(
      written.reduce((sum, count) => sum + count, 0),
      String(written),
    ).toBe(10);
  });
});

describe("what is scheduled", () => {
  /** As the queue writes it. */
  async function schedule(home: { vault: Vault; path: string }, account: ConnectedAccount, at: number, text = "Soup") {
    const { post, deliveries } = await write(home.vault, [account], { overQuota: true });
    raw(home.path, (database) => {
      for (const { id } of deliveries)
        database.prepare("update deliveries set scheduled_for = ? where id = ?").run(at, id);
      database.prepare("update posts set text = ? where id = ?").run(text, post.id);
    });
    return post;
  }

  it("has a place in the cycle of its time", async () => {
    const home = await withCycle();
    await schedule(home, home.account, start + days(5));
    await schedule(home, home.account, start + days(40));
    expect(await useOf(home.vault, "acme")).toEqual({ used: 0, scheduled: 1, waiting: 0 });
    expect(await useOf(home.vault, "acme", start + days(40))).toEqual({ used: 0, scheduled: 1, waiting: 0 });
  });

  it("takes its place in the present cycle once it is late", async () => {
    const home = await withCycle();
    await schedule(home, home.account, start + days(5));
    home.clock.advance(days(35));
    expect(await useOf(home.vault, "acme")).toEqual({ used: 0, scheduled: 0, waiting: 0 });
    expect(await useOf(home.vault, "acme", home.clock.now())).toEqual({ used: 0, scheduled: 0, waiting: 1 });
  });

  it("is listed in order, with its accounts, until a time", async () => {
    const home = await withCycle();
    const later = await schedule(home, home.account, start + days(9), "Bread");
    const sooner = await schedule(home, home.account, start + days(3));
    await schedule(home, home.account, start + days(30), "not yet");
    await publish(home.vault, [home.account]);
    expect(await home.vault.upcoming("acme", start + days(30))).toEqual([
      { postId: sooner.id, text: "Soup", at: start + days(3), addresses: ["acme:x/one"] },
      { postId: later.id, text: "Bread", at: start + days(9), addresses: ["acme:x/one"] },
    ]);
  });
});

describe("how brands stand", () => {
  it("is told of all that have cycles, each in its own", async () => {
    const { vault, clock } = await newVault();
    for (let number = 0; number < 40; number += 1) {
      await add(vault, `brand-${number}`, { ...monthly, cycleDays: 1 + number });
      if (number % 2) await publish(vault, [await connectTo(vault, `brand-${number}`)]);
    }
    await add(vault, "without");
    const found = await vault.standings(clock.now() + minutes(1));
    expect(found).toHaveLength(40);
    expect(found.filter(({ use }) => use.used === 1)).toHaveLength(20);
    expect(found.every(({ plan, cycle, begun }) => begun && cycle.until - cycle.from === days(plan.days))).toBe(true);
    expect(await vault.standings(clock.now(), "without")).toEqual([]);
    expect(await vault.standings(clock.now(), "nobody")).toEqual([]);
  });
});
