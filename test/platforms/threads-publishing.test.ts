import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { messagesOf } from "../../src/app/messages.ts";
import { Failure } from "../../src/domain/failure.ts";
import { draftOf } from "../../src/domain/post.ts";
import { threads } from "../../src/platforms/threads.ts";
import { threadsLogin } from "../sandbox/meta-login.ts";
import { connectedMeta, formsOf, pathsOf, publishOn, served } from "./connected-meta.ts";
import { mediaFile, message, rememberedSteps, timelineOf } from "./connected-x.ts";

const connected = () => connectedMeta(threads, threadsLogin);
const sha256 = (name: string) =>
  createHash("sha256")
    .update(readFileSync(mediaFile(name)))
    .digest("hex");
const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as Failure,
  );

test("a text: the limit is asked for, the container is waited for, and the post's own address is told", async () => {
  const account = await connected();
  const { url, remoteId } = await publishOn(account, { text: "Hello" });
  expect(url).toMatch(/^https:\/\/www\.threads\.com\/@acme\/post\/[\w-]{11}$/);
  expect(pathsOf(account.sent)).toEqual([
    "GET /me/threads_publishing_limit",
    "POST /me/threads",
    "GET /ID",
    "GET /ID",
    "POST /me/threads_publish",
    "GET /ID",
  ]);
  expect(formsOf(account.sent)[0]).toEqual({ media_type: "TEXT", text: "Hello" });
  expect(account.waits).toEqual([2]);
  expect(await timelineOf(account.client)).toMatchObject([{ id: remoteId, text: "Hello", replyTo: null }]);
});

test("a picture and a video are fetched where they are, as they are", async () => {
  const account = await connected();
  await publishOn(account, { text: "Look", images: [served(account, "square.jpg", "A test card")] });
  await publishOn(account, { text: "Film", video: served(account, "reel.mp4", "It is blue") });
  expect(account.media.asked).toEqual(["/square.jpg", "/reel.mp4"]);
  expect(await timelineOf(account.client)).toMatchObject([
    { text: "Film", media: [{ kind: "video", sha256: sha256("reel.mp4"), alt: "It is blue" }] },
    { text: "Look", media: [{ kind: "picture", sha256: sha256("square.jpg"), alt: "A test card" }] },
  ]);
});

test("pictures and a video are one carousel, in their order, each with its own alternative text", async () => {
  const account = await connected();
  const images = ["square.jpg", "picture.png"].map((name) => served(account, name, name));
  await publishOn(account, { text: "Both", images, video: served(account, "reel.mp4") });
  expect((await timelineOf(account.client))[0]).toMatchObject({
    text: "Both",
    media: [{ alt: "square.jpg" }, { alt: "picture.png" }, { kind: "video", alt: null }],
  });
  const [, , , whole] = formsOf(account.sent);
  expect(whole).toMatchObject({ media_type: "CAROUSEL", children: expect.stringMatching(/^\d+,\d+,\d+$/) });
  expect(formsOf(account.sent)[0]).not.toHaveProperty("text");
});

test("a link has its own place beside text alone, and is in the text beside a picture", async () => {
  const account = await connected();
  await publishOn(account, { text: "Read", link: "https://example.com/a" });
  expect(formsOf(account.sent)[0]).toEqual({
    media_type: "TEXT",
    text: "Read",
    link_attachment: "https://example.com/a",
  });
  const draft = draftOf({ text: "Read", link: "https://example.com/a", images: [served(account, "square.jpg")] });
  const [beside] = messagesOf(draft, threads.limits);
  expect(beside).toMatchObject({ text: "Read https://example.com/a", link: null });
});

test("a poll, a reply by number, a quote by address, who may reply, a topic", async () => {
  const account = await connected();
  const first = await publishOn(account, { text: "First", options: { replies: "mentioned_only" }, tags: ["bread"] });
  await publishOn(account, { text: "Which?", poll: { options: ["Rye", "Spelt"], minutes: 1440 } });
  await publishOn(account, { text: "Second", replyTo: first.remoteId, options: { topic: "x" } });
  await publishOn(account, { text: "Again", quote: first.url });
  expect(await timelineOf(account.client)).toMatchObject([
    { text: "Again", quotes: first.remoteId },
    { text: "Second", replyTo: first.remoteId },
    { text: "Which?", poll: { options: ["Rye", "Spelt"] } },
    { text: "First\n› bread" },
  ]);
  const forms = formsOf(account.sent).filter(({ media_type }) => media_type);
  expect(forms[0]).toMatchObject({ reply_control: "mentioned_only", topic_tag: "bread" });
  expect(forms[2]).not.toHaveProperty("topic_tag");
});

test.each(["https://www.threads.com/@acme/post/unknown12345", "https://example.com/post/1", "acme", ""])(
  "%j is no post to answer, and nothing is made",
  async (replyTo) => {
    const account = await connected();
    expect(await failureOf(publishOn(account, { text: "Hi", replyTo }))).toMatchObject({ code: "content_invalid" });
    expect(pathsOf(account.sent)).not.toContain("POST /me/threads");
  },
);

test("a file without an address is refused before anything is made", async () => {
  const account = await connected();
  const images = [{ file: mediaFile("square.jpg"), alt: null }];
  const failure = await failureOf(publishOn(account, { text: "Look", images }));
  expect(failure).toMatchObject({ code: "content_invalid", hint: expect.stringContaining("--media-base-url") });
  expect(pathsOf(account.sent)).toEqual(["GET /me/threads_publishing_limit"]);
});

test("an address where nothing is, is told with what to do", async () => {
  const account = await connected();
  const images = [{ file: mediaFile("square.jpg"), alt: null, url: `${account.media.url}/nothing.jpg` }];
  const failure = await failureOf(publishOn(account, { text: "Look", images }));
  expect(failure).toMatchObject({ code: "content_invalid", hint: expect.stringContaining("open to everybody") });
});

test("a video that cannot be fetched is tried with one more container, and told then", async () => {
  const account = await connected();
  const video = { file: mediaFile("reel.mp4"), alt: null, url: `${account.media.url}/later.mp4` };
  const failure = await failureOf(publishOn(account, { text: "Film", video }));
  expect(failure.message).toContain("could not be fetched from its address (FAILED_DOWNLOADING_VIDEO)");
  expect(account.media.asked).toEqual(["/later.mp4", "/later.mp4"]);
});

test("what is no video is told by the platform's own code, at once", async () => {
  const account = await connected();
  const video = { file: mediaFile("reel.mp4"), alt: null, url: `${account.media.url}/square.jpg` };
  const failure = await failureOf(publishOn(account, { text: "Film", video }));
  expect(failure).toMatchObject({
    code: "content_invalid",
    message: expect.stringContaining("FAILED_PROCESSING_VIDEO"),
  });
  expect(account.media.asked).toHaveLength(1);
});

// The codes of https://developers.facebook.com/docs/threads/troubleshooting; how often one is tried, and the word that is told.
test.each([
  ["FAILED_DOWNLOADING_AUDIO", 2, "sound could not be fetched"],
  ["FAILED_DOWNLOADING_VIDEO", 2, "video could not be fetched"],
  ["FAILED_PROCESSING_AUDIO", 1, "sound cannot be processed"],
  ["FAILED_PROCESSING_VIDEO", 1, "video cannot be processed"],
  ["INVALID_ASPEC_RATIO", 1, "no proportion"],
  ["INVALID_ASPECT_RATIO", 1, "no proportion"],
  ["INVALID_BIT_RATE", 1, "bit rate"],
  ["INVALID_DURATION", 1, "too long or too short"],
  ["INVALID_FRAME_RATE", 1, "pictures a second"],
  ["INVALID_AUDIO_CHANNELS", 1, "too many channels"],
  ["INVALID_AUDIO_CHANNEL_LAYOUT", 1, "laid out"],
  ["UNKNOWN", 2, "does not say why"],
  ["SOMETHING_NEW", 1, "no more than this code"],
])("a container's %s is tried %i times, and told in words and with the code", async (code, tries, words) => {
  const account = await connected();
  const get: typeof account.api.get = async (url, request) =>
    /\/\d{17}$/.test(url) ? { id: "1", status: "ERROR", error_message: code } : account.api.get(url, request);
  const api = { ...account.api, get };
  const failure = await failureOf(publishOn({ ...account, api }, { text: "Hello" }));
  expect(failure).toMatchObject({ code: "content_invalid", message: expect.stringContaining(words) });
  expect(failure.message).toContain(`(${code})`);
  expect(pathsOf(account.sent).filter((path) => path === "POST /me/threads")).toHaveLength(tries);
});

test("a container that was made before is used again; an expired one, and one of another text, is not", async () => {
  const account = await connected();
  const steps = rememberedSteps();
  const prepare = (text: string) => account.publishing.prepare(account.api, message({ text }), steps.step);
  const first = await prepare("Hello");
  expect(await prepare("Hello")).toEqual(first);
  const second = await prepare("Hello!");
  expect(second).not.toEqual(first);
  await account.api.wait(23.5 * 3600);
  const third = await prepare("Hello!");
  expect(third).not.toEqual(second);
  await account.publishing.commit(account.api, message({ text: "Hello!" }), {
    prepared: third,
    idempotencyKey: "key",
    step: rememberedSteps().step,
  });
  expect(await timelineOf(account.client)).toMatchObject([{ text: "Hello!" }]);
});

test("what an earlier try published, though it looked otherwise, is not posted once more", async () => {
  const account = await connected();
  const { step } = rememberedSteps();
  const written = message({ text: "Hello" });
  const prepared = await account.publishing.prepare(account.api, written, step);
  await account.publishing.commit(account.api, written, { prepared, idempotencyKey: "key", step });
  const failure = await failureOf(account.publishing.prepare(account.api, written, step));
  expect(failure).toMatchObject({ code: "duplicate_content", message: expect.stringContaining("is public") });
  expect(pathsOf(account.sent).filter((path) => path === "POST /me/threads")).toHaveLength(1);
});

test("what is not there yet for the one who publishes is published a little later", async () => {
  const account = await connected();
  await account.client.fault("POST /v1.0/me/threads_publish", { kind: "error", name: "media-not-found" }, 2);
  await publishOn(account, { text: "Hello" });
  expect(account.waits).toEqual([2, 5, 15]);
  expect(await timelineOf(account.client)).toHaveLength(1);
});

test("at the limit nothing is made, and it is said when there is room again", { timeout: 60_000 }, async () => {
  const account = await connected();
  const { client, token } = account;
  const host = "graph.threads.net/v1.0/me";
  const form = { media_type: "TEXT", text: "Hello", auto_publish_text: "true" };
  // More calls than an hour allows a real app's one user.
  for (let count = 0; count < 250; count += 1) {
    if (count % 100 === 0) await account.api.wait(3600);
    expect((await client.call("POST", `${host}/threads`, token, form)).status).toBe(200);
  }
  await account.api.wait(3600);
  account.sent.length = 0;
  const failure = await failureOf(publishOn(account, { text: "One more" }));
  expect(failure).toMatchObject({ code: "rate_limited", message: expect.stringContaining("250 of 250 in 24 hours") });
  // The first of them is three hours old.
  expect(failure.retryAfterSeconds).toBeGreaterThan(20.9 * 3600);
  expect(failure.retryAfterSeconds).toBeLessThan(21.1 * 3600);
  expect(new Set(pathsOf(account.sent))).toEqual(new Set(["GET /me/threads_publishing_limit", "GET /me/threads"]));
});

test.each([
  ["drop-before", null],
  ["drop-after", "Hello"],
])("after %s it is known whether it went out", async (kind, text) => {
  const account = await connected();
  const { api, publishing } = account;
  const since = api.now();
  const written = message({ text: "Hello" });
  const sending = {
    prepared: await publishing.prepare(api, written, rememberedSteps().step),
    idempotencyKey: "key",
    step: rememberedSteps().step,
  };
  await account.client.fault("POST /v1.0/me/threads_publish", kind);
  expect(await failureOf(publishing.commit(api, written, sending))).toMatchObject({ code: "delivery_unknown" });
  const found = await publishing.confirm(api, written, sending, since);
  expect(found?.url ?? null).toEqual(text === null ? null : expect.stringContaining("/post/"));
});

test("a container that is not there any more, and a new post of other words: nobody can tell", async () => {
  const account = await connected();
  const { api, publishing } = account;
  const since = api.now();
  const written = message({ text: "Hello #soup" });
  const prepared = await publishing.prepare(api, written, rememberedSteps().step);
  const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
  const get: typeof api.get = (url, request) => {
    if (url.includes(prepared.container)) throw new Failure("not_found", "there is no such thing");
    return api.get(url, request);
  };
  expect(await publishing.confirm({ ...api, get }, written, sending, since)).toBeNull();
  await publishOn(account, { text: "Hello soup" });
  expect(await publishing.confirm({ ...api, get }, written, sending, since)).toBeUndefined();
});

test("a reply is found again among the replies; of two that say the same nobody can tell", async () => {
  const account = await connected();
  const { api, publishing } = account;
  const since = api.now();
  const { remoteId: replyTo } = await publishOn(account, { text: "First" });
  const written = message({ text: "Second", replyTo });
  const prepared = await publishing.prepare(api, written, rememberedSteps().step);
  const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
  const published = await publishing.commit(api, written, sending);
  expect(await publishing.confirm(api, written, sending, since)).toEqual(published);
  await publishOn(account, { text: "Second", replyTo });
  expect(await publishing.confirm(api, written, sending, since)).toBeUndefined();
});

test("a deleted post is gone, and deleting it once more is no failure", async () => {
  const account = await connected();
  const { remoteId } = await publishOn(account, { text: "Oops" });
  await account.publishing.delete(account.api, remoteId);
  expect(await timelineOf(account.client)).toEqual([]);
  await account.publishing.delete(account.api, remoteId);
});

test("the live check tells whose token it is, what it may do, and how long; a dead one wants a new login", async () => {
  const account = await connected();
  const check = await threads.check(account.api);
  expect(check).toMatchObject({ say: "answers as @acme", scopes: threadsLogin.scopes.split(",") });
  if (typeof check === "string") throw new Error("no details");
  expect((check.expiresAt ?? 0) - Date.now()).toBeGreaterThan(59 * 86_400_000);
  expect((check.dataAccessExpiresAt ?? 0) - Date.now()).toBeGreaterThan(89 * 86_400_000);
  expect(await threads.identify(account.api)).toMatchObject([
    { externalId: expect.stringMatching(/^\d{17}$/), handle: "acme", url: "https://www.threads.com/@acme" },
  ]);
  await account.client.control("/revoke", { platform: "threads" });
  expect(await failureOf(Promise.resolve(threads.check(account.api)))).toMatchObject({ code: "needs_reauth" });
});
