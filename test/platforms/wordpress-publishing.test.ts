/** Posts on a site that runs WordPress: found by a slug that no other post has. */
import { describe, expect, it } from "vitest";
import { hours } from "../../src/domain/time.ts";
import type { KeyMethod } from "../../src/platforms/platform.ts";
import { wordpress } from "../../src/platforms/wordpress.ts";
import { start } from "../sandbox/start.ts";
import { begin, type ConnectedByKey, connectedByKey, failureOf, fault, publish, timeline } from "./connected-by-key.ts";
import { mediaFile, message } from "./connected-x.ts";

const [method] = wordpress.methods as readonly KeyMethod[];
const root = "https://www.bakery.example/wp-json";
const pasted = "sand box word acme xxxx xxxx";
const token = (await method?.read?.(pasted, { user: "acme" })) ?? "";

const connected = (instance = root) => connectedByKey(wordpress, { token, instance });
const asked = ({ sent }: ConnectedByKey) =>
  sent.map(({ method: verb, url }) => `${verb} ${new URL(url).pathname.replace("/wp-json/wp/v2", "")}`);
const posts = "POST /wp-json/wp/v2/posts";

describe("which site", () => {
  const find = async (typed: string) => {
    const { api, sent } = await connectedByKey(wordpress, { token: "" });
    const server = await method?.server?.find(api, typed);
    expect(sent.some(({ headers }) => headers?.["authorization"] !== undefined)).toBe(false);
    return server?.instance;
  };

  it("is found behind redirects, by the Link header, with and without pretty addresses", async () => {
    expect(await find("bakery.example")).toBe(root);
    expect(await find("https://plain.bakery.example/")).toBe("https://plain.bakery.example/?rest_route=");
  });

  it.each([
    ["http://blog.example.com", "is not https"],
    ["https://192.168.1.4/blog", "private network"],
    ["https://0xa.1", "private network"],
    ["https://[fd00::1]/", "private network"],
    ["https://169.254.169.254/", "private network"],
    ["https://acme:secret@blog.example.com", "holds a name or password"],
    ["not a site", "is no web address"],
  ])("%s is refused", async (typed, why) => {
    const { api, sent } = await connectedByKey(wordpress, {
      token: "",
      sandbox: { url: "http://127.0.0.1:1" } as never,
    });
    const failure = await failureOf(Promise.resolve(method?.server?.find(api, typed)));
    expect(failure).toMatchObject({ code: "usage", message: expect.stringContaining(why) });
    expect(sent).toEqual([]);
  });

  it("is not one that sends somewhere else than the web, or runs something else", async () => {
    const sandbox = await start();
    const { api } = await connectedByKey(wordpress, { token: "", sandbox });
    const elsewhere = await failureOf(Promise.resolve(method?.server?.find(api, "https://dev.to")));
    expect(elsewhere).toMatchObject({
      code: "usage",
      message: expect.stringContaining("has no REST API of WordPress"),
    });
  });
});

it("keeps the password without its spaces, and says who it is", async () => {
  expect(token).toBe("acme:sandboxwordacmexxxxxxxx");
  const { api } = await connected();
  expect(await wordpress.identify(api)).toEqual([
    expect.objectContaining({ externalId: "1", handle: "acme@www.bakery.example", name: "Acme Bakery" }),
  ]);
  expect(() => method?.read?.("two\nlínes", { user: "acme" })).toThrow("no application password");
});

it("publishes Markdown with pictures, tags that are made, and categories that are there", async () => {
  const acme = await connected();
  const images = [
    { file: mediaFile("photo.jpg"), alt: "A loaf" },
    { file: mediaFile("square.jpg"), alt: 'Another, "cut"' },
  ];
  const options = { categories: "news, Bread & Butter", excerpt: "Time", comments: false };
  const given = message({ title: "Rye & time", text: "Three **days**.", images, tags: ["bread", "R&B"], options });
  const { published } = await publish(acme, given, { idempotencyKey: "0f8fad5b-d9cb-469f-a165-70867728950e.0.1" });
  const [post] = await timeline(acme.sandbox);
  expect(post).toMatchObject({
    url: published.url,
    title: "Rye & time",
    media: [{ alt: "A loaf" }, { alt: 'Another, "cut"' }],
    text: expect.stringContaining("<p>Three <strong>days</strong>.</p>\n<!-- wp:image"),
  });
  expect(published.url).toBe("https://www.bakery.example/rye-time-70867728950e01/");
  const json = JSON.parse(
    String(acme.sent.find(({ url, method: verb }) => verb === "POST" && url.endsWith("/posts"))?.body),
  );
  expect(json).toMatchObject({ status: "publish", tags: [100, 101], categories: [2, 3], comment_status: "closed" });
  // The tags are there now.
  await publish(acme, given, { idempotencyKey: "0000-2" });
  expect(asked(acme).filter((line) => line === "POST /tags")).toHaveLength(2);
  const none = message({ title: "Rye", text: "x", options: { categories: "Newz" } });
  expect(await failureOf(publish(acme, none))).toMatchObject({ code: "content_invalid" });
  await acme.publishing.delete?.(acme.api, published.remoteId);
  await acme.publishing.delete?.(acme.api, published.remoteId);
  expect(await timeline(acme.sandbox)).toHaveLength(1);
});

it("tells whether a post whose answer was lost is out, and refuses a slug that is taken", async () => {
  const acme = await connected("https://plain.bakery.example/?rest_route=");
  const given = message({ title: "Rye", text: "Three days." });
  const sending = await begin(acme, given);
  await fault(acme, "wordpress", "POST /", "drop-after");
  expect((await failureOf(acme.publishing.commit(acme.api, given, sending))).code).toBe("delivery_unknown");
  expect(await acme.publishing.confirm?.(acme.api, given, sending, 0)).toMatchObject({
    url: "https://plain.bakery.example/rye-key/",
  });
  expect(await acme.publishing.confirm?.(acme.api, given, { ...sending, idempotencyKey: "other" }, 0)).toBeNull();
  const pending = message({ title: "Rye", text: "x", visibility: "pending" });
  const other = { ...sending, idempotencyKey: "third" };
  expect(await acme.publishing.confirm?.(acme.api, pending, other, 0)).toBeUndefined();
  const own = message({ title: "Rye", text: "x", options: { slug: "rye-key" } });
  expect(await failureOf(begin(acme, own))).toMatchObject({ code: "duplicate_content" });
  expect(await timeline(acme.sandbox)).toHaveLength(1);
});

it("leaves drafts, private posts and posts for later where they belong", async () => {
  const acme = await connected();
  for (const visibility of ["draft", "private", "pending"]) {
    await publish(acme, message({ title: visibility, text: "x", visibility }), { idempotencyKey: visibility });
  }
  expect(await timeline(acme.sandbox)).toEqual([]);
  const later = { "publish-at": acme.api.now() + hours(2) };
  const { published } = await publish(acme, message({ title: "Later", text: "x", options: later }));
  expect(published.url).toMatch(/\?p=\d+$/);
  expect(await timeline(acme.sandbox)).toEqual([]);
  await acme.api.wait(hours(2) / 1000 + 1);
  expect(await timeline(acme.sandbox)).toMatchObject([{ title: "Later" }]);
});

it("says what is wrong before anything is sent, and what the site says of a file", async () => {
  const problems = (given: Parameters<typeof message>[0]) =>
    wordpress.problemsOf?.(message(given), { now: 10, video: null });
  expect(
    problems({ text: "![x](a.png) ![y](/wp-content/y.png)", visibility: "draft", options: { "publish-at": 5 } }),
  ).toEqual([
    "the picture a.png in the text is no web address: give it with --image",
    "publish-at is in the past",
    "publish-at makes it public, and --visibility draft says otherwise",
  ]);
  expect(problems({ options: { slug: "Rye Bread" } })).toHaveLength(1);
  expect(problems({ options: { slug: "2026" } })).toEqual([expect.stringContaining("its own use")]);
  const acme = await connected();
  await fault(acme, "wordpress", "POST /wp-json/wp/v2/media", { kind: "error", name: "upload-unknown" });
  const given = message({ title: "Rye", images: [{ file: mediaFile("photo.jpg"), alt: null }] });
  expect(await failureOf(begin(acme, given))).toMatchObject({
    code: "content_invalid",
    message: expect.stringContaining("does not take this file"),
  });
  await fault(acme, "wordpress", "POST /wp-json/wp/v2/media", { kind: "error", name: "upload-sideload" });
  expect((await failureOf(begin(acme, given))).code).toBe("content_invalid");
  const mistyped = await connectedByKey(wordpress, { token: "acme:other", instance: root, sandbox: acme.sandbox });
  expect(await failureOf(publish(mistyped, message({ title: "Rye", text: "x" })))).toMatchObject({
    code: "needs_reauth",
  });
  expect(asked(acme)).not.toContain(posts);
});
