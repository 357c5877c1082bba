/** Pictures on TikTok, which it fetches by their addresses. */
import { describe, expect, it } from "vitest";
import { draftOf } from "../../src/domain/post.ts";
import type { Message } from "../../src/platforms/platform.ts";
import { tiktok as definition } from "../../src/platforms/tiktok.ts";
import { connectedTikTok, failureOf, pathsOf, publish, video } from "./connected-tiktok.ts";
import { mediaFile, message, rememberedSteps } from "./connected-x.ts";

const picture = (name: string) => ({
  file: mediaFile("photo.jpg"),
  alt: null,
  url: `https://media.example.com/${name}.jpg`,
});

const pictures = (given: Partial<Message> = {}): Message =>
  message({ text: "Three days", title: "Rye", visibility: "public", images: [picture("a"), picture("b")], ...given });

it("posts pictures by their addresses, with title, words and cover", async () => {
  const tiktok = await connectedTikTok();
  const published = await publish(tiktok, pictures({ options: { "cover-photo": 2, "auto-add-music": true } }));
  const [post] = await tiktok.client.timeline();
  expect(post).toMatchObject({
    title: "Rye",
    text: "Three days",
    media: [{ fetchedFrom: "https://media.example.com/a.jpg" }, { fetchedFrom: "https://media.example.com/b.jpg" }],
  });
  expect(published).toEqual({ remoteId: post?.["id"], url: `https://www.tiktok.com/@acme/photo/${post?.["id"]}` });
  const init = tiktok.sent.find(({ url }) => url.endsWith("/content/init/"));
  expect(JSON.parse(String(init?.body))).toMatchObject({
    post_mode: "DIRECT_POST",
    post_info: { auto_add_music: true, privacy_level: "PUBLIC_TO_EVERYONE" },
    source_info: { photo_cover_index: 1 },
  });
});

it("puts pictures into the inbox", async () => {
  const tiktok = await connectedTikTok();
  const published = await publish(tiktok, pictures({ visibility: null, options: { mode: "inbox" } }));
  expect(published.remoteId).toMatch(/^p_inbox_url~/);
  expect(pathsOf(tiktok)[0]).toBe("POST /content/init/");
  expect(await tiktok.client.timeline()).toEqual([]);
});

it("says whose addresses TikTok takes", async () => {
  const tiktok = await connectedTikTok();
  const images = [{ ...picture("a"), url: "https://elsewhere.example/a.jpg" }];
  const failure = await failureOf(publish(tiktok, pictures({ images })));
  expect(failure).toMatchObject({ code: "app_refused", hint: expect.stringContaining("URL properties") });
});

it("needs an address", async () => {
  const tiktok = await connectedTikTok();
  const images = [{ file: mediaFile("photo.jpg"), alt: null }];
  expect(await failureOf(publish(tiktok, pictures({ images })))).toMatchObject({ code: "content_invalid" });
});

describe("a process that ends after TikTok's answer", () => {
  const begun = async () => {
    const tiktok = await connectedTikTok();
    const { step } = rememberedSteps();
    const given = pictures();
    const prepared = await tiktok.publishing.prepare(tiktok.api, given, step);
    const sending = { prepared, idempotencyKey: "key", step };
    const dying = { ...tiktok.api, wait: () => Promise.reject(new Error("stopped")) };
    expect(await failureOf(tiktok.publishing.commit(dying, given, sending))).toMatchObject({
      code: "delivery_unknown",
    });
    return { tiktok, step, given, sending };
  };

  it("leaves a post that is found by its name", async () => {
    const { tiktok, given, sending } = await begun();
    await tiktok.client.advance(5);
    const [post] = await tiktok.client.timeline();
    expect(await tiktok.publishing.confirm(tiktok.api, given, sending, 0)).toMatchObject({ remoteId: post?.["id"] });
  });

  it("leaves a post that is not sent again, even if it is begun again", async () => {
    const { tiktok, step, given } = await begun();
    await publish(tiktok, given, { ...rememberedSteps(), step });
    expect(await tiktok.client.timeline()).toHaveLength(1);
  });

  it("leaves what is sent anew once TikTok could not fetch it", async () => {
    const { tiktok, step, given, sending } = await begun();
    const failed = () =>
      tiktok.client.fault("POST /v2/post/publish/status/fetch/", { kind: "error", name: "failed-photo_pull_failed" });
    await failed();
    expect(await tiktok.publishing.confirm(tiktok.api, given, sending, 0)).toBeNull();
    await failed();
    await publish(tiktok, given, { ...rememberedSteps(), step });
    expect(pathsOf(tiktok).filter((path) => path.endsWith("/content/init/"))).toHaveLength(2);
  });
});

it("cannot be told of where TikTok's answer itself was lost", async () => {
  const tiktok = await connectedTikTok();
  const { step } = rememberedSteps();
  const given = pictures();
  const prepared = await tiktok.publishing.prepare(tiktok.api, given, step);
  const sending = { prepared, idempotencyKey: "key", step };
  await tiktok.client.fault("POST /v2/post/publish/content/init/", { kind: "drop-after" });
  expect(await failureOf(tiktok.publishing.commit(tiktok.api, given, sending))).toMatchObject({
    code: "delivery_unknown",
  });
  expect(await tiktok.publishing.confirm(tiktok.api, given, sending, 0)).toBeUndefined();
});

describe("before anything is sent", () => {
  const problems = (given: Partial<Message>) => definition.problemsOf?.(message(given), { now: 0, video: null }) ?? [];

  it("somebody has to say who may see it, but not of a draft", () => {
    expect(problems({ visibility: null })).toEqual([
      "TikTok wants you to say who may see it: --visibility public, friends, followers or private",
    ]);
    expect(problems({ visibility: null, options: { mode: "inbox" } })).toEqual([]);
    expect(draftOf({}).visibility).toBeNull();
  });

  it("a paid partnership is not private", () => {
    expect(problems({ visibility: "private", options: { "brand-content": true } })).toHaveLength(1);
    expect(problems({ visibility: "friends", options: { "brand-content": true } })).toEqual([]);
  });

  it("pictures are fetched by https", () => {
    const images = [picture("a"), { ...picture("b"), url: "http://media.example.com/b.jpg" }];
    expect(problems({ visibility: "public", images })).toEqual([
      "TikTok fetches pictures by https only, not http://media.example.com/b.jpg: --media-base-url https://…",
    ]);
    expect(problems({ visibility: "public", images: [picture("a")] })).toEqual([]);
  });

  it("the cover is one of the pictures", () => {
    const images = [picture("a")];
    for (const cover of [0, 2, 1.5]) {
      expect(problems({ visibility: "public", images, options: { "cover-photo": cover } })).toHaveLength(1);
    }
    expect(problems({ visibility: "public", images, options: { "cover-photo": 1 } })).toEqual([]);
    expect(problems({ ...video(), options: { "cover-at": -1 } })).toHaveLength(1);
  });
});

describe("who it is", () => {
  it("is told with the name in addresses where that was allowed", async () => {
    const { api, tokens } = await connectedTikTok();
    expect(await definition.identify(api)).toEqual([
      { externalId: tokens.open_id, handle: "acme", name: "Acme Bakery", url: "https://www.tiktok.com/@acme" },
    ]);
    expect(await definition.check(api)).toBe("answers as Acme Bakery");
  });

  it("is told without it where it was not", async () => {
    const { api, tokens } = await connectedTikTok({ scope: "user.info.basic,video.publish" });
    expect(await definition.identify(api)).toEqual([
      { externalId: tokens.open_id, handle: "Acme Bakery", name: "Acme Bakery", url: null },
    ]);
  });
});
