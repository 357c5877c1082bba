import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, truncateSync } from "node:fs";
import { expect, test } from "vitest";
import type { Failure } from "../../src/domain/failure.ts";
import { instagram } from "../../src/platforms/instagram.ts";
import { instagramLogin } from "../sandbox/meta-login.ts";
import { connectedMeta, formsOf, pathsOf, publishOn, served } from "./connected-meta.ts";
import { fileOf, mediaFile, message, mp4Head, rememberedSteps, timelineOf } from "./connected-x.ts";

const connected = () => connectedMeta(instagram, instagramLogin);
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as Failure,
  );

test("a picture: the limit is asked for, the picture is fetched, and the post's own address is told", async () => {
  const account = await connected();
  const { url, remoteId } = await publishOn(account, {
    text: "Rye #bread",
    images: [served(account, "square.jpg", "Rye")],
  });
  expect(url).toMatch(/^https:\/\/www\.instagram\.com\/p\/[\w-]{11}\/$/);
  expect(pathsOf(account.sent)).toEqual([
    "GET /ID/content_publishing_limit",
    "POST /ID/media",
    "GET /ID",
    "GET /ID",
    "POST /ID/media_publish",
    "GET /ID",
  ]);
  expect(formsOf(account.sent)[0]).toEqual({
    image_url: `${account.media.url}/square.jpg`,
    caption: "Rye #bread",
    alt_text: "Rye",
  });
  expect(account.waits).toEqual([2]);
  expect(await timelineOf(account.client)).toMatchObject([
    { id: remoteId, text: "Rye #bread", media: [{ sha256: sha256(mediaFile("square.jpg")), alt: "Rye" }] },
  ]);
});

test("a video from this disk is sent, and is a Reel; its options are told in Instagram's words", async () => {
  const account = await connected();
  const video = { file: mediaFile("reel.mp4"), alt: null };
  const options = { "share-to-feed": false, "cover-offset": 1.5 };
  const { url } = await publishOn(account, { text: "Film", video, options, thumbnail: served(account, "square.jpg") });
  expect(url).toContain("/reel/");
  expect(formsOf(account.sent)[0]).toEqual({
    media_type: "REELS",
    upload_type: "resumable",
    caption: "Film",
    share_to_feed: "false",
    thumb_offset: "1500",
    cover_url: `${account.media.url}/square.jpg`,
  });
  const sent = account.sent.find(({ url: to }) => to.includes("rupload.facebook.com"));
  expect(sent?.headers).toMatchObject({ authorization: expect.stringMatching(/^OAuth /), offset: "0" });
  expect(await timelineOf(account.client)).toMatchObject([
    { text: "Film", media: [{ kind: "video", sha256: sha256(mediaFile("reel.mp4")) }] },
  ]);
});

test("a video with an address is fetched", async () => {
  const account = await connected();
  await publishOn(account, { text: "Film", video: served(account, "reel.mp4") });
  expect(account.media.asked).toEqual(["/reel.mp4"]);
  expect(pathsOf(account.sent).join()).not.toContain("upload");
});

test("pictures and a video are one carousel, with the caption on the whole", async () => {
  const account = await connected();
  const images = [served(account, "square.jpg", "One"), served(account, "square.jpg")];
  await publishOn(account, { text: "Three", images, video: { file: mediaFile("reel.mp4"), alt: null } });
  expect((await timelineOf(account.client))[0]).toMatchObject({
    text: "Three",
    media: [{ alt: "One" }, { alt: null }, { kind: "video" }],
  });
  const forms = formsOf(account.sent).filter((form) => form["is_carousel_item"] || form["children"]);
  expect(forms.map(({ caption }) => caption)).toEqual([undefined, undefined, undefined, "Three"]);
});

test("a story is one picture or one video without a text, and is found again among the stories", async () => {
  const account = await connected();
  const { api, publishing } = account;
  const since = api.now();
  const written = message({ video: { file: mediaFile("reel.mp4"), alt: null }, options: { kind: "story" } });
  const prepared = await publishing.prepare(api, written, rememberedSteps().step);
  const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
  const published = await publishing.commit(api, written, sending);
  expect(published.url).toMatch(/\/stories\/acme\/\d+$/);
  expect(await publishing.confirm(api, written, sending, since)).toEqual(published);
  await publishOn(account, { images: [served(account, "square.jpg", "not told")], options: { kind: "story" } });
  expect(formsOf(account.sent).at(-2)).toEqual({ image_url: `${account.media.url}/square.jpg`, media_type: "STORIES" });
});

test.each([
  ["too long", { seconds: 61 }],
  ["too large", { size: 101 * 1024 * 1024 }],
])("a story's video that is %s is refused before anything is made", async (_, facts) => {
  const account = await connected();
  const source = await account.api.open({ file: mediaFile("reel.mp4"), alt: null });
  const api = { ...account.api, open: async () => ({ ...source, ...facts }) };
  const video = { file: mediaFile("reel.mp4"), alt: null };
  const failure = await failureOf(publishOn({ ...account, api }, { video, options: { kind: "story" } }));
  expect(failure.message).toBe("reel.mp4 is too large for a story: 60 s and 100 MiB at most");
  expect(account.sent).toEqual([]);
});

test.each([
  ["no media", { text: "Hi" }, "wants a picture or a video"],
  ["a story with a text", { text: "Hi", options: { kind: "story" } }, "a story has no caption"],
  ["a Reel of a picture", { text: "Hi", options: { kind: "reel" } }, "a Reel is one video"],
])("%s is refused before anything is made", async (name, given, words) => {
  const account = await connected();
  const images = name === "no media" ? [] : [served(account, "square.jpg")];
  const failure = await failureOf(publishOn(account, { ...given, images }));
  expect(failure).toMatchObject({ code: "content_invalid", message: expect.stringContaining(words) });
  expect(account.sent).toEqual([]);
});

test("an upload that breaks off goes on where Instagram has it", async () => {
  const account = await connected();
  const path = fileOf("film.mp4", mp4Head, 3_000_000);
  const steps = rememberedSteps();
  const written = message({ text: "Film", video: { file: path, alt: null } });
  // What was sent of it before somebody pulled the plug.
  const source = await account.api.open({ file: path, alt: null });
  const half = { ...source, size: 3_000_000, read: (start: number) => source.read(start, 1_000_000) };
  const cut = { ...account.api, open: async () => half };
  await failureOf(
    account.publishing.prepare({ ...cut, wait: () => Promise.reject(new Error("killed")) }, written, steps.step),
  );
  account.sent.length = 0;
  const prepared = await account.publishing.prepare(account.api, written, steps.step);
  await account.publishing.commit(account.api, written, {
    prepared,
    idempotencyKey: "key",
    step: rememberedSteps().step,
  });
  const [again] = account.sent.filter(({ url }) => url.includes("rupload.facebook.com"));
  expect(Number(again?.headers?.["offset"])).toBeGreaterThan(0);
  expect(pathsOf(account.sent)).not.toContain("POST /ID/media");
  expect((await timelineOf(account.client))[0]?.media).toMatchObject([{ sha256: sha256(path) }]);
});

test("another state of the file is another upload", async () => {
  const account = await connected();
  const path = fileOf("film.mp4", mp4Head, 5000);
  const steps = rememberedSteps();
  const written = message({ text: "Film", video: { file: path, alt: null } });
  const first = await account.publishing.prepare(account.api, written, steps.step);
  expect(await account.publishing.prepare(account.api, written, steps.step)).toEqual(first);
  truncateSync(path, 4000);
  expect(await account.publishing.prepare(account.api, written, steps.step)).not.toEqual(first);
});

test("what Instagram cannot read is told by its number, in words", async () => {
  const account = await connected();
  const path = fileOf("film.mp4", "no film at all", 5000);
  copyFileSync(mediaFile("square.jpg"), path);
  const failure = await failureOf(publishOn(account, { text: "Film", video: { file: path, alt: null } }));
  expect(failure).toMatchObject({
    code: "content_invalid",
    message: expect.stringContaining("format that it does not take (2207026)"),
  });
});

test.each([
  ["2207001", 2, "server broke"],
  ["2207053", 2, "nobody knows"],
  ["Error: Media upload has failed with error code 2207052", 2, "could not be fetched"],
  ["2207020", 2, "has expired"],
  ["2207009", 1, "no proportion"],
  ["Error: 2207026, this video format is not supported", 1, "format that it does not take"],
  ["2209999", 1, "no more than this code"],
  ["something else", 2, "does not say why"],
])("a container in error with %j is made %i times, and told in words", async (status, tries, words) => {
  const account = await connected();
  const get: typeof account.api.get = async (url, request) =>
    /\/179\d{14}$/.test(url) ? { id: "1", status_code: "ERROR", status } : account.api.get(url, request);
  const api = { ...account.api, get };
  const failure = await failureOf(publishOn({ ...account, api }, { images: [served(account, "square.jpg")] }));
  expect(failure).toMatchObject({ code: "content_invalid", message: expect.stringContaining(words) });
  expect(pathsOf(account.sent).filter((path) => path === "POST /ID/media")).toHaveLength(tries);
});

test("a picture that is too high for the feed is told before anything is made; a story may be as high", async () => {
  const account = await connected();
  const tall = fileOf("tall.jpg", "", 10);
  const source = await account.api.open({ file: mediaFile("square.jpg"), alt: null });
  const api = { ...account.api, open: async () => ({ ...source, path: tall, width: 720, height: 1280 }) };
  const images = [served(account, "square.jpg")];
  const failure = await failureOf(publishOn({ ...account, api }, { text: "Hi", images }));
  expect(failure.message).toContain("tall.jpg is 720×1280: Instagram takes 3:4 to 1.91:1");
  await publishOn({ ...account, api }, { images, options: { kind: "story" } });
});

test.each([
  ["picture.png", "no JPEG"],
  ["nothing.jpg", "could not be fetched"],
])("%s is refused when it is fetched", async (name, words) => {
  const account = await connected();
  const images = [{ ...served(account, "square.jpg"), url: `${account.media.url}/${name}` }];
  const failure = await failureOf(publishOn(account, { text: "Hi", images }));
  expect(failure).toMatchObject({ code: "content_invalid", message: expect.stringContaining(words) });
});

test("what is not ready for the one who publishes is published a little later", async () => {
  const account = await connected();
  const path = `POST /v26.0/${account.api.externalId}/media_publish`;
  await account.client.fault(path, { kind: "error", name: "not-ready" }, 2);
  await publishOn(account, { text: "Hi", images: [served(account, "square.jpg")] });
  expect(account.waits).toEqual([2, 5, 15]);
  expect(await timelineOf(account.client)).toHaveLength(1);
});

test("at the limit nothing is made, and it is said when there is room again", { timeout: 60_000 }, async () => {
  const account = await connected();
  const images = [served(account, "square.jpg")];
  for (let count = 0; count < 100; count += 1) {
    // Fewer calls an hour than Meta allows.
    if (count % 20 === 19) await account.api.wait(3600);
    await publishOn(account, { text: `Number ${count}`, images });
  }
  account.sent.length = 0;
  const failure = await failureOf(publishOn(account, { text: "One more", images }));
  expect(failure).toMatchObject({ code: "rate_limited", message: expect.stringContaining("100 of 100 in 24 hours") });
  expect(failure.retryAfterSeconds).toBeGreaterThan(18 * 3600);
  expect(pathsOf(account.sent)).toEqual(["GET /ID/content_publishing_limit", "GET /ID/media"]);
});

test.each([
  ["drop-before", null],
  ["drop-after", "there"],
])("after %s it is known whether it went out", async (kind, there) => {
  const account = await connected();
  const { api, publishing } = account;
  const since = api.now();
  const written = message({ text: "Hello", images: [served(account, "square.jpg")] });
  const prepared = await publishing.prepare(api, written, rememberedSteps().step);
  const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
  await account.client.fault(`POST /v26.0/${api.externalId}/media_publish`, kind);
  expect(await failureOf(publishing.commit(api, written, sending))).toMatchObject({ code: "delivery_unknown" });
  const found = await publishing.confirm(api, written, sending, since);
  expect(found?.url ?? null).toEqual(there === null ? null : expect.stringContaining("/p/"));
});

test("a comment goes under the post; deleting takes both down, and once more is no failure", async () => {
  const account = await connected();
  const { remoteId, url } = await publishOn(account, { text: "Hi", images: [served(account, "square.jpg")] });
  const comment = await account.publishing.comment?.(account.api, remoteId, "#first");
  expect(comment).toMatchObject({ remoteId: expect.stringMatching(/^\d+$/), url });
  expect(await timelineOf(account.client)).toMatchObject([{ text: "#first", replyTo: remoteId }, { text: "Hi" }]);
  await account.publishing.delete(account.api, remoteId);
  expect(await timelineOf(account.client)).toEqual([]);
  await account.publishing.delete(account.api, remoteId);
});

test("whose token it is; a personal account is told, with how to switch it", async () => {
  const account = await connected();
  expect(await instagram.identify(account.api)).toEqual([
    {
      externalId: expect.stringMatching(/^17841\d{12}$/),
      handle: "acme",
      name: "Acme Bakery",
      url: "https://www.instagram.com/acme",
    },
  ]);
  expect(await instagram.check(account.api)).toEqual({ say: "answers as @acme" });
  const people = [{ handle: "acme", name: "Acme", personal: true }];
  const personal = await connectedMeta(instagram, instagramLogin, { people });
  expect(await instagram.identify(personal.api)).toMatchObject([{ unusable: expect.stringContaining("switch it") }]);
  const images = [served(personal, "square.jpg")];
  expect(await failureOf(publishOn(personal, { text: "Hi", images }))).toMatchObject({ code: "scope_missing" });
});
