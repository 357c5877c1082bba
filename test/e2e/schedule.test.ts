/** Posts for later: the queue, times in the brand's zone, what missed its time, the daemon; the built binary. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startDaemon } from "./agent-daemon.ts";
import { type Ended, run, start } from "./command.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

interface Answer {
  readonly post: { readonly id: string };
  readonly deliveries: readonly {
    id: string;
    state: string;
    scheduledFor: string | null;
    awaitsApproval: boolean;
    url: string | null;
    error: { code: string } | null;
  }[];
}

async function connected(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  return space;
}

async function timeline({ sandbox }: Sandboxed): Promise<{ text: string; at: number }[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as {
    posts: { text: string; createdAt: string }[];
  };
  return posts.map(({ text, createdAt }) => ({ text, at: Date.parse(createdAt) })).reverse();
}

const texts = async (space: Sandboxed) => (await timeline(space)).map(({ text }) => text);

function first(ended: Ended) {
  const [delivery] = ended.json<Answer>().deliveries;
  if (!delivery) throw new Error(ended.stdout + ended.stderr);
  return delivery;
}

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

describe("the queue", () => {
  it("keeps a post until somebody sends what is due, and sends it once", async () => {
    const space = await connected();
    const queued = await run(["publish", "--platform", "x", "--queue", "In turn"], { env: space.env });
    expect(queued).toMatchObject({ code: 0, stdout: expect.stringMatching(/^scheduled x\/acme due\n$/) });
    expect(await texts(space)).toEqual([]);
    const due = await run(["publish", "--due"], { env: space.env });
    expect(due).toMatchObject({ code: 0, stdout: expect.stringMatching(/^published x\/acme https:/), stderr: "" });
    expect(await run(["publish", "--due"], { env: space.env })).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await texts(space)).toEqual(["In turn"]);
  });

  it("is sent spread out, by one process at a time", async () => {
    const space = await connected();
    for (const text of ["a", "b"]) await run(["publish", "--platform", "x", "--queue", text], { env: space.env });
    const sending = await start(["publish", "--due", "--json"], { env: space.env });
    await vi.waitFor(async () => expect(await texts(space)).toHaveLength(1), { timeout: 10_000, interval: 50 });
    const beside = await run(["publish", "--due", "--json"], { env: space.env });
    expect(beside.json()).toEqual({ deliveries: [], daemon: true });
    expect((await sending.ended).json<Answer>().deliveries.map(({ state }) => state)).toEqual([
      "published",
      "published",
    ]);
    const [a, b] = await timeline(space);
    expect((b?.at ?? 0) - (a?.at ?? 0)).toBeGreaterThanOrEqual(4000);
  });

  it("is sent by the daemon, at its time and with its platform's consent", async () => {
    const space = await connected();
    await orderFault(space.sandbox, {
      method: "POST",
      path: "/2/tweets",
      fault: { kind: "error", name: "unavailable" },
    });
    const asked = Date.now();
    const at = ["publish", "--platform", "x", "--at", "+4s", "--json", "On time"];
    const scheduled = first(await run(at, { env: space.env }));
    expect(scheduled.state).toBe("scheduled");
    await startDaemon(space.env);
    await vi.waitFor(async () => expect(await texts(space)).toEqual(["On time"]), { timeout: 20_000, interval: 100 });
    const [post] = await timeline(space);
    expect((post?.at ?? 0) - asked).toBeGreaterThanOrEqual(3000);
  });

  it("is kept by the daemon for who has no key, and looked at as soon as it is written", async () => {
    const space = await connected();
    await startDaemon(space.env);
    const { AGENCYIQ_KEY_FILE: _hidden, ...env } = space.env;
    const { id } = first(await run(["publish", "--platform", "x", "--at", "+4w", "--json", "Later"], { env }));
    expect((await run(["posts", "retry", id], { env })).stdout).toMatch(/^published x\/acme https:/);
    await run(["publish", "--platform", "x", "--queue", "Now"], { env });
    await vi.waitFor(async () => expect(await texts(space)).toEqual(["Later", "Now"]), {
      timeout: 9000,
      interval: 100,
    });
  });
});

describe("a time", () => {
  it("is read in the brand's zone, and the instant is told", async () => {
    const space = await connected();
    await run(["brands", "set", "default", "--time-zone", "Australia/Sydney"], { env: space.env });
    const line = ["publish", "--platform", "x", "Summer"];
    const ended = await run([...line, "--at", "2040-12-01 09:00"], { env: space.env });
    expect(ended.stdout).toMatch(/^scheduled x\/acme for 2040-12-01 09:00 \+11:00 Australia\/Sydney, in \d+ d\n$/);
    const [stored] = (await run(["posts", "list", "--json"], { env: space.env })).json<{ posts: Answer[] }>().posts;
    expect(stored?.deliveries[0]?.scheduledFor).toBe("2040-11-30T22:00:00Z");
    const words = first(await run([...line, "--at", "tomorrow 9am", "--json"], { env: space.env }));
    const wall = new Intl.DateTimeFormat("en-GB", { timeZone: "Australia/Sydney", timeStyle: "short" });
    expect(wall.format(Date.parse(words.scheduledFor ?? ""))).toBe("09:00");
    const soon = first(await run([...line, "--at", "in 2 hours", "--json"], { env: space.env }));
    const ahead = Date.parse(soon.scheduledFor ?? "") - Date.now();
    expect(Math.abs(ahead - 7_200_000)).toBeLessThan(20_000);
  });

  it("that the clocks jump over, or show twice, is said aloud", async () => {
    const space = await connected();
    await run(["brands", "set", "default", "--time-zone", "Europe/Berlin"], { env: space.env });
    const at = (time: string) => run(["publish", "--platform", "x", "--at", time, "--json", time], { env: space.env });
    const gap = await at("2040-03-25 02:30");
    expect(gap.stderr).toContain("jump over 2040-03-25 02:30: 2040-03-25 03:30 is taken");
    expect(first(gap).scheduledFor).toBe("2040-03-25T01:30:00Z");
    const overlap = await at("2040-10-28 02:30");
    expect(overlap.stderr).toContain("for the second write 2040-10-28T02:30+01:00");
    expect(first(overlap).scheduledFor).toBe("2040-10-28T00:30:00Z");
  });

  it.each([
    [["--at", "yesterday 9am"], /has passed: that was/],
    [["--at", "tomorrow"], /says no time of day/],
    [["--at", "not tomorrow 9am"], /is no time/],
    [["--at", "2026-02-30 09:00"], /is no time/],
    [["--at", "+1h", "--queue"], /say two things/],
    [["--max-late", "1h"], /sent later/],
    [["--queue", "--max-late", "soon"], /not a duration/],
    [["--queue", "--when-late", "never"], /send, skip and ask/],
  ])("%j is refused", async (flags, why) => {
    const space = await connected();
    const ended = await run(["publish", "--platform", "x", ...flags, "a"], { env: space.env });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(why) });
    expect((await run(["posts", "list"], { env: space.env })).stderr).toContain("No such post");
  });
});

describe("a post that missed its time", () => {
  async function late(flags: readonly string[]): Promise<{ space: Sandboxed; due: Ended }> {
    const space = await connected();
    await run(["publish", "--platform", "x", "--at", "+1s", "--max-late", "1s", ...flags, "News"], { env: space.env });
    await seconds(3);
    return { space, due: await run(["publish", "--due", "--json"], { env: space.env }) };
  }

  it("is skipped, if that is its rule", async () => {
    const { space, due } = await late(["--when-late", "skip"]);
    expect(first(due)).toMatchObject({ state: "canceled", error: { code: "missed" } });
    expect(due.code).toBe(0);
    expect(await texts(space)).toEqual([]);
  });

  it("is sent, if that is its rule", async () => {
    const { space } = await late(["--when-late", "send"]);
    expect(await texts(space)).toEqual(["News"]);
  });

  it("waits for its owner, who is told once", async () => {
    const { space, due } = await late([]);
    const { id } = first(due);
    expect(first(due)).toMatchObject({ state: "scheduled", awaitsApproval: true });
    expect((await run(["publish", "--due"], { env: space.env })).stdout).toBe("");
    expect((await run(["notify", "log", "--json"], { env: space.env })).stdout.match(/post_late/g)).toHaveLength(1);
    expect((await run(["posts", "list"], { env: space.env })).stdout).toContain("waits for: agencyiq posts approve");
    expect((await run(["posts", "approve", id], { env: space.env })).stdout).toBe("scheduled x/acme due\n");
    expect((await run(["publish", "--due"], { env: space.env })).code).toBe(0);
    expect(await texts(space)).toEqual(["News"]);
    expect((await run(["posts", "approve", id], { env: space.env })).code).toBe(2);
  });
});

describe("what is written down", () => {
  it("can be shown, changed and canceled until it is out", async () => {
    const space = await connected();
    const { id } = first(
      await run(["publish", "--platform", "x", "--at", "+2w", "--json", "Draft"], { env: space.env }),
    );
    const edit = (...words: string[]) => run(["posts", "edit", id, ...words], { env: space.env });
    expect((await edit("あ".repeat(141))).code).toBe(7);
    expect((await edit("Final", "--at", "2040-12-24 18:00")).code).toBe(0);
    const shown = await run(["posts", "show", id.slice(0, 6)], { env: space.env });
    expect(shown.stdout).toContain("text       Final\n");
    expect(shown.stdout).toContain("for        2040-12-24 18:00 +00:00 UTC (“2040-12-24 18:00”)");
    expect(shown.stdout).toContain("post.edited");
    expect(await edit()).toMatchObject({ code: 2, stderr: expect.stringContaining("nothing is to be changed") });
    expect((await run(["posts", "cancel", id], { env: space.env })).stdout).toBe("canceled x/acme\n");
    expect((await run(["posts", "retry", id], { env: space.env })).code).toBe(0);
    expect(await texts(space)).toEqual(["Final"]);
    expect(await edit("Too late")).toMatchObject({ code: 2, stderr: expect.stringContaining("published at x/acme") });
    expect((await run(["posts", "cancel", id], { env: space.env })).stderr).toContain("agencyiq posts delete");
  });

  it("is taken down only when told so", async () => {
    const space = await connected();
    const { id } = first(await run(["publish", "--platform", "x", "--json", "Oops"], { env: space.env }));
    const asked = await run(["posts", "delete", id], { env: space.env });
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    expect((await run(["posts", "delete", id, "--yes"], { env: space.env })).stdout).toBe("deleted x/acme\n");
    expect(await texts(space)).toEqual([]);
    // Gone is gone: no rerun brings it back.
    expect((await run(["posts", "retry", id], { env: space.env })).stdout).toBe("deleted x/acme\n");
    expect(await texts(space)).toEqual([]);
  });

  it("is found by how its id begins; what could be several is refused", async () => {
    const space = await connected();
    expect(await run(["posts", "show", "00"], { env: space.env })).toMatchObject({ code: 2 });
    await connectX(space, "globex", ["--brand", "globex"]);
    const both = ["publish", "--account", "x/acme", "--account", "globex:x/globex", "--queue", "--json", "Two"];
    const { post, deliveries } = (await run(both, { env: space.env })).json<Answer>();
    const shown = (await run(["posts", "show", post.id, "--json"], { env: space.env })).json<Answer>();
    expect(shown.deliveries).toHaveLength(2);
    await run(["posts", "cancel", deliveries[0]?.id ?? ""], { env: space.env });
    const states = (await run(["posts", "show", post.id, "--json"], { env: space.env })).json<Answer>().deliveries;
    expect(states.map(({ state }) => state).sort()).toEqual(["canceled", "scheduled"]);
  });
});
