/** Threads with the built program: from a login to posts of every kind, and a token that is kept alive. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { run, runOnTerminal } from "./command.ts";
import { advance, connected, connectMeta, type Deliveries, metaSpace, publish, requestsTo, timeline } from "./meta.ts";
import { approve, orderFault } from "./sandboxed.ts";

const sha256 = (name: string) =>
  createHash("sha256")
    .update(readFileSync(mediaFile(name)))
    .digest("hex");
const slow = { timeout: 120_000 };

it("connects by https; what is kept lives for sixty days, and is not renewed on its first", slow, async () => {
  const space = await metaSpace("threads");
  const ended = await connectMeta(space);
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('"threads/acme"') });
  const { env } = space;
  const status = await run(["tokens", "status", "--live", "--json"], { env });
  expect(status.code, status.stderr).toBe(0);
  expect(status.stdout).toMatch(/answers as @acme/);
  const [, expiresAt = ""] = /"expiresAt":"([^"]+)"/.exec(status.stdout) ?? [];
  const days = (Date.parse(expiresAt) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(59);
  // On its first day nothing is asked for.
  const early = await run(["tokens", "refresh", "threads/acme", "--force", "--json"], { env });
  expect(early.stdout).toContain("does not renew a token before");
  const renewals = (await requestsTo(space)).filter(({ path }) => path === "/refresh_access_token");
  expect(renewals).toEqual([]);
});

it("posts a picture, a video, a carousel and a link, and shows them at their addresses", slow, async () => {
  const space = await connected("threads");
  const ended = await publish(space, "Look", "--image", mediaFile("square.jpg"), "--alt", "A test card", "--json");
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect((await publish(space, "Film", "--video", mediaFile("reel.mp4"))).code).toBe(0);
  expect(
    (await publish(space, "Two", "--image", mediaFile("square.jpg"), "--image", mediaFile("picture.png"))).code,
  ).toBe(0);
  expect((await publish(space, "Read", "--link", "https://example.com/a")).code).toBe(0);
  expect(await timeline(space)).toMatchObject([
    { text: "Read\nhttps://example.com/a" },
    { text: "Two", media: [{ sha256: sha256("square.jpg") }, { sha256: sha256("picture.png") }] },
    { text: "Film", media: [{ kind: "video", sha256: sha256("reel.mp4") }] },
    { text: "Look", media: [{ kind: "picture", sha256: sha256("square.jpg"), alt: "A test card" }] },
  ]);
  const [{ url } = { url: "" }] = ended.json<Deliveries>().deliveries;
  const page = await fetch(url.replace("https://", `${space.sandbox.url}/`));
  expect(await page.text()).toContain("A test card");
});

it("posts a thread as replies to itself, a poll and a quote, and takes the thread down", slow, async () => {
  const space = await connected("threads");
  const ended = await publish(
    space,
    "One",
    "--then",
    "Two",
    "--then",
    "Three",
    "--option",
    "threads.replies=mentioned_only",
    "--json",
  );
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const [three, two, one] = await timeline(space);
  expect([three, two, one]).toMatchObject([
    { text: "Three", replyTo: two?.id },
    { text: "Two", replyTo: one?.id },
    { text: "One", replyTo: null },
  ]);
  const [delivery] = ended.json<Deliveries>().deliveries;
  expect((await publish(space, "Again", "--quote", delivery?.url ?? "")).code).toBe(0);
  expect((await publish(space, "Which?", "--poll", "Rye", "--poll", "Spelt", "--poll-minutes", "1440")).code).toBe(0);
  expect(await timeline(space)).toMatchObject([
    { poll: { options: ["Rye", "Spelt"] } },
    { quotes: one?.id },
    {},
    {},
    {},
  ]);
  expect((await run(["posts", "delete", delivery?.id ?? "", "--yes"], { env: space.env })).code).toBe(0);
  expect((await timeline(space)).map(({ text }) => text)).toEqual(["Which?", "Again"]);
});

it("a file that is nowhere public is refused before anything is asked of Threads", slow, async () => {
  const space = await connected("threads");
  const before = (await requestsTo(space)).length;
  const ended = await run(["publish", "--platform", "threads", "Look", "--image", mediaFile("square.jpg")], {
    env: space.env,
  });
  expect(ended.code).toBe(7);
  expect(ended.stderr).toContain("fetches files itself");
  expect(await requestsTo(space)).toHaveLength(before);
});

it("counts emoji by their bytes, and takes a poll only by itself", slow, async () => {
  const space = await connected("threads");
  const long = await publish(space, `${"a".repeat(496)}🍞🍞`);
  expect(long).toMatchObject({ code: 7, stderr: expect.stringContaining("4 more than Threads allows (500)") });
  const both = await publish(space, "Which?", "--poll", "A", "--poll", "B", "--image", mediaFile("square.jpg"));
  expect(both).toMatchObject({ code: 7, stderr: expect.stringContaining("a poll only by itself") });
});

it("finds a post whose answer was lost, and does not send it twice", slow, async () => {
  const space = await connected("threads");
  const lost = { platform: "threads", method: "POST", path: "/v1.0/me/threads_publish", fault: "drop-after" };
  await orderFault(space.sandbox, lost);
  const ended = await publish(space, "Only once", "--json");
  expect(await timeline(space)).toHaveLength(1);
  expect(ended.code, ended.stdout).toBe(0);
  expect(ended.json<Deliveries>().deliveries).toMatchObject([
    { state: "published", url: (await timeline(space))[0]?.url },
  ]);
});

it("a login that was taken away wants a new one", slow, async () => {
  const space = await connected("threads");
  await fetch(`${space.sandbox.url}/_sandbox/revoke`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ platform: "threads" }),
  });
  await advance(space, 1);
  const ended = await publish(space, "Hello");
  expect(ended).toMatchObject({ code: 4, stderr: expect.stringContaining("agencyiq connect threads") });
});

it("setup walks from no app to a first post, by an https redirect", slow, async () => {
  const space = await metaSpace("threads");
  const { AGENCYIQ_THREADS_CLIENT_ID: id = "", AGENCYIQ_THREADS_CLIENT_SECRET: secret = "", ...given } = space.env;
  // A browser whose person goes past the warning.
  const browser = `/usr/bin/env NODE_TLS_REJECT_UNAUTHORIZED=0 ${process.execPath} ${approve}`;
  const env = { ...given, BROWSER: browser };
  const ended = await runOnTerminal(
    ["setup", "threads"],
    [
      { after: /Open https:\/\/developers\.facebook\.com\/apps\?/, type: "n\r" },
      { after: /Open https:\/\/www\.threads\.com\/settings\/account\?/, type: "n\r" },
      { after: /(Client ID|App ID)[^\n]*:/i, type: `${id}\r` },
      { after: /secret[^\n]*:/i, type: `${secret}\r` },
      { after: /How is its answer received\?/, type: "\r" },
    ],
    { env, timeout: 50_000 },
  );
  expect(ended.stdout).toContain("https://localhost:8791/callback/threads");
  expect(ended.stdout).not.toContain(secret);
  // The usual port may be somebody else's just now.
  if (/port 8791 is (in use|taken)/.test(ended.stdout)) return;
  expect(ended, ended.stdout).toMatchObject({ code: 0 });
  expect((await run(["publish", "--platform", "threads", "Hello"], { env })).code).toBe(0);
});
