/** Videos on TikTok: what is asked in which order, what is done again, and what is never done twice. */
import { expect, it } from "vitest";
import { Failure } from "../../src/domain/failure.ts";
import type { Step } from "../../src/platforms/platform.ts";
import { connectedTikTok, failureOf, film, pathsOf, publish, video } from "./connected-tiktok.ts";
import { rememberedSteps } from "./connected-x.ts";

const commitNow = { prepared: undefined, idempotencyKey: "key" };

it("asks for the account, begins, sends, and waits until the post has its number", async () => {
  const tiktok = await connectedTikTok();
  const published = await publish(tiktok, video());
  const [post] = await tiktok.client.timeline();
  expect(published).toEqual({ remoteId: post?.["id"], url: `https://www.tiktok.com/@acme/video/${post?.["id"]}` });
  expect(published.remoteId).toMatch(/^\d{19}$/);
  expect(pathsOf(tiktok).slice(0, 4)).toEqual([
    "POST /creator_info/query/",
    "POST /video/init/",
    "PUT /video/",
    "POST /status/fetch/",
  ]);
  const put = tiktok.sent.find(({ method }) => method === "PUT");
  expect(put?.headers).toMatchObject({ "content-type": "video/mp4" });
  expect(put?.headers).not.toHaveProperty("authorization");
  expect(tiktok.secrets).toContain(put?.url);
});

it("says how it is to be seen, and leaves off what the account has switched off", async () => {
  const people = [{ handle: "acme", name: "Acme", private: true }];
  const tiktok = await connectedTikTok({ people });
  const options = { "ai-generated": true, "brand-organic": true, "cover-at": 1.5, "disable-comment": true };
  await publish(tiktok, video({ visibility: "followers", options }));
  const init = tiktok.sent.find(({ url }) => url.endsWith("/v2/post/publish/video/init/"));
  expect(JSON.parse(String(init?.body)).post_info).toEqual({
    title: "Bread",
    privacy_level: "FOLLOWER_OF_CREATOR",
    disable_comment: true,
    disable_duet: true,
    disable_stitch: true,
    brand_content_toggle: false,
    brand_organic_toggle: true,
    is_aigc: true,
    video_cover_timestamp_ms: 1500,
  });
  expect(await tiktok.client.timeline()).toMatchObject([{ visibility: "FOLLOWER_OF_CREATOR" }]);
});

it("has no number for what not everybody sees: the upload's own name and the profile stand for it", async () => {
  const tiktok = await connectedTikTok();
  const published = await publish(tiktok, video({ visibility: "private" }));
  expect(published.remoteId).toMatch(/^v_pub_file~v2\.\d+$/);
  expect(published.url).toBe("https://www.tiktok.com/@acme");
});

it("puts a draft into the inbox without a word about it", async () => {
  const tiktok = await connectedTikTok();
  const published = await publish(tiktok, video({ visibility: null, options: { mode: "inbox" } }));
  expect(published.remoteId).toMatch(/^v_inbox_file~v2\.\d+$/);
  expect(pathsOf(tiktok).slice(0, 2)).toEqual(["POST /inbox/video/init/", "PUT /video/"]);
  expect(await tiktok.client.timeline()).toEqual([]);
});

it("says which visibilities the account has", async () => {
  const tiktok = await connectedTikTok();
  const failure = await failureOf(publish(tiktok, video({ visibility: "followers" })));
  expect(failure).toMatchObject({ code: "not_permitted", hint: expect.stringContaining("public, friends or private") });
  expect(pathsOf(tiktok)).toEqual(["POST /creator_info/query/"]);
});

it("says what an app that was not audited may do", async () => {
  const tiktok = await connectedTikTok({ clientKey: "sandbox-tiktok-unaudited" });
  const failure = await failureOf(publish(tiktok, video({ visibility: "private" })));
  expect(failure).toMatchObject({ code: "app_refused", hint: expect.stringContaining("make the account private") });
  expect(failure.message).toContain("TikTok has not audited the developer app");
});

it("sends every chunk but the last while nothing is public yet, and the last one to commit", async () => {
  const tiktok = await connectedTikTok();
  const given = video({}, 150_000_000);
  const { step } = rememberedSteps();
  const prepared = await tiktok.publishing.prepare(tiktok.api, given, step);
  const ranges = () => tiktok.sent.flatMap(({ headers }) => headers?.["content-range"] ?? []);
  expect(ranges()).toEqual(["bytes 0-63999999/150000000"]);
  await tiktok.client.advance(600);
  expect(await tiktok.client.timeline()).toEqual([]);
  await tiktok.publishing.commit(tiktok.api, given, { ...commitNow, prepared, step });
  expect(ranges()).toEqual(["bytes 0-63999999/150000000", "bytes 64000000-149999999/150000000"]);
  expect(await tiktok.client.timeline()).toMatchObject([{ media: [{ bytes: 150_000_000 }] }]);
});

/** A process that dies at the first request that matches. */
function dyingAt(tiktok: Awaited<ReturnType<typeof connectedTikTok>>, range: RegExp) {
  const call: typeof tiktok.api.call = (method, url, request) => {
    if (range.test(request?.headers?.["content-range"] ?? "")) throw new Error("killed");
    return tiktok.api.call(method, url, request);
  };
  return { ...tiktok, api: { ...tiktok.api, call } };
}

it("goes on where it was, in the same upload, by what TikTok says it has", async () => {
  const tiktok = await connectedTikTok();
  const given = video({}, 200_000_000);
  const steps = rememberedSteps();
  await expect(publish(dyingAt(tiktok, /^bytes 64000000-/), given, steps)).rejects.toThrow("killed");
  await publish(tiktok, given, steps);
  expect(tiktok.sent.flatMap(({ headers }) => headers?.["content-range"] ?? [])).toEqual([
    "bytes 0-63999999/200000000",
    "bytes 64000000-127999999/200000000",
    "bytes 128000000-199999999/200000000",
  ]);
  expect(pathsOf(tiktok).filter((path) => path.includes("init"))).toHaveLength(1);
  expect(await tiktok.client.timeline()).toHaveLength(1);
});

it("begins anew where the URL has expired, the file is another one, or the post says something else", async () => {
  const tiktok = await connectedTikTok();
  const file = film(150_000_000);
  const given = video({ video: { file, alt: null } });
  const steps = rememberedSteps();
  const inits = () => pathsOf(tiktok).filter((path) => path === "POST /video/init/").length;
  await tiktok.publishing.prepare(tiktok.api, given, steps.step);
  await tiktok.publishing.prepare(tiktok.api, { ...given, text: "Rolls" }, steps.step);
  expect(inits()).toBe(2);
  await tiktok.publishing.prepare(tiktok.api, given, steps.step);
  expect(inits()).toBe(2);
  await tiktok.client.advance(3601);
  const later = { ...tiktok.api, now: () => tiktok.api.now() + 3_601_000 };
  await tiktok.publishing.prepare(later, given, steps.step);
  expect(inits()).toBe(3);
});

it.each([
  [403, "expired"],
  [404, "forgotten"],
])("tells of an upload that is refused with %d while it is new (%s)", async (status) => {
  const tiktok = await connectedTikTok();
  await tiktok.client.fault("PUT /video/", { kind: "status", status });
  expect(await failureOf(publish(tiktok, video({}, 150_000_000)))).toMatchObject({ code: "platform_fault" });
  await tiktok.client.fault("PUT /video/", { kind: "status", status });
  expect(await failureOf(publish(tiktok, video()))).toMatchObject({ code: "platform_fault" });
});

it("does not try what TikTok cannot read as a request", async () => {
  const tiktok = await connectedTikTok();
  await tiktok.client.fault("PUT /video/", { kind: "status", status: 400 });
  expect(await failureOf(publish(tiktok, video()))).toMatchObject({ code: "protocol" });
});

it("sends a chunk again where TikTok broke over it, or where no answer came", async () => {
  const tiktok = await connectedTikTok();
  await tiktok.client.fault("PUT /video/", { kind: "status", status: 500 });
  await publish(tiktok, video({}, 150_000_000));
  await tiktok.client.fault("PUT /video/", { kind: "drop-after" });
  await publish(tiktok, video({ text: "Rolls" }, 150_000_000));
  // The second time TikTok had the chunk already, and said which one it wants (416).
  expect(await tiktok.client.asked()).toContain("PUT /video/ 416");
  expect(await tiktok.client.timeline()).toHaveLength(2);
});

it.each(["drop-before", "drop-after", "broke"])(
  "leaves it in doubt when the last chunk was met by %s",
  async (kind) => {
    const tiktok = await connectedTikTok();
    const given = video();
    const { step } = rememberedSteps();
    const prepared = await tiktok.publishing.prepare(tiktok.api, given, step);
    await tiktok.client.fault("PUT /video/", kind === "broke" ? { kind: "status", status: 500 } : { kind });
    const sending = { ...commitNow, prepared, step };
    expect(await failureOf(tiktok.publishing.commit(tiktok.api, given, sending))).toMatchObject({
      code: "delivery_unknown",
    });
    const confirm = () => tiktok.publishing.confirm(tiktok.api, given, sending, 0);
    if (kind !== "drop-after") {
      expect(await confirm()).toBeNull();
      // Nothing is there, so it may go on: in the same upload.
      await publish(tiktok, given, { ...rememberedSteps(), step });
      expect(pathsOf(tiktok).filter((path) => path.includes("init"))).toHaveLength(1);
    } else {
      expect(await failureOf(Promise.resolve(confirm()))).toMatchObject({ code: "platform_fault" });
      await tiktok.client.advance(5);
      const [post] = await tiktok.client.timeline();
      expect(await confirm()).toMatchObject({ remoteId: post?.["id"] });
    }
    expect(await tiktok.client.timeline()).toHaveLength(1);
  },
);

it("knows by TikTok's answer that it is out, though it was told to send it again", async () => {
  const tiktok = await connectedTikTok();
  const given = video();
  const steps = rememberedSteps();
  const first = await publish(tiktok, given, steps);
  expect(await publish(tiktok, given, steps)).toEqual(first);
  expect(await tiktok.client.timeline()).toHaveLength(1);
});

it("cannot tell of an upload that TikTok does not know", async () => {
  const tiktok = await connectedTikTok();
  const given = video();
  const { step } = rememberedSteps();
  const prepared = await tiktok.publishing.prepare(tiktok.api, given, step);
  await tiktok.client.fault("POST /v2/post/publish/status/fetch/", { kind: "error", name: "unknown-publish-id" });
  expect(await tiktok.publishing.confirm(tiktok.api, given, { ...commitNow, prepared, step }, 0)).toBeUndefined();
});

const outcomes = {
  file_format_check_failed: "content_invalid",
  duration_check_failed: "content_invalid",
  frame_rate_check_failed: "content_invalid",
  picture_size_check_failed: "content_invalid",
  internal: "platform_fault",
  video_pull_failed: "platform_fault",
  photo_pull_failed: "platform_fault",
  publish_cancelled: "not_permitted",
  auth_removed: "needs_reauth",
  spam_risk_too_many_posts: "rate_limited",
  spam_risk_user_banned_from_posting: "not_permitted",
  spam_risk_text: "content_invalid",
  spam_risk: "not_permitted",
} as const;

it.each(Object.entries(outcomes))("%s means %s, and a new upload the next time", async (reason, code) => {
  const tiktok = await connectedTikTok();
  const steps = rememberedSteps();
  const given = video();
  await tiktok.client.fault("POST /v2/post/publish/status/fetch/", { kind: "error", name: `failed-${reason}` });
  const failure = await failureOf(publish(tiktok, given, steps));
  expect(failure).toMatchObject({ code });
  expect(failure.message).toContain(`(${reason})`);
  // When it is tried again, TikTok says the same of that upload.
  await tiktok.client.fault("POST /v2/post/publish/status/fetch/", { kind: "error", name: `failed-${reason}` });
  await tiktok.publishing.prepare(tiktok.api, given, steps.step);
  expect(pathsOf(tiktok).filter((path) => path === "POST /video/init/")).toHaveLength(2);
});

it("does not wait for hours in the middle where TikTok wants not to be asked for so long", async () => {
  const tiktok = await connectedTikTok();
  const post: typeof tiktok.api.post = async (url, request) => {
    if (!url.includes("status/fetch")) return tiktok.api.post(url, request);
    throw new Failure("rate_limited", "TikTok answered 429", { retryAfterSeconds: 86_400 });
  };
  const failure = await failureOf(publish({ ...tiktok, api: { ...tiktok.api, post } }, video()));
  expect(failure).toMatchObject({ code: "delivery_unknown", message: expect.stringContaining("429") });
  expect(Math.max(...tiktok.waits)).toBeLessThan(61);
});

it("waits a minute where TikTok is asked too often whether it is out", async () => {
  const tiktok = await connectedTikTok();
  await tiktok.client.fault("POST /v2/post/publish/status/fetch/", { kind: "error", name: "rate-limit" });
  await publish(tiktok, video());
  expect(tiktok.waits).toContain(60);
});

it("is in doubt, and not failed, where TikTok cannot be asked after the last chunk", async () => {
  const tiktok = await connectedTikTok();
  const { step } = rememberedSteps();
  const given = video();
  const prepared = await tiktok.publishing.prepare(tiktok.api, given, step);
  await tiktok.client.fault("POST /v2/post/publish/status/fetch/", { kind: "drop-before" }, 4);
  const work = tiktok.publishing.commit(tiktok.api, given, { ...commitNow, prepared, step });
  expect(await failureOf(work)).toMatchObject({ code: "delivery_unknown" });
});

it("does not begin where the account may not post as long a video", async () => {
  const tiktok = await connectedTikTok();
  const open: typeof tiktok.api.open = async (file) => ({ ...(await tiktok.api.open(file)), seconds: 601 });
  const step: Step = (_name, work) => work();
  const failure = await failureOf(tiktok.publishing.prepare({ ...tiktok.api, open }, video(), step));
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({ code: "content_invalid", message: expect.stringContaining("may post 600 s") });
});
