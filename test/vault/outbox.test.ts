import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Channel, NewChannel } from "../../src/domain/channel.ts";
import { type Dispatch, type DispatchVerdict, judgeDispatch } from "../../src/domain/dispatch.ts";
import type { Failure } from "../../src/domain/failure.ts";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { days, hours, seconds } from "../../src/domain/time.ts";
import { nextDispatchQuery } from "../../src/vault/dispatches.ts";
import { notification } from "../notify/outbox.ts";
import { codeOf, type Home, newVault, openAgain, raw, start } from "./home.ts";

const webhook = (changes: Partial<NewChannel> = {}): NewChannel => ({
  name: "hook",
  target: { kind: "webhook", url: "https://example.com/hook" },
  secret: "whsec_secret",
  on: null,
  brand: null,
  ...changes,
});

async function withHook(): Promise<Home & { vault: Vault; channel: Channel }> {
  const home = await newVault();
  return { ...home, channel: await home.vault.addChannel(webhook()) };
}

async function begun(vault: Vault, { id }: Channel): Promise<Dispatch> {
  const dispatch = await vault.beginDispatch(id);
  if (!dispatch) throw new Error("nothing is due");
  return dispatch;
}

const down = (until: number, giveUpBefore: number | null = null): DispatchVerdict => ({
  kind: "channel_down",
  until,
  error: "no answer",
  giveUpBefore,
});

describe("channels", () => {
  it("are kept with their secret sealed, by name, and go with it", async () => {
    const { vault, path } = await withHook();
    const slack = await vault.addChannel(
      webhook({
        name: "alerts",
        target: { kind: "slack", host: "hooks.slack.com" },
        secret: "https://hooks.slack.com/services/T/B/planted",
        on: ["expiring", "needs_reauth"],
        brand: "globex",
      }),
    );
    expect((await vault.channels()).map(({ name, on, brand, failures }) => [name, on, brand, failures])).toEqual([
      ["alerts", ["expiring", "needs_reauth"], "globex", 0],
      ["hook", null, null, 0],
    ]);
    expect(await vault.channelSecret(slack)).toBe("https://hooks.slack.com/services/T/B/planted");
    for (const suffix of ["", "-wal"]) expect(readFileSync(path + suffix).includes("planted")).toBe(false);
    await vault.removeChannel(slack.id);
    await vault.removeChannel(slack.id);
    expect((await vault.channels()).map(({ name }) => name)).toEqual(["hook"]);
    expect(await vault.channelSecret(slack)).toBeNull();
    expect(raw(path, (database) => database.prepare("select count(*) from secrets").pluck().get())).toBe(1);
    expect((await vault.ledger({})).slice(-3).map(({ action, detail }) => [action, detail["name"]])).toEqual([
      ["channel.added", "hook"],
      ["channel.added", "alerts"],
      ["channel.removed", "alerts"],
    ]);
  });

  it("have names of their own, whatever the case", async () => {
    const { vault } = await withHook();
    expect(await codeOf(vault.addChannel(webhook({ name: "Hook" })))).toBe("usage");
    expect(await vault.channels()).toHaveLength(1);
  });

  it("without a secret need none", async () => {
    const { vault } = await newVault();
    const channel = await vault.addChannel(webhook({ target: { kind: "desktop" }, secret: null }));
    expect(await vault.channelSecret(channel)).toBeNull();
  });

  it("whose secret was changed say so; verification names them, and one whose secret is gone", async () => {
    const home = await withHook();
    const found = async () =>
      (await home.custody.verify(home.plan)).filter(({ ok }) => !ok).map(({ message }) => message);
    expect(await found()).toEqual([]);
    raw(home.path, (database) => database.exec("update secrets set blob = zeroblob(98)"));
    expect(await codeOf(home.vault.channelSecret(home.channel))).toBe("record_damaged");
    expect((await found())[0]).toMatch(/^channel hook: its signing secret was changed/);
    expect(await codeOf(home.custody.rotate(home.plan, { root: false }))).toBe("record_damaged");
    const failure = await home.custody.rotate(home.plan, { root: false }).catch((error: Failure) => error);
    expect(failure).toMatchObject({
      message: expect.stringContaining("not sealed again: the channel hook;"),
      hint: "agencyiq notify remove hook, then add it again, then rotate again",
    });
    raw(home.path, (database) => database.exec("delete from secrets"));
    expect((await found())[0]).toBe("channel hook: its secret is missing");
  });
});

describe("a notification", () => {
  it("is kept without any channel, and goes to none that is added later", async () => {
    const { vault } = await newVault();
    expect(await vault.notify(notification("a"))).toBe(true);
    const channel = await vault.addChannel(webhook());
    expect(await vault.nextDispatchAt()).toBeNull();
    expect(await vault.beginDispatch(channel.id)).toBeNull();
    expect(await vault.notifications({ limit: 9 })).toMatchObject([{ account: "x/a", dispatches: [] }]);
  });

  it("is raised once for its key, by however many at once", async () => {
    const home = await withHook();
    const other = await openAgain(home);
    const raised = await Promise.all(
      [home.vault, other, home.vault, other].map((each) => each.notify(notification("a"))),
    );
    expect(raised.filter(Boolean)).toHaveLength(1);
    expect(await home.vault.notifications({ limit: 9 })).toMatchObject([{ dispatches: [{ channel: "hook" }] }]);
  });

  it("goes to the channels that want its kind and its brand", async () => {
    const { vault } = await newVault();
    const wish = async (name: string, changes: Partial<NewChannel>) => vault.addChannel(webhook({ name, ...changes }));
    await wish("all", {});
    await wish("ends", { on: ["expiring", "needs_reauth"] });
    await wish("recovered", { on: ["recovered"] });
    await wish("globex", { brand: "globex" });
    await vault.notify(notification("a"));
    await vault.notify(notification("b", { brand: "globex", kind: "fallback" }));
    const told = await vault.notifications({ limit: 9 });
    expect(told.map(({ dispatches }) => dispatches.map(({ channel }) => channel))).toEqual([
      ["all", "ends"],
      ["all", "globex"],
    ]);
  });

  it("is listed with the newest, the oldest of them first", async () => {
    const { vault, clock } = await newVault();
    for (const mark of ["a", "b", "c"]) {
      await vault.notify(notification(mark));
      clock.advance(seconds(10));
    }
    const marks = async (query: { since?: number; limit: number }) =>
      (await vault.notifications(query)).map(({ subjectId }) => subjectId);
    expect(await marks({ limit: 2 })).toEqual(["b", "c"]);
    expect(await marks({ limit: 9, since: start + seconds(20) })).toEqual(["c"]);
  });
});

describe("a dispatch", () => {
  it("is begun durably before it is sent, and goes on under the same id until it is finished", async () => {
    const home = await withHook();
    const { vault, channel } = home;
    await vault.notify(notification("a"));
    expect((await vault.dueChannels()).map(({ id }) => id)).toEqual([channel.id]);
    const first = await begun(vault, channel);
    // The process dies here; the next one begins again.
    const other = await openAgain(home);
    const again = await begun(other, channel);
    expect(again.notification).toEqual(first.notification);
    expect([first.attempts, again.attempts]).toEqual([1, 2]);
    await other.finishDispatch(again, { kind: "sent" });
    expect(await other.beginDispatch(channel.id)).toBeNull();
    expect(await other.nextDispatchAt()).toBeNull();
    expect((await other.notifications({ limit: 1 }))[0]?.dispatches).toMatchObject([
      { channel: "hook", state: "sent", attempts: 2, error: null, finishedAt: start },
    ]);
  });

  it("is not begun where it could not be written down that it was sent", async () => {
    const { vault, channel, path } = await withHook();
    await vault.notify(notification("a"));
    raw(path, (database) =>
      database.exec("create trigger full before update on dispatches begin select raise(abort, 'full'); end"),
    );
    await expect(vault.beginDispatch(channel.id)).rejects.toThrow("full");
  });

  it("that was refused waits alone; the others go by it in their order", async () => {
    const { vault, channel, clock } = await withHook();
    for (const mark of ["a", "b", "c"]) {
      await vault.notify(notification(mark));
      clock.advance(1);
    }
    const first = await begun(vault, channel);
    await vault.finishDispatch(first, { kind: "again", at: clock.now() + seconds(30), error: "it answered 500" });
    const order: string[] = [];
    for (let next = await vault.beginDispatch(channel.id); next; next = await vault.beginDispatch(channel.id)) {
      order.push(next.notification.subjectId);
      await vault.finishDispatch(next, { kind: "sent" });
    }
    expect(order).toEqual(["b", "c"]);
    expect(await vault.nextDispatchAt()).toBe(clock.now() + seconds(30));
    clock.advance(seconds(30));
    const again = await begun(vault, channel);
    expect(again).toMatchObject({ attempts: 2, firstTriedAt: first.firstTriedAt });
    await vault.finishDispatch(again, { kind: "given_up", error: "it answered 500" });
    expect(await vault.nextDispatchAt()).toBeNull();
    expect((await vault.notifications({ limit: 9 }))[0]?.dispatches).toMatchObject([
      { state: "failed", attempts: 2, error: "it answered 500" },
    ]);
  });

  it("of a channel that is down keeps the place it has, also before what is raised meanwhile", async () => {
    const { vault, channel, clock } = await withHook();
    await vault.notify(notification("a"));
    await vault.finishDispatch(await begun(vault, channel), down(clock.now() + seconds(30)));
    clock.advance(seconds(10));
    await vault.notify(notification("b"));
    expect(await vault.dueChannels()).toEqual([]);
    expect(await vault.beginDispatch(channel.id)).toBeNull();
    expect(await vault.nextDispatchAt()).toBe(start + seconds(30));
    expect((await vault.channels())[0]).toMatchObject({
      failures: 1,
      failingSince: start,
      lastError: "no answer",
      waiting: 2,
    });
    clock.set(start + seconds(30));
    const next = await begun(vault, channel);
    expect(next.notification.subjectId).toBe("a");
    expect(next.channel.failures).toBe(1);
    await vault.finishDispatch(next, { kind: "sent" });
    expect((await vault.channels())[0]).toMatchObject({ failures: 0, failingSince: null, lastError: null, waiting: 1 });
    expect((await begun(vault, channel)).notification.subjectId).toBe("b");
  });

  it("is given up after three days of a channel that is down, and what is younger is not", async () => {
    const { vault, channel, clock } = await withHook();
    await vault.notify(notification("old"));
    let tries = 0;
    for (const end = start + days(4); clock.now() < end; ) {
      if (clock.now() >= start + days(2) && tries > 0) await vault.notify(notification("young"));
      clock.set(Math.max((await vault.nextDispatchAt()) ?? end, clock.now()));
      const dispatch = await vault.beginDispatch(channel.id);
      if (!dispatch) break;
      tries += 1;
      const outcome = { kind: "unreachable", message: "no answer" } as const;
      await vault.finishDispatch(dispatch, judgeDispatch(dispatch, outcome, { now: clock.now(), fraction: 0.999 }));
    }
    const [old, young] = await vault.notifications({ limit: 9 });
    expect(old?.dispatches).toMatchObject([{ state: "failed", error: "no answer" }]);
    expect(young?.dispatches).toMatchObject([{ state: "pending" }]);
    const givenUp = (old?.dispatches[0]?.finishedAt ?? 0) - start;
    expect(givenUp).toBeGreaterThanOrEqual(days(3));
    expect(givenUp).toBeLessThan(days(3) + hours(1));
    // Every half hour at most: three days are some 150 tries, not thousands.
    expect(tries).toBeLessThan(250);
  });

  it("of a channel that was removed is forgotten, also while it is under way; what was sent stays known", async () => {
    const { vault, channel } = await withHook();
    await vault.notify(notification("a"));
    await vault.finishDispatch(await begun(vault, channel), { kind: "sent" });
    await vault.notify(notification("b"));
    const underWay = await begun(vault, channel);
    await vault.removeChannel(channel.id);
    await vault.finishDispatch(underWay, { kind: "sent" });
    expect(await vault.nextDispatchAt()).toBeNull();
    const told = await vault.notifications({ limit: 9 });
    expect(told.map(({ dispatches }) => dispatches.map(({ channel: name, state }) => [name, state]))).toEqual([
      [["hook", "sent"]],
      [],
    ]);
  });

  it("that waited in a copy of the vault is not sent once the copy is restored: it may be old, and told", async () => {
    const home = await withHook();
    await home.vault.notify(notification("a"));
    const copy = join(home.folder, "copy.db");
    await home.custody.backup(copy);
    await home.vault.close();
    await home.custody.restore(copy, home.plan);
    const restored = await openAgain(home);
    expect(await restored.nextDispatchAt()).toBeNull();
    const [channel] = await restored.channels();
    expect(channel && (await restored.channelSecret(channel))).toBe("whsec_secret");
    expect((await restored.notifications({ limit: 9 }))[0]?.dispatches).toMatchObject([
      { state: "failed", error: "the vault was restored from a copy" },
    ]);
    await restored.notify(notification("b"));
    expect((await begun(restored, channel as Channel)).notification.subjectId).toBe("b");
  });

  it("is found by an index, however much was told before", async () => {
    const { vault, path } = await withHook();
    await vault.notify(notification("a"));
    const steps = raw(path, (database) => database.prepare(`explain query plan ${nextDispatchQuery}`).all());
    const plan = (steps as { detail: string }[]).map(({ detail }) => detail).join("\n");
    expect(plan).toContain("INDEX dispatches_pending");
    expect(plan).not.toMatch(/SCAN d$/m);
  });
});

it("rotation seals a channel's secret again", async () => {
  const home = await withHook();
  await home.custody.rotate(home.plan, { root: true });
  const again = await openAgain(home);
  expect(await again.channelSecret(home.channel)).toBe("whsec_secret");
  expect((await home.custody.verify(home.plan)).every(({ ok }) => ok)).toBe(true);
});
