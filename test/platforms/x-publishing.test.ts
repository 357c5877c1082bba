import { createHash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Failure } from "../../src/domain/failure.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { MediaFile } from "../../src/domain/post.ts";
import {
  type ConnectedX,
  connectedX,
  fileOf,
  mediaFile,
  message,
  mp4Head,
  pngHead,
  rememberedSteps,
  timelineOf,
} from "./connected-x.ts";

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const pathsOf = (requests: readonly HttpRequest[]) =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/\d{10,}/, "ID").slice(2)}`);

const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as Failure,
  );

async function publish(
  { api, publishing }: ConnectedX,
  given: Parameters<typeof message>[0],
  { step } = rememberedSteps(),
) {
  const written = message(given);
  const prepared = await publishing.prepare(api, written, step);
  return publishing.commit(api, written, { prepared, idempotencyKey: "key", step: rememberedSteps().step });
}

test("a text alone is one request", async () => {
  const x = await connectedX();
  const { url, remoteId } = await publish(x, { text: "Hello" });
  expect(url).toBe(`https://x.com/acme/status/${remoteId}`);
  expect(pathsOf(x.sent)).toEqual(["POST /tweets"]);
  expect(JSON.parse(String(x.sent[0]?.body))).toEqual({ text: "Hello" });
});

test("four pictures with alt texts arrive as they are, in their order", async () => {
  const x = await connectedX();
  const files = [1, 2, 3, 4].map((count) => fileOf(`${count}.png`, pngHead, 1000 * count));
  const images = files.map((file, index) => ({ file, alt: index === 1 ? null : `Picture ${index} “&<>”` }));
  await publish(x, { text: "Four", images });
  const [post] = await timelineOf(x.client);
  expect(post?.media).toMatchObject(images.map(({ file, alt }) => ({ kind: "picture", sha256: sha256(file), alt })));
  expect(pathsOf(x.sent).filter((path) => path.endsWith("/metadata"))).toHaveLength(3);
  expect(x.waits).toEqual([]);
});

test("by OAuth 1.0a a picture arrives as well: what is in it is not signed", async () => {
  const x = await connectedX({ by: "oauth1" });
  const file = mediaFile("photo.jpg");
  await publish(x, { text: "Signed", images: [{ file, alt: "A photo" }] });
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([{ sha256: sha256(file), alt: "A photo" }]);
});

test("a video goes in parts of 4 MiB, is waited for as X asks, and its way is told in bytes", async () => {
  const x = await connectedX();
  const file = fileOf("film.mp4", mp4Head, 9_000_000);
  await publish(x, { text: "Film", video: { file, alt: null } });
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([{ kind: "video", sha256: sha256(file) }]);
  expect(pathsOf(x.sent)).toEqual([
    "POST /media/upload/initialize",
    "POST /media/upload/ID/append",
    "POST /media/upload/ID/append",
    "POST /media/upload/ID/append",
    "POST /media/upload/ID/finalize",
    "GET /media/upload",
    "GET /media/upload",
    "GET /media/upload",
    "POST /tweets",
  ]);
  expect(x.waits).toEqual([1, 1, 1]);
  const done = x.observed.flatMap((event) => (event.kind === "upload" ? [event.done] : []));
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  expect(done.at(-1)).toBe(9_000_000);
});

test("a GIF is processed like a video, and has an alt text like a picture", async () => {
  const x = await connectedX();
  const file = mediaFile("moving.gif");
  await publish(x, { text: "Loop", images: [{ file, alt: "It turns" }] });
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([
    { kind: "gif", alt: "It turns", sha256: sha256(file) },
  ]);
  expect(x.waits.length).toBeGreaterThan(0);
});

test("a reply by address, a poll, a quote by number", async () => {
  const x = await connectedX();
  const first = await publish(x, { text: "First" });
  await publish(x, { text: "Second", replyTo: first.url });
  await publish(x, { text: "Which?", poll: { options: ["Rye", "Spelt"], minutes: 60 } });
  const redirectUris = ["http://127.0.0.1:8791/callback/x"];
  const app = { platform: "x", clientId: "sandbox-x-client", clientSecret: "sandbox-x-secret", redirectUris };
  await x.client.control("POST", "/apps", { ...app, enterprise: true });
  await publish(x, { text: "Look", quote: first.remoteId });
  expect(await timelineOf(x.client)).toMatchObject([
    { text: "Look", quotes: first.remoteId },
    { text: "Which?", poll: { options: ["Rye", "Spelt"] } },
    { text: "Second", replyTo: first.remoteId },
    { text: "First" },
  ]);
});

test.each(["https://example.com/status/1", "x.com/acme/status/1", "acme", "", "12345678901234567890"])(
  "%j is no post to answer, and nothing is sent",
  async (replyTo) => {
    const x = await connectedX();
    expect(await failureOf(publish(x, { text: "Hi", replyTo }))).toMatchObject({ code: "content_invalid" });
    expect(x.sent).toEqual([]);
  },
);

test.each([
  "https://x.com/acme/status/1234567890",
  "https://twitter.com/acme/status/1234567890?s=20",
  "https://mobile.twitter.com/acme/statuses/1234567890",
  "https://x.com/i/web/status/1234567890",
  "https://x.com/acme/status/1234567890/photo/1",
  " 1234567890 ",
])("%j is post 1234567890", async (replyTo) => {
  const x = await connectedX();
  await failureOf(publish(x, { text: "Hi", replyTo }));
  expect(JSON.parse(String(x.sent[0]?.body))).toEqual({
    text: "Hi",
    reply: { in_reply_to_tweet_id: "1234567890" },
  });
});

test("quoting with a self-serve app is refused in words that say what to do", async () => {
  const x = await connectedX();
  const first = await publish(x, { text: "First" });
  const failure = await failureOf(publish(x, { text: "Look", quote: first.url }));
  expect(failure).toMatchObject({ code: "not_permitted", hint: expect.stringContaining("address in the text") });
});

test("a deleted post is gone, and deleting it once more is no failure", async () => {
  const x = await connectedX();
  const { remoteId } = await publish(x, { text: "Oops" });
  await x.publishing.delete(x.api, remoteId);
  expect(await timelineOf(x.client)).toEqual([]);
  await x.publishing.delete(x.api, remoteId);
});

test("deleting another's post is refused", async () => {
  const x = await connectedX();
  const globex = await x.client.connect({ person: "globex" });
  const answer = (await (await x.client.post(globex, { text: "Theirs" })).json()) as { data: { id: string } };
  expect(await failureOf(x.publishing.delete(x.api, answer.data.id))).toMatchObject({ code: "not_permitted" });
});

test("an upload that broke off goes on with the next part, and nothing is uploaded twice", async () => {
  const x = await connectedX();
  const file = fileOf("film.mp4", mp4Head, 13_000_000);
  const steps = rememberedSteps();
  const given = { text: "Film", video: { file, alt: null } };
  const uploaded = () => pathsOf(x.sent).filter((path) => path.endsWith("/append")).length;
  let left = 2;
  const dying = {
    done: steps.done,
    step: (async (name, work) => {
      if (name.includes("segment") && left-- === 0) throw new Error("killed");
      return steps.step(name, work);
    }) as typeof steps.step,
  };
  await expect(publish(x, given, dying)).rejects.toThrow("killed");
  expect(uploaded()).toBe(2);
  await publish(x, given, steps);
  expect(uploaded()).toBe(4);
  expect(pathsOf(x.sent).filter((path) => path.endsWith("/initialize"))).toHaveLength(1);
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([{ sha256: sha256(file) }]);
});

test("an upload that is about to expire, and one of a file that is another one now, are begun anew", async () => {
  const x = await connectedX();
  const file = fileOf("film.mp4", mp4Head, 5_000_000);
  const steps = rememberedSteps();
  const written = message({ text: "Film", video: { file, alt: null } });
  const first = await x.publishing.prepare(x.api, written, steps.step);
  expect(await x.publishing.prepare(x.api, written, steps.step)).toEqual(first);
  const later = { ...x.api, now: () => x.api.now() + 23.6 * 3_600_000 };
  const second = await x.publishing.prepare(later, written, steps.step);
  expect(second).not.toEqual(first);
  appendFileSync(file, "more");
  const third = await x.publishing.prepare(x.api, written, steps.step);
  await x.publishing.commit(x.api, written, { prepared: third, idempotencyKey: "key", step: rememberedSteps().step });
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([{ sha256: sha256(file) }]);
});

test("killed while X processes it, it is neither uploaded nor finalized again", async () => {
  const x = await connectedX();
  const steps = rememberedSteps();
  const given = { text: "Film", video: { file: fileOf("film.mp4", mp4Head, 5_000_000), alt: null } };
  const dying = { ...x, api: { ...x.api, wait: () => Promise.reject(new Error("killed")) } };
  await expect(publish(dying, given, steps)).rejects.toThrow("killed");
  x.sent.length = 0;
  await publish(x, given, steps);
  expect(new Set(pathsOf(x.sent))).toEqual(new Set(["GET /media/upload", "POST /tweets"]));
});

test("an upload that X has forgotten is begun anew, once", async () => {
  const x = await connectedX();
  const file = fileOf("film.mp4", mp4Head, 5_000_000);
  const steps = rememberedSteps();
  const written = message({ text: "Film", video: { file, alt: null } });
  await x.publishing.prepare(x.api, written, steps.step);
  // All but the upload itself and its first part is still to be done, at an X that knows nothing of it.
  for (const name of [...steps.done.keys()].filter((one) => /segment 1|finalized|processed/.test(one))) {
    steps.done.delete(name);
  }
  await x.client.control("POST", "/reset");
  const prepared = await x.publishing.prepare(await x.reconnected(), written, steps.step);
  expect([...steps.done.keys()].filter((name) => name.startsWith("media 1"))).toEqual([
    "media 1 upload 1",
    "media 1 upload 2",
  ]);
  expect(prepared).toEqual({ mediaIds: [JSON.parse(steps.done.get("media 1 upload 2") ?? "").id] });
});

test("a file that could not be processed is uploaded anew when its owner tries once more", async () => {
  const x = await connectedX();
  const steps = rememberedSteps();
  const file = fileOf("film.mp4", mp4Head, 5000);
  const written = message({ text: "Film", video: { file, alt: null } });
  const source = await x.api.open({ file, alt: null });
  const misread = { ...x.api, open: async () => ({ ...source, type: "video/webm" }) };
  expect(await failureOf(x.publishing.prepare(misread, written, steps.step))).toMatchObject({
    code: "content_invalid",
  });
  const prepared = await x.publishing.prepare(x.api, written, steps.step);
  await x.publishing.commit(x.api, written, { prepared, idempotencyKey: "key", step: rememberedSteps().step });
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([{ sha256: sha256(file) }]);
});

test("an alt text that was changed after X was told of it is told again; another file in its place is uploaded", async () => {
  const x = await connectedX();
  const steps = rememberedSteps();
  const [one, two] = [fileOf("1.png", pngHead, 1000), fileOf("2.png", pngHead, 1000)];
  const prepare = (...images: { file: string; alt: string | null }[]) =>
    x.publishing.prepare(x.api, message({ text: "Loaf", images }), steps.step);
  await prepare({ file: one, alt: "A loaf" }, { file: two, alt: null });
  const prepared = await prepare({ file: two, alt: "Rolls" }, { file: one, alt: "A loaf of rye" });
  await prepare({ file: two, alt: "Rolls" }, { file: one, alt: "A loaf of rye" });
  await x.publishing.commit(x.api, message({ text: "Loaf" }), {
    prepared,
    idempotencyKey: "key",
    step: rememberedSteps().step,
  });
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([
    { sha256: sha256(two), alt: "Rolls" },
    { sha256: sha256(one), alt: "A loaf of rye" },
  ]);
});

test("a part whose answer is lost is sent again by itself", async () => {
  const x = await connectedX();
  const file = fileOf("film.mp4", mp4Head, 9_000_000);
  const append = { platform: "x", method: "POST", path: "/2/media/upload/*" };
  await x.client.control("POST", "/faults", { ...append, times: 1, fault: { kind: "status", status: 503 } });
  await x.client.control("POST", "/faults", { ...append, times: 1, fault: { kind: "drop-after" } });
  await publish(x, { text: "Film", video: { file, alt: null } });
  expect((await timelineOf(x.client))[0]?.media).toMatchObject([{ sha256: sha256(file) }]);
});

test("a file that X cannot process is refused with its words, and never posted", async () => {
  const x = await connectedX();
  // A QuickTime film that says so in its head is taken for one; inside it is none.
  const file = fileOf("film.mov", "\0\0\0\x14ftypqt  ", 5000);
  const source = await x.api.open({ file, alt: null });
  const api = { ...x.api, open: async () => ({ ...source, type: "video/webm" }) };
  const failure = await failureOf(
    x.publishing.prepare(api, message({ text: "Film", video: { file, alt: null } }), rememberedSteps().step),
  );
  expect(failure).toMatchObject({ code: "content_invalid", message: `X cannot process ${file}: file is invalid` });
});

test("a connection without media.write is told to be made again, before anything is uploaded", async () => {
  const x = await connectedX({ scope: "tweet.read tweet.write users.read" });
  const images = [{ file: mediaFile("picture.png"), alt: null }];
  expect(await failureOf(publish(x, { text: "Loaf", images }))).toMatchObject({
    code: "scope_missing",
    category: "reauthorize",
    hint: "agencyiq connect x",
  });
  expect(pathsOf(x.sent)).toEqual(["POST /media/upload/initialize"]);
});

test("one of several pictures fails: the failure is told after the others came to their end", async () => {
  const x = await connectedX();
  const good = fileOf("good.png", pngHead, 100_000);
  const bad = fileOf("bad.png", pngHead, 100);
  const source = await x.api.open({ file: bad, alt: null });
  const api = {
    ...x.api,
    open: async (file: MediaFile) => (file.file === bad ? { ...source, type: "image/gif" } : x.api.open(file)),
  };
  const images = [bad, good, good, good].map((file) => ({ file, alt: "alt" }));
  const failure = await failureOf(x.publishing.prepare(api, message({ text: "Four", images }), rememberedSteps().step));
  expect(failure).toMatchObject({ code: "content_invalid", message: expect.stringContaining("unrecognized") });
  expect(pathsOf(x.sent).filter((path) => path.endsWith("/metadata"))).toHaveLength(3);
});
