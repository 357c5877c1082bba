/** What a Page's post can be: sent by the definition, seen as the sandbox shows it. */
import { describe, expect, it } from "vitest";
import type { Message } from "../../src/platforms/platform.ts";
import { connectedFacebook } from "./connected-facebook.ts";
import { fileOf, mediaFile, message, mp4Head, pngHead, rememberedSteps, timelineOf } from "./connected-x.ts";

interface Shown {
  readonly id: string;
  readonly text: string;
  readonly link?: string;
  readonly title?: string;
  readonly url: string;
  readonly replyTo: string | null;
  readonly media: readonly {
    readonly id: string;
    readonly kind: string;
    readonly sha256: string;
    readonly alt: string | null;
  }[];
}

const shown = async (client: { url: string }) => (await timelineOf(client)) as unknown as readonly Shown[];
const picture = (name: string, alt: string | null = null) => ({ file: fileOf(name, pngHead), alt });
const film = (size = 200_000) => ({ file: fileOf("film.mp4", mp4Head, size), alt: null });

describe("a Page", () => {
  it("posts a text, and a text with a link of its own, each with its permalink", async () => {
    const { client, publish } = await connectedFacebook();
    const text = await publish({ text: "Fresh rye today" });
    const link = await publish({ text: "Our menu", link: "https://example.com/menu" });
    const [second, first] = await shown(client);
    expect(first).toMatchObject({ id: text.remoteId, text: "Fresh rye today", url: text.url });
    expect(second).toMatchObject({ id: link.remoteId, text: "Our menu", link: "https://example.com/menu" });
    expect(text.url).toMatch(/^https:\/\/www\.facebook\.com\/acme\/posts\/\d+$/);
    expect(await (await fetch(text.url.replace("https:/", client.url))).text()).toContain("Fresh rye today");
  });

  it("posts one picture and several, in their order, with what they show; a link goes into the text then", async () => {
    const { client, publish, sent } = await connectedFacebook();
    await publish({ text: "One", images: [picture("1.png", "A loaf")] });
    const images = [picture("2.png", "Two"), picture("3.png"), picture("4.png", "Four")];
    await publish({ text: "Three", images, link: "https://example.com" });
    const [several, one] = await shown(client);
    expect(one).toMatchObject({ text: "One", media: [{ kind: "picture", alt: "A loaf" }] });
    expect(several?.text).toBe("Three https://example.com");
    expect(several?.media.map(({ alt }) => alt)).toEqual(["Two", null, "Four"]);
    expect(sent.filter(({ url }) => url.includes("/photos")).length).toBe(4);
  });

  it("posts a video by a resumable upload, with title, text and thumbnail", async () => {
    const { client, publish } = await connectedFacebook();
    const thumbnail = { ...picture("poster.png"), as: "thumbnail" as const };
    const published = await publish({ text: "How it is made", title: "Rye", video: film(), thumbnail });
    const [post] = await shown(client);
    expect(post).toMatchObject({
      text: "How it is made",
      title: "Rye",
      media: [{ kind: "video", id: published.remoteId }],
    });
    expect(published.url).toBe(`https://www.facebook.com/reel/${published.remoteId}/`);
    expect(await (await fetch(`${client.url}/timeline`)).text()).toMatch(
      /<img src="\/scontent\.xx\.fbcdn\.net\/v\/\d+"/,
    );
  });

  it("posts a Reel, and says before the upload what is none", async () => {
    const { client, publish, sent } = await connectedFacebook();
    await expect(
      publish({ text: "Wide", video: { file: mediaFile("film.mp4"), alt: null }, options: { reel: true } }),
    ).rejects.toMatchObject({
      code: "content_invalid",
      message: expect.stringContaining("a Reel"),
    });
    expect(sent).toEqual([]);
    const reel = await publish({ text: "Upright", video: film(), options: { reel: true } });
    expect((await shown(client))[0]).toMatchObject({ text: "Upright", media: [{ id: reel.remoteId, kind: "video" }] });
  });

  it("tells a video that Facebook cannot process, and publishes nothing", async () => {
    const { client, publish } = await connectedFacebook();
    const video = { file: fileOf("no.mp4", mp4Head, 500), alt: null };
    await expect(publish({ text: "No film", video })).rejects.toMatchObject({
      code: "content_invalid",
      message:
        "Facebook cannot process the video: The video file you tried to upload is in a format that isn't supported.",
    });
    expect(await shown(client)).toEqual([]);
  });

  it("comments under its post, and takes both down; what is gone is gone", async () => {
    const { api, client, publish, publishing } = await connectedFacebook();
    const post = await publish({ text: "Fresh rye today" });
    const comment = await publishing.comment(api, post.remoteId, "Order at example.com");
    expect(await shown(client)).toMatchObject([
      { id: comment.remoteId, replyTo: post.remoteId },
      { id: post.remoteId },
    ]);
    await publishing.delete(api, post.remoteId);
    expect(await shown(client)).toEqual([]);
    await publishing.delete(api, post.remoteId);
  });
});

describe("Facebook's own schedule", () => {
  const inHours = (count: number) => Date.now() + count * 3_600_000;

  it.each<[string, () => Partial<Message>]>([
    ["a text", () => ({ text: "Later" })],
    ["pictures", () => ({ text: "Later", images: [picture("1.png"), picture("2.png")] })],
    ["a video", () => ({ text: "Later", video: film() })],
    ["a Reel", () => ({ text: "Later", video: film(), options: { reel: true } })],
  ])("publishes %s at its time, with this machine off", async (_, given) => {
    const { client, publish } = await connectedFacebook();
    const { options, ...message } = given();
    await publish({ ...message, options: { ...options, "publish-at": inHours(5) } });
    expect(await shown(client)).toEqual([]);
    await client.control("/clock", { advance: 5 * 3600 });
    expect(await shown(client)).toMatchObject([{ text: "Later" }]);
  });

  it.each([
    ["in five minutes", 1 / 12],
    ["in 31 days", 31 * 24],
  ])("is not offered %s", async (_, hours) => {
    const { publish, sent } = await connectedFacebook();
    await expect(publish({ text: "Later", options: { "publish-at": inHours(hours) } })).rejects.toMatchObject({
      code: "content_invalid",
    });
    expect(sent).toEqual([]);
  });

  it("takes no first comment", async () => {
    const { publish } = await connectedFacebook();
    const options = { "publish-at": inHours(5) };
    await expect(publish({ text: "Later", firstComment: "Soon", options })).rejects.toMatchObject({
      code: "content_invalid",
      message: expect.stringContaining("use --at"),
    });
  });
});

describe("an upload that broke off", () => {
  const given = () => ({ text: "How it is made", video: film(3_000_000) });

  it.each([
    ["a video", {}, "/v26.0/upload:*"],
    ["a Reel", { reel: true }, "/video-upload/*"],
  ])("goes on from where Facebook has it: %s", async (_, options, path) => {
    const { api, client, publishing, waits } = await connectedFacebook();
    await client.fault(`POST ${path}`, { kind: "error", name: "unavailable" }, 2);
    const written = message({ ...given(), options });
    const prepared = await publishing.prepare(api, written, rememberedSteps().step);
    await publishing.commit(api, written, { prepared, idempotencyKey: "key", step: (_name, work) => work() });
    expect(waits.slice(0, 2)).toEqual([1, 2]);
    expect(await shown(client)).toHaveLength(1);
  });

  it("begins anew where the answer with its handle was lost, and where Facebook forgot it", async () => {
    const { api, client, publishing, sent } = await connectedFacebook();
    await client.fault("POST /v26.0/upload:*", { kind: "drop-after" });
    await publishing.prepare(api, message(given()), rememberedSteps().step);
    expect(sent.filter(({ url }) => url.includes("/uploads")).length).toBe(2);
  });

  it("does nothing twice when it is prepared again, and anew for another file", async () => {
    const { api, publishing, sent } = await connectedFacebook();
    const { step } = rememberedSteps();
    const written = message(given());
    const first = await publishing.prepare(api, written, step);
    const count = sent.length;
    expect(await publishing.prepare(api, written, step)).toEqual(first);
    expect(sent.length).toBe(count);
    expect(await publishing.prepare(api, message({ ...given(), video: film(1_000_000) }), step)).not.toEqual(first);
  });

  it("gives up after some tries without a byte more", async () => {
    const { client, publish, waits } = await connectedFacebook();
    await client.fault("POST /v26.0/upload:*", { kind: "error", name: "upload-problem" }, 9);
    await expect(publish(given())).rejects.toMatchObject({ code: "platform_fault" });
    expect(waits).toEqual([1, 2, 4, 8]);
  });
});

describe("after a lost answer", () => {
  const lost = { kind: "drop-after" };

  it.each<[string, string, () => Partial<Message>]>([
    ["a text", "/feed", () => ({ text: "Fresh  rye\ntoday" })],
    ["a link", "/feed", () => ({ text: "Menu", link: "https://example.com/menu/" })],
    ["pictures alone", "/feed", () => ({ images: [picture("1.png"), picture("2.png")] })],
    ["a video", "/videos", () => ({ text: "Film", video: film() })],
    ["a Reel", "/video_reels", () => ({ text: "Reel", video: film(), options: { reel: true } })],
    ["a post to come", "/feed", () => ({ text: "Later", options: { "publish-at": Date.now() + 7_200_000 } })],
  ])("%s is found, as it was published", async (_, edge, given) => {
    const { api, client, page, publishing, publish } = await connectedFacebook();
    await publish({ text: "Something else" });
    const since = Date.now() - 60_000;
    const written = message(given());
    const prepared = await publishing.prepare(api, written, rememberedSteps().step);
    const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
    await client.fault(`POST /v26.0/${page}${edge}`, lost);
    await expect(publishing.commit(api, written, sending)).rejects.toMatchObject({ code: "delivery_unknown" });
    await client.control("/clock", { advance: 5 });
    const found = await publishing.confirm(api, written, sending, since);
    expect(found).toMatchObject({ remoteId: expect.stringMatching(/^\d+(_\d+)?$/) });
    await publishing.delete(api, found?.remoteId ?? "");
    expect((await shown(client)).map(({ text }) => text)).toEqual(["Something else"]);
  });

  it("a text that never arrived is not there; a video cannot be told", async () => {
    const { api, client, page, publishing } = await connectedFacebook();
    const text = message({ text: "Never" });
    const sending = { prepared: { photos: [], video: null }, idempotencyKey: "key", step: rememberedSteps().step };
    await client.fault(`POST /v26.0/${page}/feed`, "drop-before");
    await expect(publishing.commit(api, text, sending)).rejects.toMatchObject({ code: "delivery_unknown" });
    expect(await publishing.confirm(api, text, sending, Date.now() - 60_000)).toBeNull();
    const video = message({ text: "Never", video: film() });
    const prepared = await publishing.prepare(api, video, rememberedSteps().step);
    expect(
      await publishing.confirm(
        api,
        video,
        { prepared, idempotencyKey: "key", step: (_name, work) => work() },
        Date.now() - 60_000,
      ),
    ).toBeUndefined();
  });

  it("the same words for another day are not it; once its time has come it is found where it is public", async () => {
    const { api, client, page, publishing, publish } = await connectedFacebook();
    const later = (hours: number) => ({ text: "Later", options: { "publish-at": Date.now() + hours * 3_600_000 } });
    await publish(later(48));
    const written = message(later(1));
    const since = Date.now() - 60_000;
    const sending = { prepared: { photos: [], video: null }, idempotencyKey: "key", step: rememberedSteps().step };
    await client.fault(`POST /v26.0/${page}/feed`, "drop-before");
    await expect(publishing.commit(api, written, sending)).rejects.toMatchObject({ code: "delivery_unknown" });
    expect(await publishing.confirm(api, written, sending, since)).toBeNull();
    await client.fault(`POST /v26.0/${page}/feed`, "drop-after");
    await expect(publishing.commit(api, written, sending)).rejects.toMatchObject({ code: "delivery_unknown" });
    const planned = await publishing.confirm(api, written, sending, since);
    expect(planned).not.toBeNull();
    await client.control("/clock", { advance: 2 * 3600 });
    const afterwards = { ...api, now: () => Date.now() + 2 * 3_600_000 };
    expect(await publishing.confirm(afterwards, written, sending, since)).toEqual(planned);
    const other = message({ ...written, text: "Never" });
    expect(await publishing.confirm(afterwards, other, sending, since)).toBeUndefined();
  });

  it("a permalink that cannot be asked for does not make a post doubtful", async () => {
    const { client, publish } = await connectedFacebook();
    await client.fault("GET *", { kind: "error", name: "unavailable" });
    const { url, remoteId } = await publish({ text: "Fresh rye today" });
    expect(url).toBe(`https://www.facebook.com/${remoteId}`);
  });
});
