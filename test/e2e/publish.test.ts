import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "./command.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

interface PublishAnswer {
  readonly post: { readonly id: string; readonly key: string | null };
  readonly deliveries: readonly {
    state: string;
    url: string | null;
    account: string;
    attempts: number;
    error: { code: string } | null;
  }[];
}

async function connected(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  return space;
}

async function timeline({ sandbox }: Sandboxed): Promise<string[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return posts.map(({ text }) => text);
}

describe("publish to X", () => {
  it("posts the text and prints its address", async () => {
    const space = await connected();
    const ended = await run(["publish", "--platform", "x", "Guten Morgen ☕"], { env: space.env });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^published x\/acme https:\/\/x\.com\/acme\/status\/\d+\n$/);
    expect(await timeline(space)).toEqual(["Guten Morgen ☕"]);
  });

  it("counts as X counts, says every problem at once and sends nothing", async () => {
    const space = await connected();
    const ended = await run(["publish", "--platform", "x", "あ".repeat(141), "--json"], { env: space.env });
    expect(ended.code).toBe(7);
    expect(ended.json()).toMatchObject({ error: { code: "content_invalid" } });
    expect(ended.stdout).toContain("282 weighted characters, 2 more than X allows (280)");
    expect(await timeline(space)).toEqual([]);
  });

  it("shows the counted length with --dry-run and sends nothing", async () => {
    const space = await connected();
    const ended = await run(["publish", "--platform", "x", "see example.com", "--dry-run"], { env: space.env });
    expect(ended.stdout).toBe("would post to x/acme: 27 of 280 weighted characters\n");
    expect(await timeline(space)).toEqual([]);
  });

  it("sends nothing twice with the same key, and reports the first result", async () => {
    const space = await connected();
    const args = ["publish", "--platform", "x", "--key", "menu-1", "Soup", "--json"];
    const first = (await run(args, { env: space.env })).json<PublishAnswer>();
    const second = (await run(args, { env: space.env })).json<PublishAnswer>();
    expect(second).toEqual(first);
    expect(await timeline(space)).toEqual(["Soup"]);
  });

  it("refuses a key that belongs to another text", async () => {
    const space = await connected();
    await run(["publish", "--platform", "x", "--key", "k", "one"], { env: space.env });
    const ended = await run(["publish", "--platform", "x", "--key", "k", "two"], { env: space.env });
    expect(ended.code).toBe(2);
    expect(await timeline(space)).toEqual(["one"]);
  });

  it("looks for a post whose answer was lost, and sends it once", async () => {
    const space = await connected();
    await orderFault(space.sandbox, { method: "POST", path: "/2/tweets", fault: "drop-after" });
    const args = ["publish", "--platform", "x", "--key", "k", "Did it go out?", "--json"];
    const first = await run(args, { env: space.env });
    expect(first.code).toBe(0);
    expect(first.json<PublishAnswer>().deliveries[0]).toMatchObject({ state: "published", attempts: 1 });
    expect((await run(args, { env: space.env })).json()).toEqual(first.json());
    expect(await timeline(space)).toEqual(["Did it go out?"]);
  });

  it("waits as X asks, where that is not long", async () => {
    const space = await connected();
    await orderFault(space.sandbox, {
      method: "POST",
      path: "/2/tweets",
      fault: { kind: "status", status: 429, resetAfter: 2 },
    });
    const ended = await run(["publish", "--platform", "x", "--json", "Later then"], { env: space.env });
    expect(ended.json<PublishAnswer>().deliveries[0]).toMatchObject({ state: "published", attempts: 2 });
    expect(await timeline(space)).toEqual(["Later then"]);
  });

  it("posts to several accounts; one that fails holds back none (exit 3)", async () => {
    const space = await connected();
    await connectX(space, "globex", ["--brand", "globex"]);
    await orderFault(space.sandbox, { method: "POST", path: "/2/tweets", fault: { kind: "error", name: "suspended" } });
    const args = ["publish", "--account", "x/acme", "--account", "globex:x/globex", "Both", "--json"];
    const ended = await run(args, { env: space.env });
    expect(ended.code).toBe(3);
    expect(
      ended
        .json<PublishAnswer>()
        .deliveries.map(({ state }) => state)
        .sort(),
    ).toEqual(["failed", "published"]);
    expect(await timeline(space)).toEqual(["Both"]);
  });

  it("refreshes a refused token once and goes on", async () => {
    const space = await connected();
    await orderFault(space.sandbox, {
      method: "POST",
      path: "/2/tweets",
      fault: { kind: "error", name: "expired-token" },
    });
    expect((await run(["publish", "--platform", "x", "Once more"], { env: space.env })).code).toBe(0);
    expect(await timeline(space)).toEqual(["Once more"]);
  });

  it("reads the text from standard input", async () => {
    const space = await connected();
    const ended = await run(["publish", "--platform", "x", "--stdin"], { env: space.env, stdin: "From a pipe\n" });
    expect(ended.code).toBe(0);
    expect(await timeline(space)).toEqual(["From a pipe"]);
  });
});
