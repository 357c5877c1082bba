import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkCycles, requireQuota } from "../../src/app/quota.ts";
import type { Services } from "../../src/app/services.ts";
import { changed } from "../../src/domain/brand.ts";
import { draftOf } from "../../src/domain/post.ts";
import { days, hours } from "../../src/domain/time.ts";
import { accountOf, codeOf, credentialOf, newVault, raw, start } from "../vault/home.ts";

/** A brand whose first cycle begins with the year in New York, and ends 30 days later at 05:00 UTC. */
async function stage(quota: number | null = 3) {
  const home = await newVault();
  const { vault, clock, path } = home;
  const blank = { id: "acme", name: "Acme Bakery", timeZone: null, cycle: null, createdAt: 0 };
  await vault.addBrand(changed(blank, { timeZone: "America/New_York", cycleStart: "2030-01-01", quota }, "UTC"));
  const account = await vault.connect(accountOf("one", { brand: "acme" }), credentialOf("one"));
  const services = { clock, vault: async () => vault } as unknown as Services;
  const target = { accountId: account.id, address: "acme:x/one", platform: "x" };
  const write = async (text: string) => {
    const post = { id: randomUUID(), key: null, brand: "acme", draft: draftOf({ text }), schedule: null };
    const { deliveries } = await vault.createPost(post, [target], { overQuota: true });
    return deliveries[0]?.id ?? "";
  };
  const publish = async (text: string) => {
    const id = await write(text);
    await vault.claimDelivery(id, ["scheduled"]);
    await vault.finishDelivery(id, { state: "published" });
  };
  const schedule = async (text: string, at: number) => {
    const id = await write(text);
    raw(path, (database) => database.prepare("update deliveries set scheduled_for = ? where id = ?").run(at, id));
  };
  const told = () =>
    raw(path, (database) =>
      database.prepare("select kind, brand, account, subject, body, command from notifications order by rowid").all(),
    );
  clock.set(start + days(1));
  return { ...home, services, publish, schedule, told };
}

const ends = start + days(30) + hours(5);

describe("the owner, before a cycle ends", () => {
  it("is told one day ahead and once, with what is scheduled", async () => {
    const { clock, services, publish, schedule, told } = await stage();
    await publish("Out already");
    await schedule("Bread\n and a line that is longer than what one wants to read of it", ends - hours(2));
    await schedule("Next month's cake", ends + days(2));
    clock.set(ends - days(1) - 1);
    expect(await checkCycles(services)).toBe(0);
    clock.set(ends - days(1));
    expect([await checkCycles(services), await checkCycles(services)]).toEqual([1, 0]);
    expect(told()).toEqual([
      {
        kind: "cycle_ending",
        brand: "acme",
        account: "",
        subject: "the posting cycle of Acme Bakery ends on 2030-01-30",
        body:
          "It ends at 2030-01-31T05:00:00Z, and the next one begins. 1 of 3 posts went out; 1 more can be used until then. " +
          'Still to go out in it: 2030-01-31T03:00:00Z acme:x/one "Bread and a line that is longer than wh…". ' +
          'Scheduled after it: 2030-02-02T05:00:00Z acme:x/one "Next month\'s cake".',
        command: "agencyiq cycle status acme",
      },
    ]);
  });

  it("is told of every cycle, though the machine was off meanwhile, and not of one that is over", async () => {
    const { clock, services, told } = await stage(null);
    clock.set(ends + days(15));
    expect(await checkCycles(services)).toBe(0);
    for (const count of [2, 3]) {
      clock.set(ends + days(30) * (count - 1) - hours(3));
      expect(await checkCycles(services)).toBe(1);
    }
    expect(told()).toMatchObject([
      {
        body: expect.stringContaining("0 posts went out. Still to go out in it: nothing. Scheduled after it: nothing."),
      },
      { subject: expect.stringContaining("2030-03-31") },
    ]);
  });

  it("is not told of cycles that have not begun", async () => {
    const { clock, services } = await stage();
    clock.set(start - days(1));
    expect(await checkCycles(services)).toBe(0);
  });

  it("is told of the first posts of many, and how many there are", async () => {
    const { clock, services, schedule, told } = await stage(50);
    for (let number = 0; number < 8; number += 1) await schedule(`number ${number}`, ends - hours(10) + number);
    clock.set(ends - days(1));
    await checkCycles(services);
    const [{ body }] = told() as [{ body: string }];
    expect(body.match(/"number \d"/g)).toEqual([0, 1, 2, 3, 4].map((number) => `"number ${number}"`));
    expect(body).toContain("; and 3 more.");
  });
});

describe("asking ahead", () => {
  it("whether several posts fit takes no place", async () => {
    const { services, publish } = await stage(3);
    await publish("one");
    await requireQuota(services, "acme", { count: 2, at: null });
    await requireQuota(services, "acme", { count: 2, at: null });
    expect(await codeOf(requireQuota(services, "acme", { count: 3, at: null }))).toBe("quota_used_up");
    // In the next cycle, in none yet, and where there is none.
    await requireQuota(services, "acme", { count: 3, at: ends });
    expect(await codeOf(requireQuota(services, "acme", { count: 1, at: start }))).toBe("cycle_not_begun");
    await requireQuota(services, "default", { count: 1000, at: null });
  });
});
