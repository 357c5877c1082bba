import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { telegram } from "../../src/platforms/telegram.ts";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { botsOf } from "../../src/sandbox/telegram/chats.ts";
import { clock, random } from "../conformance/ports.ts";
import { bodyText, connectedChat } from "./connected-chat.ts";
import { fileOf, mediaFile, message } from "./connected-x.ts";

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

const token = botsOf(defaultPeople)[0]?.token ?? "";
const connected = (chat = "@acme_news", key = token) =>
  connectedChat(telegram, sandbox, { method: "bot", key, answers: { chat } });
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const files = (...names: string[]) => names.map((name) => ({ file: mediaFile(name), alt: "A loaf" }));

test("a bot and a chat are an account; what a person copied around either is no matter", async () => {
  const { identity, secrets } = await connected("https://t.me/acme_news", `Use this token: ${token}\n`);
  expect(identity).toEqual({
    externalId: "-1001000000001",
    handle: "acme_news",
    name: "Acme Bakery",
    url: "https://t.me/acme_news",
    login: "110000001",
    kind: "channel",
    facts: { chat: "-1001000000001", type: "channel", username: "acme_news" },
  });
  // The address is a right in itself.
  expect(secrets).toContain(`/bot${token}/getMe`);
  await expect(connected("@acme_news", "hunter2")).rejects.toMatchObject({ code: "usage" });
});

test.each([
  ["@acme_archive", "@acme_bot must be an administrator there who may post messages"],
  [
    "@acme_elsewhere",
    '@acme_bot is not in it: add it there (Telegram says "Bad Request: member list is inaccessible")',
  ],
  ["globex_news", '@acme_bot is not in it: add it there (Telegram says "Bad Request: member list is inaccessible")'],
])("%s cannot be posted to: %s", async (chat, why) => {
  expect((await connected(chat)).identity.unusable).toBe(why);
});

test("a chat that nobody knows, and a token that was taken back, are said so", async () => {
  await expect(connected("-1009999999999")).rejects.toMatchObject({ code: "not_permitted" });
  const wrong = token.replace("AAH", "AAX");
  await expect(connected("@acme_news", wrong)).rejects.toMatchObject({ code: "needs_reauth" });
});

test("a text is one request; its options, and what it answers, go along", async () => {
  const to = await connected();
  const first = await to.publish({ text: "Fresh <bread> & *rye* @all" });
  expect(first).toEqual({ remoteId: "2", url: "https://t.me/acme_news/2" });
  const options = { silent: true, protect: true, "link-preview": false, html: true };
  const second = await to.publish({ text: "<b>Warm</b> &amp; <i>rye</i>", options, replyTo: `${first.url}?single` });
  expect(to.sent.map(({ method, url }) => `${method} ${new URL(url).pathname.replace(token, "…")}`)).toEqual([
    "POST /bot…/sendMessage",
    "POST /bot…/sendMessage",
  ]);
  expect(JSON.parse(await bodyText(to.sent[1] as never))).toEqual({
    chat_id: "-1001000000001",
    text: "<b>Warm</b> &amp; <i>rye</i>",
    parse_mode: "HTML",
    disable_notification: true,
    protect_content: true,
    link_preview_options: { is_disabled: true },
    reply_parameters: { message_id: 2 },
  });
  expect(await to.timeline()).toMatchObject([
    { text: "Warm & rye", replyTo: "-1001000000001/2", visibility: "silent", url: second.url },
    { text: "Fresh <bread> & *rye* @all" },
  ]);
});

test("a picture, an album, a GIF, a video and a document arrive as they were", async () => {
  const to = await connected("-1001000000002");
  const photo = await to.publish({ text: "One", images: files("photo.jpg") });
  expect(photo.url).toBe("https://t.me/c/1000000002/2");
  const album = await to.publish({
    text: "Two",
    images: files("photo.jpg", "picture.png"),
    video: files("film.mp4")[0] ?? null,
  });
  expect(album).toEqual({ remoteId: "3,4,5", url: "https://t.me/c/1000000002/3" });
  await to.publish({ text: "", images: files("moving.gif") });
  const options = { "caption-above": true, spoiler: true };
  await to.publish({ text: "Film", video: files("film.mp4")[0] ?? null, options });
  expect(await bodyText(to.sent.at(-1) as never)).toMatch(/name="duration"\r\n\r\n2\r\n/);
  await to.publish({ text: "Menu", document: files("three-pages.pdf")[0] ?? null });
  const shown = await to.timeline();
  expect(shown).toMatchObject([
    { text: "Menu", document: { title: "three-pages.pdf", sha256: sha256(mediaFile("three-pages.pdf")) } },
    { text: "Film", media: [{ kind: "video", sha256: sha256(mediaFile("film.mp4")) }] },
    { text: "", media: [{ kind: "gif" }] },
    { text: "", media: [{ kind: "video" }] },
    { text: "", media: [{ sha256: sha256(mediaFile("picture.png")) }] },
    { text: "Two", media: [{ sha256: sha256(mediaFile("photo.jpg")) }] },
    { text: "One" },
  ]);
  // All of an album goes; what is gone already is none the worse for it.
  await telegram.publish?.delete?.(to.api, album.remoteId);
  await telegram.publish?.delete?.(to.api, photo.remoteId);
  await telegram.publish?.delete?.(to.api, photo.remoteId);
  expect(await to.timeline()).toHaveLength(3);
});

test("a group that became a supergroup is written to under its new id, and its facts are mended", async () => {
  const to = await connected("-4000002");
  const { url } = await to.publish({ text: "Hello" });
  expect(url).toBe("https://t.me/c/1000000009/2");
  expect(await telegram.factsOf?.(to.api)).toEqual({ chat: "-1001000000009", type: "supergroup" });
  const small = await (await connected("-4000001")).publish({ text: "Hello" });
  expect(small.url).toBe("https://web.telegram.org/a/#-4000001");
  // What was posted to the small group is not the message that has its number in the supergroup.
  expect(small.remoteId).toMatch(/^-4000001\/\d+$/);
  await expect(telegram.publish?.delete?.(to.api, "-4000002/2")).rejects.toMatchObject({ code: "not_permitted" });
  expect(await to.timeline()).toMatchObject([{ text: "Hello" }, { text: "Hello" }]);
});

test("a check says where it may post, and that it may not any more", async () => {
  const to = await connected();
  expect(await telegram.check(to.api)).toBe("answers as @acme_bot, and may post to Acme Bakery");
  const api = { ...to.api, facts: { chat: "@acme_archive", type: "channel" } };
  await expect(telegram.check(api)).rejects.toMatchObject({ code: "not_permitted" });
});

test("how long to wait is in the body of a refusal", async () => {
  const to = await connected();
  await to.fault({ path: "/sendMessage", fault: { kind: "status", status: 429, resetAfter: 17 } });
  await expect(to.publish({ text: "Hello" })).rejects.toMatchObject({ code: "rate_limited", retryAfterSeconds: 17 });
});

test("what the limits do not say: captions, files together, what is answered", () => {
  const facts = { now: 0, video: null };
  const problems = (given: Parameters<typeof message>[0]) => telegram.problemsOf?.(message(given), facts) ?? [];
  const image = { file: fileOf("a.png", ""), alt: null };
  expect(problems({ text: "a".repeat(1025) })).toEqual([]);
  expect(problems({ text: "a".repeat(1025), images: [image] })).toEqual([expect.stringContaining("1 more than")]);
  const video = { file: "a.mp4", alt: null };
  expect(problems({ text: "", video, images: Array(10).fill(image) })).toEqual([
    expect.stringContaining("11 pictures"),
  ]);
  expect(problems({ text: "", replyTo: "https://x.com/acme/status/5" })).toEqual([expect.stringContaining("names no")]);
  for (const replyTo of ["5", "5,6", "-4000001/5,6", "https://t.me/acme/5", "https://t.me/c/123/4/5?single"]) {
    expect(problems({ text: "", replyTo })).toEqual([]);
  }
});
