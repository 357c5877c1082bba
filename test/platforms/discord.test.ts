import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { paceOf } from "../../src/platforms/discord/requests.ts";
import { discord } from "../../src/platforms/discord.ts";
import { serversOf } from "../../src/sandbox/discord/servers.ts";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { bodyText, connectedChat } from "./connected-chat.ts";
import { mediaFile, message } from "./connected-x.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterAll(() => sandbox.close());
beforeEach(() =>
  fetch(`${sandbox.url}/_sandbox/reset`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  }),
);

const [acme] = serversOf(defaultPeople);
const [announcements, ideas, category, staff] = acme?.channels ?? [];
const hookToken = (kind: number) => `SandboxWebhookTokenOf_acme-${kind}_0123456789012345678901234567890`;
const hook = (kind = 0) =>
  `https://discord.com/api/webhooks/${1_300_000_000_000_000_011n + BigInt(kind)}/${hookToken(kind)}`;
const webhook = (key = hook()) => connectedChat(discord, sandbox, { method: "webhook", key });
const bot = (channel = announcements?.id ?? "") =>
  connectedChat(discord, sandbox, { method: "bot", key: acme?.botToken ?? "", answers: { channel } });
const sha256 = (name: string) =>
  createHash("sha256")
    .update(readFileSync(mediaFile(name)))
    .digest("hex");

test.each([
  hook(),
  hook().replace("discord.com/api", "discordapp.com/api"),
  hook().replace("discord.com/api", "ptb.discord.com/api/v10"),
  `Post here: ${hook().replace("discord.com", "canary.discord.com")}?wait=true`,
])("%s is a webhook's address", async (key) => {
  const { identity, sent, secrets } = await webhook(key);
  expect(identity).toEqual({
    externalId: `${acme?.id}/${announcements?.id}`,
    handle: "captain-hook",
    name: "Captain Hook",
    url: `https://discord.com/channels/${acme?.id}/${announcements?.id}`,
    kind: "webhook",
    facts: { way: "webhook", guild: acme?.id, channel: announcements?.id },
  });
  expect(sent).toEqual([]);
  expect(secrets.some((secret) => secret.endsWith(hookToken(0)))).toBe(true);
});

test("a webhook that is gone, or is none, is said so", async () => {
  await expect(webhook(hook().replace("0011", "0099"))).rejects.toMatchObject({ code: "needs_reauth" });
  await expect(webhook(hook().replace("acme-0", "acme-9"))).rejects.toMatchObject({ code: "needs_reauth" });
  await expect(webhook("https://example.com/api/webhooks/1/a")).rejects.toMatchObject({ code: "usage" });
});

test("a bot's channel is found by its id or address, where messages are posted to and the bot is let in", async () => {
  const { identity } = await bot();
  expect(identity).toMatchObject({ externalId: announcements?.id, handle: "announcements", login: acme?.botId });
  expect((await bot(`https://discord.com/channels/${acme?.id}/${ideas?.id}`)).identity.kind).toBe("forum");
  expect((await bot(category?.id)).identity.unusable).toContain("nobody posts to");
  await expect(bot(staff?.id)).rejects.toMatchObject({ code: "not_permitted" });
  await expect(bot("general")).rejects.toMatchObject({ code: "usage" });
});

test("nobody is notified unless that is asked for, and the answer is waited for", async () => {
  const to = await webhook();
  const first = await to.publish({ text: "Hello @everyone" });
  expect(first.url).toBe(`https://discord.com/channels/${acme?.id}/${announcements?.id}/${first.remoteId}`);
  await to.publish({ text: "Now @everyone", options: { mentions: "everyone", silent: true, previews: false } });
  expect(new URL(to.sent[0]?.url ?? "").searchParams.get("wait")).toBe("true");
  expect(to.sent[0]?.headers?.["user-agent"]).toMatch(/^DiscordBot \(https:/);
  expect(JSON.parse(await bodyText(to.sent[0] as never))).toEqual({
    content: "Hello @everyone",
    allowed_mentions: { parse: [] },
  });
  expect(JSON.parse(await bodyText(to.sent[1] as never))).toMatchObject({
    flags: 4100,
    allowed_mentions: { parse: ["everyone"] },
  });
  expect(await to.timeline()).toMatchObject([
    { text: "Now @everyone", visibility: "notifies" },
    { text: "Hello @everyone" },
  ]);
  expect((await to.timeline())[1]).not.toHaveProperty("visibility");
});

test("files go along under their names with their alternative texts", async () => {
  const to = await webhook();
  await to.publish({
    text: "Look",
    images: [
      { file: mediaFile("photo.jpg"), alt: "A loaf" },
      { file: mediaFile("picture.png"), alt: null },
    ],
    video: { file: mediaFile("film.mp4"), alt: null },
    document: { file: mediaFile("three-pages.pdf"), alt: null },
  });
  expect(await to.timeline()).toMatchObject([
    {
      text: "Look",
      media: [
        { sha256: sha256("photo.jpg"), alt: "A loaf" },
        { sha256: sha256("picture.png"), alt: null },
        { kind: "video", sha256: sha256("film.mp4") },
      ],
      document: { title: "three-pages.pdf", sha256: sha256("three-pages.pdf") },
    },
  ]);
});

test("a link is in the text, or a card under its title; a poll has its question", async () => {
  const to = await webhook();
  const link = "https://example.com/a_b";
  await to.publish({ text: "Read *this*", link, options: { plain: true } });
  await to.publish({ text: "Read", link, title: "Bread", options: { description: "How", username: "Baker" } });
  await to.publish({ text: "Which?", poll: { options: ["Rye", "Spelt"], minutes: 90 } });
  expect(await to.timeline()).toMatchObject([
    { text: "Which?", poll: { options: ["Rye", "Spelt"] } },
    { text: "Read", title: "Bread", link, author: { name: "Baker" } },
    { text: `Read \\*this\\* ${link}` },
  ]);
});

test("a forum's thread is begun and answered into, by a webhook and by a bot", async () => {
  const byHook = await webhook(hook(1));
  await expect(byHook.publish({ text: "Idea" })).rejects.toMatchObject({ code: "content_invalid" });
  const first = await byHook.publish({ text: "Idea", options: { "thread-name": "Rye" } });
  const [thread = ""] = first.remoteId.split("/");
  await byHook.publish({ text: "More", options: { "thread-id": thread } });
  const byBot = await bot(ideas?.id);
  const begun = await byBot.publish({ text: "Another", options: { "thread-name": "Spelt" } });
  expect(begun.url).toContain(`/${begun.remoteId}`);
  expect((await byBot.timeline()).map(({ author }) => (author as { name: string }).name)).toEqual([
    'acme-bot in "Spelt"',
    'Spidey Bot in "Rye"',
    'Spidey Bot in "Rye"',
  ]);
  await discord.publish?.delete?.(byHook.api, first.remoteId);
  await discord.publish?.delete?.(byBot.api, begun.remoteId);
  await discord.publish?.delete?.(byBot.api, begun.remoteId);
  expect((await byBot.timeline()).map(({ text }) => text)).toEqual(["More"]);
});

test("the parts of a post that begins a forum's thread go on in that thread", async () => {
  const to = await bot(ideas?.id);
  const options = { "thread-name": "Rye" };
  const first = await to.publish({ text: "One", options }, "delivery.0.1");
  const again = { text: "Two", options, replyTo: first.remoteId };
  const second = await to.publish(again, "delivery.1.1");
  expect(await to.publish(again, "delivery.1.1")).toEqual(second);
  const [thread] = first.remoteId.split("/");
  expect(second.remoteId).toMatch(new RegExp(`^${thread}/`));
  expect(await to.timeline()).toMatchObject([{ text: "Two", replyTo: first.remoteId.split("/")[1] }, { text: "One" }]);
});

test("a bot answers, and what it sends again within two minutes is there once", async () => {
  const to = await bot();
  const first = await to.publish({ text: "One" }, "delivery.0.1");
  const again = await to.publish({ text: "One" }, "delivery.0.1");
  expect(again).toEqual(first);
  await to.publish({ text: "Two", replyTo: first.url }, "delivery.1.1");
  expect(await to.timeline()).toMatchObject([{ text: "Two", replyTo: first.remoteId }, { text: "One" }]);
  const { idempotentFor } = discord.publish ?? {};
  if (typeof idempotentFor !== "function") throw new Error("no promise");
  expect(idempotentFor(to.api, message({}))).toBe(120_000);
  expect(idempotentFor(to.api, message({ options: { "thread-name": "A" } }))).toBe(0);
  expect(idempotentFor((await webhook()).api, message({}))).toBe(0);
  expect(discord.limitsFor?.(to.api.facts).reply).toBe(true);
  expect(discord.limitsFor?.({ way: "webhook" }).reply).toBeUndefined();
});

test("an empty bucket is waited for as its headers say; a refusal says how long in fractions", async () => {
  const told = { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.25" };
  expect(paceOf(told, 1000)).toMatchObject({ until: 2250 });
  expect(paceOf({ ...told, "x-ratelimit-remaining": "1" }, 1000)).toBeNull();
  expect(paceOf({}, 1000)).toBeNull();
  const to = await webhook();
  for (let count = 0; count < 5; count += 1) await to.publish({ text: "a" });
  await expect(to.publish({ text: "a" })).rejects.toMatchObject({ code: "rate_limited" });
  await fetch(`${sandbox.url}/_sandbox/reset`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  await to.fault({ method: "POST", fault: { kind: "error", name: "rate-limited" } });
  await expect(to.publish({ text: "a" })).rejects.toMatchObject({ code: "rate_limited", retryAfterSeconds: 65 });
});

test("what the limits do not say, and where a body is wrong", async () => {
  const facts = { now: 0, video: null };
  const problems = (given: Parameters<typeof message>[0]) => discord.problemsOf?.(message(given), facts) ?? [];
  expect(problems({ text: "a".repeat(1990), link: "https://example.com" })).toHaveLength(1);
  expect(problems({ text: "a".repeat(1990), link: "https://example.com", title: "A" })).toEqual([]);
  expect(problems({ text: "*".repeat(1500), options: { plain: true } })).toHaveLength(1);
  expect(problems({ text: "a".repeat(301), poll: { options: ["a"], minutes: 60 } })).toHaveLength(1);
  expect(problems({ text: "a", options: { description: "b" } })).toHaveLength(1);
  expect(problems({ text: "a", options: { "thread-id": "here" } })).toHaveLength(1);
  expect(problems({ text: "a", replyTo: "https://x.com/a/status/1" })).toHaveLength(1);
  const image = { file: "a.png", alt: null };
  expect(problems({ text: "", images: Array(10).fill(image), video: image })).toHaveLength(1);
  const to = await webhook();
  await expect(to.publish({ text: "a".repeat(2001) })).rejects.toMatchObject({
    message: 'Discord answered 400: "Invalid Form Body: content: Must be 2000 or fewer in length."',
  });
});
