import { createHash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/domain/failure.ts";
import { days, hours, toTimestamp } from "../../src/domain/time.ts";
import { scopeOf } from "../sandbox/youtube-client.ts";
import { fileOf, mediaFile, message, mp4Head, rememberedSteps, timelineOf } from "./connected-x.ts";
import { connectedYouTube, linesOf, publish, sendingOf } from "./connected-youtube.ts";

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as Failure,
  );

const film = (size = 3000) => ({ file: fileOf("film.mp4", mp4Head, size), alt: null });
const megabyte = 1024 * 1024;

describe("a video", () => {
  test("is brought private, looked into, and made public by one request", async () => {
    const youtube = await connectedYouTube();
    const video = film();
    const given = { title: "A film", text: "What it is about", tags: ["bread", "sour dough"], language: "en", video };
    const { remoteId, url } = await publish(youtube, given);
    expect(url).toBe(`https://www.youtube.com/watch?v=${remoteId}`);
    expect(linesOf(youtube.sent)).toEqual([
      "POST /upload/videos",
      "PUT /upload/videos bytes 0-2999/3000",
      "GET /videos",
      "GET /videos",
      "GET /videos",
      "PUT /videos",
    ]);
    expect(JSON.parse(String(youtube.sent[0]?.body))).toEqual({
      snippet: {
        title: "A film",
        description: "What it is about",
        categoryId: "22",
        tags: ["bread", "sour dough"],
        defaultLanguage: "en",
      },
      status: { privacyStatus: "private", selfDeclaredMadeForKids: false },
    });
    expect(youtube.sent[0]?.url).toContain("notifySubscribers=true");
    expect(JSON.parse(String(youtube.sent.at(-1)?.body))).toEqual({
      id: remoteId,
      status: { privacyStatus: "public", selfDeclaredMadeForKids: false },
    });
    expect(await timelineOf(youtube.client)).toMatchObject([
      {
        id: remoteId,
        title: "A film",
        text: "What it is about",
        media: [{ kind: "video", sha256: sha256(video.file) }],
      },
    ]);
  });

  test("goes in chunks of 8 MiB, its way told in bytes of the whole", async () => {
    const youtube = await connectedYouTube();
    const video = film(20 * megabyte + 7);
    await publish(youtube, { title: "A long film", video });
    expect(linesOf(youtube.sent).filter((line) => line.startsWith("PUT /upload"))).toEqual([
      "PUT /upload/videos bytes 0-8388607/20971527",
      "PUT /upload/videos bytes 8388608-16777215/20971527",
      "PUT /upload/videos bytes 16777216-20971526/20971527",
    ]);
    const done = youtube.observed.flatMap((event) => (event.kind === "upload" ? [event.done] : []));
    expect(done).toEqual(done.toSorted((one, other) => one - other));
    expect(done.at(-1)).toBe(20 * megabyte + 7);
    expect(await timelineOf(youtube.client)).toMatchObject([{ media: [{ sha256: sha256(video.file) }] }]);
  });

  test("goes on in another process from what YouTube has, not from what was sent", async () => {
    const youtube = await connectedYouTube();
    const video = film(20 * megabyte);
    const steps = rememberedSteps();
    // Of the second chunk a part arrives; from then on nothing does.
    const path = "/upload/youtube/v3/videos";
    await youtube.client.fault({ kind: "delay", seconds: 0 }, { method: "PUT", path });
    await youtube.client.fault({ kind: "cut-short", bytes: 3 * megabyte + 5 }, { method: "PUT", path });
    await youtube.client.fault("drop-before", { method: "PUT", path, times: 100 });
    const failure = await failureOf(publish(youtube, { title: "A film", video }, steps));
    expect(failure).toMatchObject({ code: "network" });
    await youtube.client.control("DELETE", "/faults");
    youtube.sent.length = 0;
    await publish(youtube, { title: "A film", video }, steps);
    expect(linesOf(youtube.sent).filter((line) => line.includes("/upload"))).toEqual([
      "PUT /upload/videos bytes */20971520",
      "PUT /upload/videos bytes 11534336-19922943/20971520",
      "PUT /upload/videos bytes 19922944-20971519/20971520",
    ]);
    expect(await timelineOf(youtube.client)).toMatchObject([{ media: [{ sha256: sha256(video.file) }] }]);
  });

  test.each([
    ["drop-after", "its answer is lost"],
    ["drop-before", "it does not arrive"],
    [{ kind: "cut-short", bytes: 1_000_000 }, "it breaks off"],
    [{ kind: "status", status: 500 }, "the server broke"],
    [{ kind: "status", status: 503, resetAfter: 3 }, "the server is busy"],
    [{ kind: "status", status: 429 }, "there is too much of it"],
  ])("a chunk of which %j (%s) is asked about, and gone on with", async (fault, _why) => {
    const youtube = await connectedYouTube();
    const video = film(10 * megabyte);
    await youtube.client.fault(fault, { method: "PUT", path: "/upload/youtube/v3/videos" });
    await publish(youtube, { title: "A film", video });
    expect(linesOf(youtube.sent)[2]).toBe("PUT /upload/videos bytes */10485760");
    const posts = await timelineOf(youtube.client);
    expect(posts).toMatchObject([{ media: [{ sha256: sha256(video.file) }] }]);
  });

  test("of which the last answer is lost is there once", async () => {
    const youtube = await connectedYouTube();
    await youtube.client.fault("drop-after", { method: "PUT", path: "/upload/youtube/v3/videos" });
    await publish(youtube, { title: "A film", video: film() });
    expect(linesOf(youtube.sent).slice(0, 3)).toEqual([
      "POST /upload/videos",
      "PUT /upload/videos bytes 0-2999/3000",
      "PUT /upload/videos bytes */3000",
    ]);
    expect(await timelineOf(youtube.client)).toHaveLength(1);
  });

  test("is begun anew where its session is gone, and with another file; never where it is there", async () => {
    const youtube = await connectedYouTube();
    const video = film(9 * megabyte);
    const steps = rememberedSteps();
    const path = "/upload/youtube/v3/videos";
    await youtube.client.fault({ kind: "delay", seconds: 0 }, { method: "PUT", path });
    await youtube.client.fault("drop-before", { method: "PUT", path, times: 100 });
    await failureOf(publish(youtube, { title: "A film", video }, steps));
    await youtube.client.control("DELETE", "/faults");
    await youtube.client.control("POST", "/clock", { advance: days(8) / 1000 });
    const { access_token } = await youtube.client.connect();
    const later = youtube.by(access_token);
    const prepared = await youtube.publishing.prepare(later, message({ title: "A film", video }), steps.step);
    expect(linesOf(youtube.sent).filter((line) => line === "POST /upload/videos")).toHaveLength(2);
    expect(await youtube.publishing.prepare(later, message({ title: "A film", video }), steps.step)).toEqual(prepared);
    appendFileSync(video.file, "and more");
    await youtube.publishing.prepare(later, message({ title: "A film", video }), steps.step);
    expect(linesOf(youtube.sent).filter((line) => line === "POST /upload/videos")).toHaveLength(3);
  });

  test("that YouTube cannot process never becomes public, and is tried with a new upload", async () => {
    const youtube = await connectedYouTube();
    const steps = rememberedSteps();
    const video = { file: fileOf("film.mp4", "no film at all"), alt: null };
    const failure = await failureOf(publish(youtube, { title: "A film", video }, steps));
    expect(failure).toMatchObject({
      code: "content_invalid",
      message: "YouTube cannot process the video: it is no video that YouTube knows",
    });
    await failureOf(publish(youtube, { title: "A film", video }, steps));
    expect(linesOf(youtube.sent).filter((line) => line === "POST /upload/videos")).toHaveLength(2);
    expect(await timelineOf(youtube.client)).toEqual([]);
  });

  test("that its owner deleted before it was published is uploaded again", async () => {
    const youtube = await connectedYouTube();
    const steps = rememberedSteps();
    const written = message({ title: "A film", video: film() });
    const { id } = await youtube.publishing.prepare(youtube.api, written, steps.step);
    await youtube.publishing.delete(youtube.api, id);
    const { remoteId } = await publish(youtube, written, steps);
    expect(remoteId).not.toBe(id);
    expect(await timelineOf(youtube.client)).toMatchObject([{ id: remoteId }]);
  });

  test("that YouTube does not list yet is not sent again at once", async () => {
    const youtube = await connectedYouTube();
    const steps = rememberedSteps();
    const written = message({ title: "A film", video: film() });
    const get: typeof youtube.api.get = async (url, request) =>
      request?.query?.["part"] === "status" ? { items: [] } : youtube.api.get(url, request);
    const failure = await failureOf(publish({ ...youtube, api: { ...youtube.api, get } }, written, steps));
    expect(failure).toMatchObject({ code: "platform_fault" });
    await publish(youtube, written, steps);
    expect(linesOf(youtube.sent).filter((line) => line === "POST /upload/videos")).toHaveLength(1);
    expect(await timelineOf(youtube.client)).toHaveLength(1);
  });

  test("is as it was edited after its upload", async () => {
    const youtube = await connectedYouTube();
    const steps = rememberedSteps();
    const video = film();
    await youtube.publishing.prepare(youtube.api, message({ title: "A flim", video }), steps.step);
    await publish(youtube, { title: "A film", video }, steps);
    expect(youtube.sent.at(-1)?.url).toContain("part=snippet%2Cstatus");
    expect(await timelineOf(youtube.client)).toMatchObject([{ title: "A film" }]);
  });

  test("keeps the session's address as a secret", async () => {
    const youtube = await connectedYouTube();
    await publish(youtube, { title: "A film", video: film() });
    const session = youtube.sent.find(({ url }) => url.includes("upload_id="))?.url ?? "";
    expect(youtube.secrets.has(session)).toBe(true);
  });
});

describe("who sees it", () => {
  test("nobody: no request is needed after the upload", async () => {
    const youtube = await connectedYouTube();
    const { remoteId } = await publish(youtube, { title: "Only for me", visibility: "private", video: film() });
    expect(linesOf(youtube.sent)).not.toContain("PUT /videos");
    expect(await timelineOf(youtube.client)).toEqual([]);
    expect((await fetch(`${youtube.client.url}/www.youtube.com/watch?v=${remoteId}`)).status).toBe(404);
  });

  test("those who have the address", async () => {
    const youtube = await connectedYouTube();
    const { remoteId } = await publish(youtube, { title: "For some", visibility: "unlisted", video: film() });
    expect(await timelineOf(youtube.client)).toEqual([]);
    expect((await fetch(`${youtube.client.url}/www.youtube.com/watch?v=${remoteId}`)).status).toBe(200);
  });

  test("everybody, from a time that YouTube itself keeps", async () => {
    const youtube = await connectedYouTube();
    const publishAt = Math.floor((youtube.api.now() + hours(2)) / 1000) * 1000;
    const options = {
      "publish-at": publishAt,
      "made-for-kids": true,
      "synthetic-media": true,
      license: "creativeCommon",
      embeddable: false,
    };
    await publish(youtube, { title: "Later", video: film(), options: { ...options, "notify-subscribers": false } });
    expect(JSON.parse(String(youtube.sent.at(-1)?.body)).status).toEqual({
      privacyStatus: "private",
      publishAt: toTimestamp(publishAt),
      selfDeclaredMadeForKids: true,
      containsSyntheticMedia: true,
      license: "creativeCommon",
      embeddable: false,
    });
    expect(youtube.sent[0]?.url).toContain("notifySubscribers=false");
    expect(await timelineOf(youtube.client)).toEqual([]);
    await youtube.client.control("POST", "/clock", { advance: 7201 });
    expect(await timelineOf(youtube.client)).toMatchObject([{ title: "Later" }]);
  });

  test("a time that has passed is refused before anything is sent", async () => {
    const youtube = await connectedYouTube();
    const options = { "publish-at": youtube.api.now() - 1000 };
    expect(await failureOf(publish(youtube, { title: "Late", video: film(), options }))).toMatchObject({
      code: "content_invalid",
    });
    expect(youtube.sent).toEqual([]);
  });
});

describe("whether it went out", () => {
  test("is what the video's status says", async () => {
    const youtube = await connectedYouTube();
    const written = message({ title: "A film", video: film() });
    const prepared = await youtube.publishing.prepare(youtube.api, written, rememberedSteps().step);
    const sending = sendingOf(prepared);
    const confirm = () => youtube.publishing.confirm(youtube.api, written, sending, 0);
    expect(await confirm()).toBeNull();
    await youtube.client.fault("drop-after", { method: "PUT", path: "/youtube/v3/videos" });
    expect(await failureOf(youtube.publishing.commit(youtube.api, written, sending))).toMatchObject({
      code: "delivery_unknown",
    });
    const published = await confirm();
    expect(published).toMatchObject({ remoteId: prepared.id });
    // Sent twice it does what it did once.
    await youtube.publishing.commit(youtube.api, written, sending);
    expect(await timelineOf(youtube.client)).toHaveLength(1);
    await youtube.publishing.delete(youtube.api, prepared.id);
    expect(await confirm()).toBeUndefined();
  });

  test("of a plan: as it stands, or once its time has come", async () => {
    const youtube = await connectedYouTube();
    const publishAt = Math.floor((youtube.api.now() + hours(1)) / 1000) * 1000;
    const written = message({ title: "Later", video: film(), options: { "publish-at": publishAt } });
    const prepared = await youtube.publishing.prepare(youtube.api, written, rememberedSteps().step);
    const sending = sendingOf(prepared);
    const confirm = () => youtube.publishing.confirm(youtube.api, written, sending, 0);
    expect(await confirm()).toBeNull();
    await youtube.publishing.commit(youtube.api, written, sending);
    expect(await confirm()).toMatchObject({ remoteId: prepared.id });
    await youtube.client.control("POST", "/clock", { advance: 3601 });
    const later = youtube.by((await youtube.client.connect()).access_token);
    expect(await youtube.publishing.confirm(later, written, sending, 0)).toMatchObject({ remoteId: prepared.id });
  });
});

test("a comment goes under it, and what is deleted is gone, twice as well", async () => {
  const youtube = await connectedYouTube();
  const { remoteId } = await publish(youtube, { title: "A film", video: film() });
  const comment = await youtube.publishing.comment(youtube.api, remoteId, "First!");
  expect(comment.url).toBe(`https://www.youtube.com/watch?v=${remoteId}&lc=${comment.remoteId}`);
  expect(await timelineOf(youtube.client)).toMatchObject([{ text: "First!", replyTo: remoteId }, { id: remoteId }]);
  await youtube.publishing.delete(youtube.api, remoteId);
  await youtube.publishing.delete(youtube.api, remoteId);
  expect((await timelineOf(youtube.client)).map(({ id }) => id)).not.toContain(remoteId);
});

test("without a video there is nothing to publish, and marks that YouTube refuses are found before it is asked", async () => {
  const youtube = await connectedYouTube();
  expect(await failureOf(publish(youtube, { title: "A text" }))).toMatchObject({ code: "content_invalid" });
  expect(await failureOf(publish(youtube, { title: "a < b", video: film() }))).toMatchObject({
    message: 'the title has a "<" or ">", which YouTube refuses',
  });
  expect(youtube.sent).toEqual([]);
});

test("a scope that was not ticked is named", async () => {
  const youtube = await connectedYouTube({ scope: scopeOf("youtube.readonly") });
  const failure = await failureOf(publish(youtube, { title: "A film", video: film() }));
  expect(failure).toMatchObject({ code: "scope_missing" });
  expect(failure.hint).toBe("tick every box on Google's page: agencyiq connect youtube");
});

test("a day's uploads end at midnight in California", async () => {
  const youtube = await connectedYouTube();
  for (let count = 0; count < 100; count += 1) {
    await youtube.client.call({ access_token: youtube.accessToken }, "POST", "/upload/youtube/v3/videos");
  }
  const failure = await failureOf(publish(youtube, { title: "A film", video: film() }));
  expect(failure).toMatchObject({ code: "rate_limited" });
  const midnight = youtube.api.now() + (failure.retryAfterSeconds ?? 0) * 1000;
  const shown = new Intl.DateTimeFormat("en-GB", { timeZone: "America/Los_Angeles", timeStyle: "medium" });
  expect(["00:00:00", "00:00:01"]).toContain(shown.format(midnight));
});

test("the film of a phone goes as it is", async () => {
  const youtube = await connectedYouTube();
  const file = mediaFile("film.mov");
  await publish(youtube, { title: "From a phone", video: { file, alt: null } });
  expect(youtube.sent[0]?.headers).toMatchObject({ "x-upload-content-type": "video/quicktime" });
  expect(await timelineOf(youtube.client)).toMatchObject([{ media: [{ sha256: sha256(file) }] }]);
});
