/** Files of a post beside its pictures and its video, and files that a platform fetches itself. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, test } from "vitest";
import { utf16Units } from "../../src/domain/counting/units.ts";
import type { Limits } from "../../src/domain/limits.ts";
import type { MediaFile } from "../../src/domain/post.ts";
import { isFile } from "../../src/domain/post.ts";
import type { Api, Message } from "../../src/platforms/platform.ts";
import { published, type SmallPlatform, smallPlatform } from "./small-platform.ts";

const sample = (name: string): MediaFile => ({
  file: fileURLToPath(new URL(`../media/${name}`, import.meta.url)),
  alt: null,
});

/** Sends every file of a message, each under what it is, and an address in place of what is fetched. */
const taking = (limits: Partial<Limits>): Promise<SmallPlatform> =>
  smallPlatform((url) => ({
    limits: { text: { max: 100, unit: "characters", measure: utf16Units }, ...limits },
    options: [{ name: "captions", say: "subtitles", takes: "file" }],
    publish: {
      prepare: async (api, message) => {
        for (const [what, file] of filesOf(message)) await upload(api, `${url}/${what}`, file);
      },
      commit: (api, { text }) => published(api, `${url}/posts`, text),
    },
  }));

function filesOf({ images, video, document, thumbnail, options }: Message): [string, MediaFile][] {
  const own = Object.entries(options).filter((entry): entry is [string, MediaFile] => isFile(entry[1]));
  const named = { video, document, thumbnail };
  return [
    ...images.map((file): [string, MediaFile] => ["image", file]),
    ...Object.entries(named).flatMap(([what, file]): [string, MediaFile][] => (file ? [[what, file]] : [])),
    ...own,
  ];
}

async function upload(api: Api, to: string, file: MediaFile): Promise<void> {
  if (file.url !== undefined) return void (await api.post(to, { json: { url: file.url } }));
  const source = await api.open(file);
  await api.post(to, { file: { source, start: 0, end: source.size } });
}

async function picture(folder: string, name: string, width: number): Promise<MediaFile> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  await sharp({ create: { width, height: width, channels: 3, background: "red" } })
    .jpeg()
    .toFile(path);
  return { file: path, alt: null };
}

const jpeg = { types: ["image/jpeg"], bytes: 1_000_000 };
const video = { types: ["video/mp4"], bytes: 1_000_000 };

test("a document, a thumbnail and the file of an option go out, each made to fit by its own limits", async () => {
  const small = await taking({
    video,
    images: { ...jpeg, max: 4, width: { max: 50 } },
    document: { types: ["application/pdf"], bytes: 1000 },
    thumbnail: { ...jpeg, width: { max: 100 } },
  });
  const cover = await picture(small.folder, "cover.jpg", 200);
  const captions = await picture(small.folder, "not-touched.jpg", 200);
  const { failure } = await small.publish({
    text: "film",
    video: sample("film.mp4"),
    document: sample("three-pages.pdf"),
    thumbnail: cover,
    options: { captions },
  });
  expect(failure).toBeNull();
  const sent = Object.fromEntries(small.asked.map(({ path, headers }) => [path, headers["content-type"]]));
  expect(sent).toMatchObject({ "/document": "application/pdf", "/thumbnail": "image/jpeg", "/captions": "image/jpeg" });
  const lengthOf = (path: string) =>
    Number(small.asked.find((asked) => asked.path === path)?.headers["content-length"] ?? 0);
  // Smaller than it was; what an option names goes as it is.
  expect(lengthOf("/thumbnail")).not.toBe(lengthOf("/captions"));
  expect(small.asked.map(({ path }) => path)).toEqual(["/video", "/document", "/thumbnail", "/captions", "/posts"]);
});

test("a thumbnail is left out where there is none", async () => {
  const small = await taking({ video });
  const thumbnail = await picture(small.folder, "cover.jpg", 200);
  const { failure } = await small.publish({ text: "film", video: sample("film.mp4"), thumbnail });
  expect(failure).toBeNull();
  expect(small.asked.map(({ path }) => path)).toEqual(["/video", "/posts"]);
});

test("a file that an option names is looked at with the others, before anything is sent", async () => {
  const small = await taking({});
  const captions = { file: "/nowhere/en.vtt", alt: null };
  await expect(small.publish({ text: "film", options: { captions } })).rejects.toThrow(
    "/nowhere/en.vtt does not exist",
  );
  expect(small.asked).toEqual([]);
});

test("and one that has changed since is not sent in its place", async () => {
  const path = { current: "" };
  const small = await taking({ video });
  path.current = join(small.folder, "en.vtt");
  writeFileSync(path.current, "WEBVTT\n");
  small.next("/video", (_asked, response) => {
    writeFileSync(path.current, "WEBVTT\n\nsomething else\n");
    response.end("{}");
  });
  const captions = { file: path.current, alt: null };
  const { failure } = await small.publish({ text: "film", video: sample("film.mp4"), options: { captions } });
  expect(failure).toMatchObject({ code: "media_changed" });
  expect(small.asked.map(({ path: asked }) => asked)).toEqual(["/video"]);
});

test("what a platform fetches goes as an address, and is checked all the same", async () => {
  const small = await taking({ images: { ...jpeg, max: 4, width: { max: 100 }, fetched: true } });
  const good = await picture(small.folder, "good.jpg", 100);
  const wide = await picture(small.folder, "wide.jpg", 200);
  const url = "https://cdn.example/good.jpg";
  const without = small.publish({ text: "picture", images: [good] });
  await expect(without).rejects.toMatchObject({
    code: "content_invalid",
    message: expect.stringContaining("Small fetches files itself, and no address is known of good.jpg"),
    hint: expect.stringContaining("--media-base-url"),
  });
  // A copy that would fit is on this machine, not at the address.
  await expect(small.publish({ text: "picture", images: [{ ...wide, url }] })).rejects.toThrow(
    /wide\.jpg is 200 pixels wide, Small takes at most 100; .*Small fetches wide\.jpg as it is there: no copy that fits/,
  );
  const { failure } = await small.publish({ text: "picture", images: [{ ...good, url }] });
  expect(failure).toBeNull();
  expect(small.asked.map(({ path, body }) => `${path} ${body}`)).toEqual([
    `/image {"url":"${url}"}`,
    '/posts {"text":"picture"}',
  ]);
});
