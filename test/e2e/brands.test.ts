import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDaemon } from "./agent-daemon.ts";
import { type Ended, run, type Workspace, workspace } from "./command.ts";
import { documented } from "./contract.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

interface Cycles {
  readonly cycles: readonly Record<string, unknown>[];
}

const aDay = 86_400_000;
const day = (fromNow: number) => new Date(Date.now() + fromNow * aDay).toISOString().slice(0, 10);

/** X connected for a brand with a cycle that began three days ago. */
async function withQuota(quota: number): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  const flags = ["--time-zone", "UTC", "--cycle-start", day(-3), "--quota", String(quota)];
  expect(await run(["brands", "add", "globex", ...flags], { env: space.env })).toMatchObject({ code: 0 });
  await connectX(space, "globex", ["--brand", "globex"]);
  return space;
}

function publish({ env }: Workspace, text: string, ...more: string[]): Promise<Ended> {
  return run(["publish", "--brand", "globex", text, ...more], { env });
}

async function timeline({ sandbox }: Sandboxed): Promise<string[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return posts.map(({ text }) => text).sort();
}

async function cycleOf({ env }: Workspace): Promise<Record<string, unknown>> {
  const [cycle] = (await run(["cycle", "status", "globex", "--json"], { env })).json<Cycles>().cycles;
  return cycle ?? {};
}

describe("the quota", () => {
  it("lets posts out until it is used up; after that nothing is sent, unless --over-quota", async () => {
    const space = await withQuota(2);
    for (const text of ["one", "two"]) expect(await publish(space, text)).toMatchObject({ code: 0 });
    const refused = await publish(space, "three");
    expect(refused).toMatchObject({ code: 7, stdout: "" });
    expect(refused.stderr).toMatch(
      /^error: the quota of brand "globex" is used up until .*: 2 published of 2\n {2}mend: .*--over-quota; agencyiq cycle status globex\n$/,
    );
    expect((await publish(space, "three", "--json")).json()).toMatchObject({ error: { code: "quota_used_up" } });
    expect((await publish(space, "three", "--dry-run")).code).toBe(7);
    expect(await timeline(space)).toEqual(["one", "two"]);
    expect(Object.keys(await cycleOf(space))).toEqual(documented("cycle status"));
    expect(await cycleOf(space)).toMatchObject({ used: 2, scheduled: 0, waiting: 0, left: 0, quota: 2, daysLeft: 27 });
    expect(await publish(space, "three", "--over-quota")).toMatchObject({ code: 0 });
    expect(await timeline(space)).toEqual(["one", "three", "two"]);
    expect(await cycleOf(space)).toMatchObject({ used: 3, left: 0 });
    expect((await run(["cycle"], { env: space.env })).stdout).toMatch(
      /^BRAND +CYCLE +USED +SCHEDULED +LEFT +DAYS LEFT +NOTE\nglobex +\S+ to \S+ +3 of 2 +0 +0 +27\n$/,
    );
  });

  it("gives the last place to one of several processes", async () => {
    const space = await withQuota(1);
    const ended = await Promise.all(["a", "b", "c", "d"].map((text) => publish(space, text, "--json")));
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 7, 7, 7]);
    expect(await timeline(space)).toHaveLength(1);
    expect(await cycleOf(space)).toMatchObject({ used: 1, left: 0 });
  });

  it("counts a key once, however often its line is run", async () => {
    const space = await withQuota(1);
    const first = await publish(space, "Soup", "--key", "menu", "--json");
    expect(first.code).toBe(0);
    for (let run = 0; run < 2; run += 1) {
      const again = await publish(space, "Soup", "--key", "menu", "--json");
      expect(again).toMatchObject({ code: 0, stdout: first.stdout });
    }
    expect(await cycleOf(space)).toMatchObject({ used: 1 });
    expect((await publish(space, "Bread", "--key", "bread")).code).toBe(7);
  });

  it("counts a post to several accounts once", async () => {
    const space = await withQuota(1);
    await connectX(space, "acme", ["--brand", "globex"]);
    expect((await publish(space, "Both")).code).toBe(0);
    expect(await timeline(space)).toEqual(["Both", "Both"]);
    expect(await cycleOf(space)).toMatchObject({ used: 1 });
  });

  it("gives the place of a post that was refused back, and keeps that of one whose outcome is unknown", async () => {
    const space = await withQuota(1);
    const tweets = { method: "POST", path: "/2/tweets" };
    await orderFault(space.sandbox, { ...tweets, fault: { kind: "error", name: "suspended" } });
    expect((await publish(space, "refused")).code).not.toBe(0);
    expect(await cycleOf(space)).toMatchObject({ used: 0, waiting: 0, left: 1 });
    await orderFault(space.sandbox, { ...tweets, fault: "drop-after" });
    // Nor can it be found out.
    const looks = { method: "GET", path: "/2/users/*", times: 9 };
    await orderFault(space.sandbox, { ...looks, fault: { kind: "status", status: 503 } });
    expect((await publish(space, "lost")).code).toBe(9);
    expect(await cycleOf(space)).toMatchObject({ used: 0, waiting: 1, left: 0 });
    expect((await publish(space, "third")).code).toBe(7);
  });

  it("is no quota before the first day: nothing goes out", async () => {
    const space = await withQuota(5);
    await run(["brands", "set", "globex", "--cycle-start", day(5)], { env: space.env });
    expect((await publish(space, "early", "--json")).json()).toMatchObject({ error: { code: "cycle_not_begun" } });
    expect((await publish(space, "early")).code).toBe(7);
    expect(await cycleOf(space)).toMatchObject({ begun: false, number: 1, daysLeft: 30, left: 5 });
    expect(await timeline(space)).toEqual([]);
    expect((await publish(space, "early", "--over-quota")).code).toBe(0);
  });

  it("holds for what the daemon sends too, and the daemon tells of a cycle's end once", async () => {
    const space = await withQuota(1);
    await run(["brands", "set", "globex", "--cycle-days", "1"], { env: space.env });
    for (const args of [["--once"], ["--once"]]) {
      expect(await run(["daemon", ...args], { env: space.env })).toMatchObject({ code: 0 });
    }
    const log = await run(["notify", "log", "--json"], { env: space.env });
    expect(log.json<{ notifications: unknown[] }>().notifications).toEqual([
      expect.objectContaining({
        kind: "cycle_ending",
        brand: "globex",
        account: null,
        subject: expect.stringMatching(/^the posting cycle of globex ends/),
        command: "agencyiq cycle status globex",
      }),
    ]);
    await run(["brands", "set", "globex", "--cycle-days", "30"], { env: space.env });
    const daemon = await startDaemon(space.env);
    // Only the daemon has the key.
    const keyless = { ...space, env: { ...space.env, AGENCYIQ_KEY_FILE: join(space.folder, "no-key") } };
    expect((await publish(keyless, "one")).code).toBe(0);
    expect((await publish(keyless, "two", "--json")).json()).toMatchObject({ error: { code: "quota_used_up" } });
    expect((await publish(keyless, "two", "--over-quota")).code).toBe(0);
    daemon.kill("SIGTERM");
    await daemon.ended;
    expect(await timeline(space)).toEqual(["one", "two"]);
  }, 60_000);
});

describe("brands", () => {
  it("are added, listed, changed, shown and removed, in words and as JSON", async () => {
    const { env } = workspace();
    const told = { brands: [] };
    expect((await run(["brands", "--json"], { env })).json()).toEqual(told);
    expect((await run(["cycle", "--json"], { env })).json()).toEqual({ cycles: [] });
    const name = ["--name", "Globex GmbH", "--time-zone", "europe/berlin"];
    const added = await run(["brands", "add", "globex", ...name, "--cycle-start", "2020-12-01", "--quota", "20"], {
      env,
    });
    expect(added.stdout).toBe(
      "brand       globex\nname        Globex GmbH\ntime zone   Europe/Berlin\ncycle       every 30 days from 2020-12-01\nquota       20 posts a cycle\n",
    );
    expect(added.stderr).toContain("agencyiq connect PLATFORM --brand globex");
    const list = (await run(["brands", "list", "--json"], { env })).json<{ brands: { createdAt: string }[] }>();
    expect(Object.keys(list.brands[0] ?? {})).toEqual(documented("brands list"));
    expect(list.brands).toEqual([
      expect.objectContaining({ brand: "default", cycleStart: null }),
      {
        brand: "globex",
        name: "Globex GmbH",
        timeZone: "Europe/Berlin",
        cycleStart: "2020-12-01",
        cycleDays: 30,
        quota: 20,
        accounts: 0,
        createdAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect((await run(["brands"], { env })).stdout).toMatch(
      /^BRAND +NAME +ACCOUNTS +CYCLE +QUOTA +TIME ZONE\ndefault +0\nglobex +Globex GmbH +0 +30 d from 2020-12-01 +20 +Europe\/Berlin\n$/,
    );
    const changed = await run(["brands", "set", "globex", "--no-quota", "--cycle-days", "7", "--json"], { env });
    expect(changed.json()).toMatchObject({ quota: null, cycleDays: 7, name: "Globex GmbH" });
    const shown = await run(["brands", "show", "globex"], { env });
    expect(shown.stdout).toMatch(/this cycle +\S+ to \S+, 0 used, 0 scheduled, [1-7] days left\naccounts +none\n/);
    expect((await run(["brands", "show", "globex", "--json"], { env })).json()).toMatchObject({
      connected: [],
      cycle: { brand: "globex", quota: null, left: null, used: 0 },
    });
    expect((await run(["brands", "remove", "globex"], { env })).code).toBe(2);
    expect((await run(["brands", "remove", "globex", "--yes", "--json"], { env })).json()).toEqual({ brand: "globex" });
    expect((await run(["brands", "show", "globex"], { env })).code).toBe(2);
  });

  it("take the machine's zone for a cycle that no zone is named for", async () => {
    const { env } = workspace({ TZ: "Asia/Tokyo" });
    const added = await run(["brands", "add", "a", "--cycle-start", "2026-01-01", "--json"], { env });
    expect(added.json()).toMatchObject({ timeZone: "Asia/Tokyo" });
    const later = await run(["brands", "set", "a", "--quota", "3", "--json"], { env: { ...env, TZ: "UTC" } });
    expect(later.json()).toMatchObject({ timeZone: "Asia/Tokyo", quota: 3 });
  });

  it("are not removed while accounts are connected: the command that disconnects them is named", async () => {
    const space = await withQuota(5);
    const refused = await run(["brands", "remove", "globex", "--yes"], { env: space.env });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("mend: first agencyiq disconnect globex:x/globex\n");
    await run(["disconnect", "globex:x/globex", "--yes"], { env: space.env });
    expect(await run(["brands", "remove", "globex", "--yes"], { env: space.env })).toMatchObject({ code: 0 });
  });

  it.each([
    [["add", "a b"], "cannot be a brand"],
    [["add", "default"], "agencyiq brands set default"],
    [["add", "a", "--time-zone", "Europe/Bonn"], "Europe/Berlin"],
    [["add", "a", "--cycle-start", "2026-02-30"], "--cycle-start must be a day such as"],
    [["add", "a", "--quota", "20"], "--cycle-start YYYY-MM-DD"],
    [["add", "a", "--cycle-start", "2026-01-01", "--quota", "many"], "--quota must be a whole number"],
    [["add", "a", "--cycle-start", "2026-01-01", "--cycle-days", "0"], "--cycle-days must be a whole number"],
    [["add", "a", "--name", "a\nb"], "one line"],
    [["set", "default"], "brands set --help"],
    [["set", "nobody", "--name", "N"], "agencyiq brands add nobody"],
    [["set", "default", "--no-cycle", "--cycle-start", "2026-01-01"], "choose one"],
    [["remove", "default", "--yes"], "--no-cycle"],
    [["show", "nobody"], "agencyiq brands list"],
  ])("%j is refused, and says what to do", async (words, hint) => {
    const { env } = workspace();
    await run(["vault", "init"], { env });
    const ended = await run(["brands", ...words], { env });
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(hint);
    expect(ended.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
  });

  it("without a cycle have no status", async () => {
    const { env } = workspace();
    await run(["brands", "add", "globex"], { env });
    const ended = await run(["cycle", "status", "globex"], { env });
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("agencyiq brands set globex --cycle-start"),
    });
    expect((await run(["cycle", "status"], { env })).stderr).toContain("agencyiq brands set BRAND");
  });
});
