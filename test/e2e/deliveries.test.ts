/** What a cron line and its owner see of deliveries: reruns, doubt, retries; the built binary against the sandbox. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addressOf } from "../../src/domain/account.ts";
import { draftOf } from "../../src/domain/post.ts";
import { keyFileSource } from "../../src/system/key-file.ts";
import { vaultCustody } from "../../src/vault/custody.ts";
import { clock, random } from "../conformance/ports.ts";
import { type Ended, run } from "./command.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

interface DeliveryDocument {
  readonly id: string;
  readonly account: string;
  readonly state: string;
  readonly url: string | null;
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  readonly history: readonly { readonly at: string; readonly action: string; readonly url?: string }[];
}

interface Answer {
  readonly post: { readonly id: string; readonly key: string | null };
  readonly deliveries: readonly DeliveryDocument[];
}

async function connected(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  return space;
}

async function timeline({ sandbox }: Sandboxed): Promise<string[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return posts.map(({ text }) => text).sort();
}

/** How often X was asked to make a post. */
async function postRequests({ sandbox }: Sandboxed): Promise<number> {
  const { requests } = (await (await fetch(`${sandbox.url}/_sandbox/requests`)).json()) as {
    requests: { method: string; path: string }[];
  };
  return requests.filter(({ method, path }) => method === "POST" && path === "/2/tweets").length;
}

const atPosting = { method: "POST", path: "/2/tweets" };
const atLooking = { method: "GET", path: "/2/users/*" };

function answerOf(ended: Ended): { code: number | null; first: DeliveryDocument; answer: Answer } {
  const answer = ended.json<Answer>();
  const [first] = answer.deliveries;
  if (!first) throw new Error(ended.stdout);
  return { code: ended.code, first, answer };
}

async function history({ env }: Sandboxed, state?: string): Promise<DeliveryDocument[]> {
  const args = ["posts", "list", "--json", ...(state ? ["--state", state] : [])];
  const { posts } = (await run(args, { env })).json<{ posts: Answer[] }>();
  return posts.flatMap(({ deliveries }) => deliveries);
}

describe("the same cron line again", () => {
  it.each([
    ["with a key", ["--key", "menu"]],
    ["without one", []],
  ])("after a partial failure sends only what is missing (%s)", async (_name, key) => {
    const space = await connected();
    await connectX(space, "globex", ["--brand", "globex"]);
    const line = ["publish", "--account", "x/acme", "--account", "globex:x/globex", ...key, "--json", "Soup"];
    await orderFault(space.sandbox, { ...atPosting, fault: { kind: "error", name: "suspended" } });
    const first = await run(line, { env: space.env });
    expect(first.code).toBe(3);
    expect(await timeline(space)).toEqual(["Soup"]);
    const again = answerOf(await run(line, { env: space.env }));
    expect(again.code).toBe(0);
    expect(again.answer.deliveries.map(({ state }) => state)).toEqual(["published", "published"]);
    expect(again.answer.post.id).toBe(first.json<Answer>().post.id);
    expect(await timeline(space)).toEqual(["Soup", "Soup"]);
    expect(await postRequests(space)).toBe(3);
  });

  it("after an unknown outcome finds out, and sends nothing twice", async () => {
    const space = await connected();
    const line = ["publish", "--platform", "x", "--json", "Is it out?"];
    await orderFault(space.sandbox, { ...atPosting, fault: "drop-after" });
    // A look that is refused, so that the first run cannot find out.
    await orderFault(space.sandbox, { ...atLooking, times: 9, fault: { kind: "status", status: 503 } });
    const first = answerOf(await run(line, { env: space.env }));
    expect([first.code, first.first.state, first.first.error?.code]).toEqual([9, "unknown", "delivery_unknown"]);
    const blind = answerOf(await run(line, { env: space.env }));
    expect([blind.code, blind.first.state, blind.first.attempts]).toEqual([9, "unknown", 1]);
    await fetch(`${space.sandbox.url}/_sandbox/faults`, { method: "DELETE" });
    const found = answerOf(await run(line, { env: space.env }));
    expect([found.code, found.first.state, found.first.attempts]).toEqual([0, "published", 1]);
    expect(await timeline(space)).toEqual(["Is it out?"]);
    expect(await postRequests(space)).toBe(1);
    const [told] = await history(space);
    expect(told?.history.map(({ action }) => action)).toEqual([
      "delivery.created",
      "delivery.sending",
      "delivery.unknown",
      "delivery.published",
    ]);
    expect(told?.history.at(-1)?.url).toBe(found.first.url);
  }, 90_000);

  it("is another post once the first is out", async () => {
    const space = await connected();
    const line = ["publish", "--platform", "x", "--json", "Good morning"];
    const [first, second] = [await run(line, { env: space.env }), await run(line, { env: space.env })].map(answerOf);
    expect(first?.code).toBe(0);
    // X itself does not take the same words again so soon.
    expect([second?.code, second?.first.error?.code]).toEqual([7, "duplicate_content"]);
    expect(second?.answer.post.id).not.toBe(first?.answer.post.id);
  });

  it("leaves no lock behind for what is out", async () => {
    const space = await connected();
    await run(["publish", "--platform", "x", "Done"], { env: space.env });
    const locks = readdirSync(join(space.env["AGENCYIQ_HOME"] ?? "", "locks"));
    expect(locks.filter((name) => name.startsWith("delivery-"))).toEqual([]);
  });
});

describe("what passes by itself", () => {
  it("is waited for while somebody waits", async () => {
    const space = await connected();
    await orderFault(space.sandbox, { ...atPosting, times: 2, fault: { kind: "error", name: "unavailable" } });
    const { code, first } = answerOf(
      await run(["publish", "--platform", "x", "--json", "Third time"], { env: space.env }),
    );
    expect([code, first.attempts]).toEqual([0, 3]);
    expect(await timeline(space)).toEqual(["Third time"]);
  });

  it("and takes longer, is left to the next run: not before the platform wants it, unless told to", async () => {
    const space = await connected();
    const line = ["publish", "--platform", "x", "--key", "k", "--json", "Later then"];
    await orderFault(space.sandbox, { ...atPosting, fault: { kind: "status", status: 429, resetAfter: 900 } });
    const { code, first } = answerOf(await run(line, { env: space.env }));
    expect([code, first.state, first.error?.code]).toEqual([6, "retrying", "rate_limited"]);
    const again = await run(line, { env: space.env });
    expect(again.code).toBe(6);
    expect(await postRequests(space)).toBe(1);
    expect((await run(["publish", "--due"], { env: space.env })).stdout).toBe("");
    const retried = await run(["posts", "retry", first.id.slice(0, 8)], { env: space.env });
    expect(retried).toMatchObject({ code: 0, stdout: expect.stringMatching(/^published x\/acme https:/) });
    expect(await timeline(space)).toEqual(["Later then"]);
  });

  it("is told where it does not: once, with the command that mends it", async () => {
    const space = await connected();
    await orderFault(space.sandbox, { ...atPosting, times: 2, fault: { kind: "error", name: "suspended" } });
    const { code, first } = answerOf(await run(["publish", "--platform", "x", "--json", "No"], { env: space.env }));
    expect([code, first.state]).toEqual([7, "failed"]);
    expect((await run(["posts", "retry", first.id], { env: space.env })).code).toBe(7);
    const told = (await run(["notify", "log", "--json"], { env: space.env })).stdout;
    expect(told.match(/post_failed/g)).toHaveLength(1);
    expect(told).toContain(`agencyiq posts retry ${first.id}`);
  });
});

describe("a post of unknown outcome", () => {
  async function unknown(space: Sandboxed): Promise<string> {
    await orderFault(space.sandbox, { ...atPosting, fault: "drop-before" });
    await orderFault(space.sandbox, { ...atLooking, times: 99, fault: { kind: "status", status: 503 } });
    const { code, first } = answerOf(
      await run(["publish", "--platform", "x", "--json", "Perhaps"], { env: space.env }),
    );
    expect([code, first.state]).toEqual([9, "unknown"]);
    return first.id;
  }

  it("is settled by its owner: it is out", async () => {
    const space = await connected();
    const id = await unknown(space);
    expect((await run(["posts", "cancel", id], { env: space.env })).stderr).toContain("posts reconcile");
    const url = "https://x.com/acme/status/123";
    const settled = answerOf(await run(["posts", "reconcile", id, "--published", url, "--json"], { env: space.env }));
    expect([settled.code, settled.first.state, settled.first.url]).toEqual([0, "published", url]);
    const again = await run(["posts", "reconcile", id, "--not-published"], { env: space.env });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("no doubt about it") });
  }, 60_000);

  it("is settled by its owner: it is not, and then it may be sent", async () => {
    const space = await connected();
    const id = await unknown(space);
    const settled = answerOf(await run(["posts", "reconcile", id, "--not-published", "--json"], { env: space.env }));
    expect([settled.code, settled.first.state]).toEqual([0, "failed"]);
    expect(await postRequests(space)).toBe(1);
    expect((await run(["posts", "retry", id], { env: space.env })).code).toBe(0);
    expect(await timeline(space)).toEqual(["Perhaps"]);
  }, 60_000);

  it("is looked for when its owner asks, and not sent", async () => {
    const space = await connected();
    await unknown(space);
    await fetch(`${space.sandbox.url}/_sandbox/faults`, { method: "DELETE" });
    const looked = answerOf(await run(["posts", "reconcile", "--json"], { env: space.env }));
    // Nothing is there, and it left a moment ago: too early to be sure.
    expect([looked.code, looked.first.state]).toEqual([9, "unknown"]);
    expect(await postRequests(space)).toBe(1);
  }, 60_000);
});

describe("a thread", () => {
  it("stops where it cannot go on, and resumes there", async () => {
    const space = await connected();
    const id = await queueThread(space, ["one", "two", "three"]);
    // The first is taken, the second refused.
    await orderFault(space.sandbox, { ...atPosting, fault: { kind: "date-skew", seconds: 0 } });
    await orderFault(space.sandbox, { ...atPosting, fault: { kind: "error", name: "suspended" } });
    const { code, first } = answerOf(await run(["publish", "--due", "--json"], { env: space.env }));
    expect([code, first.state]).toEqual([7, "failed"]);
    expect(first.error?.message).toMatch(/^1 of 3 parts are public; the next one: /);
    expect(await timeline(space)).toEqual(["one"]);
    const retried = answerOf(await run(["posts", "retry", id, "--json"], { env: space.env }));
    expect([retried.code, retried.first.state]).toEqual([0, "published"]);
    const { posts } = (await (await fetch(`${space.sandbox.url}/timeline.json`)).json()) as {
      posts: { id: string; text: string; replyTo: string | null }[];
    };
    const [three, two, one] = posts;
    expect([one, two, three].map((post) => post?.text)).toEqual(["one", "two", "three"]);
    expect([two?.replyTo, three?.replyTo]).toEqual([one?.id, two?.id]);
    expect(retried.first.url).toBe(`https://x.com/acme/status/${one?.id}`);
    const taken = answerOf(await run(["posts", "delete", first.id, "--yes", "--json"], { env: space.env }));
    expect([taken.code, taken.first.state]).toEqual([0, "deleted"]);
    expect(await timeline(space)).toEqual([]);
  });
});

/** A thread in the queue, as `publish` writes it. */
async function queueThread({ env }: Sandboxed, [text = "", ...rest]: readonly string[]): Promise<string> {
  const key = keyFileSource({ path: env["AGENCYIQ_KEY_FILE"] ?? "", credentialsDirectory: null, random });
  const who = { host: "test", actor: "test", processId: process.pid };
  const custody = vaultCustody({ home: env["AGENCYIQ_HOME"] ?? "", clock, random, ...who });
  const vault = await custody.open({ sources: [key], explicit: "file" });
  try {
    const [account] = await vault.accounts();
    if (!account) throw new Error("no account");
    const thread = rest.map((part) => ({ text: part, images: [], video: null, document: null, poll: null }));
    const schedule = { at: clock.now(), text: null, timeZone: null, maxLate: null, whenLate: null };
    const draft = draftOf({ text, thread });
    const target = { accountId: account.id, address: addressOf(account), platform: account.platform };
    const post = { id: random.uuid(), key: null, brand: account.brand, draft, schedule };
    return (await vault.createPost(post, [target])).post.id;
  } finally {
    await vault.close();
  }
}
