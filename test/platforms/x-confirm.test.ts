import fc from "fast-check";
import { expect, test } from "vitest";
import { type ListedPost, likeness, type WrittenPost } from "../../src/platforms/x/same-post.ts";
import type { SandboxPost } from "../../src/sandbox/posts.ts";
import { createWorld, type World } from "../../src/sandbox/world.ts";
import { returnedText } from "../../src/sandbox/x/post-text.ts";
import { clock, random } from "../conformance/ports.ts";
import { type ConnectedX, connectedX, fileOf, message, mp4Head, pngHead, rememberedSteps } from "./connected-x.ts";

type Written = Parameters<typeof message>[0];

/** Sends it, loses the answer, and asks whether it went out. */
async function lost(x: ConnectedX, given: Written, fault: "drop-after" | "drop-before") {
  const since = Date.now();
  const written = message(given);
  const prepared = await x.publishing.prepare(x.api, written, rememberedSteps().step);
  await x.client.fault("POST /2/tweets", { kind: fault });
  const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
  await expect(x.publishing.commit(x.api, written, sending)).rejects.toMatchObject({ code: "delivery_unknown" });
  x.sent.length = 0;
  return x.publishing.confirm(x.api, written, sending, since);
}

const posted = async (x: ConnectedX, given: Written) => {
  const written = message(given);
  const prepared = await x.publishing.prepare(x.api, written, rememberedSteps().step);
  return x.publishing.commit(x.api, written, { prepared, idempotencyKey: "key", step: rememberedSteps().step });
};

const parent = async (x: ConnectedX) => (await posted(x, { text: "The one before" })).remoteId;

const written: readonly [string, (x: ConnectedX) => Promise<Written>][] = [
  ["a text", async () => ({ text: "Soup of the day" })],
  [
    "lines, characters that X escapes, and emoji",
    async () => ({ text: "Tea & cake <now>\r\n\n  today 👨‍👩‍👧‍👦 &amp;" }),
  ],
  ["links", async () => ({ text: "Menu: https://example.com/menu?a=1&b=2#c, or example.org." })],
  ["a picture", async () => ({ text: "Loaf", images: [{ file: fileOf("a.png", pngHead), alt: null }] })],
  [
    "a link and a video",
    async () => ({ text: "See example.com", video: { file: fileOf("a.mp4", mp4Head), alt: null } }),
  ],
  ["a picture without a word", async () => ({ text: "", images: [{ file: fileOf("a.png", pngHead), alt: null }] })],
  ["a poll", async () => ({ text: "Which?", poll: { options: ["a", "b"], minutes: 5 } })],
  ["a part of a thread", async (x) => ({ text: "And more", replyTo: await parent(x) })],
  ["a reply to somebody else", replyToGlobex],
];

async function replyToGlobex(x: ConnectedX): Promise<Written> {
  const globex = await x.client.connect({ person: "globex" });
  const answer = await x.client.post(globex, { text: "Hello @acme" });
  return { text: "Hello to you", replyTo: ((await answer.json()) as { data: { id: string } }).data.id };
}

test.each(written)("%s that went out is found; one that did not, is not there", async (_, make) => {
  const x = await connectedX();
  const given = await make(x);
  expect(await lost(x, given, "drop-before")).toBeNull();
  const found = await lost(x, given, "drop-after");
  expect(found).toMatchObject({ url: `https://x.com/acme/status/${found?.remoteId}` });
  const page = await fetch(`${x.client.url}/x.com/acme/status/${found?.remoteId}`);
  expect(page.status).toBe(200);
});

test("asks with two requests at most, and for what it answers only where it answers something", async () => {
  const x = await connectedX();
  await lost(x, { text: "Hello" }, "drop-after");
  expect(x.sent.map(({ url }) => new URL(url).pathname)).toEqual(["/2/users/me", expect.stringMatching(/tweets$/)]);
  expect(x.sent[1]?.url).not.toContain("expansions");
  const known = { ...x, api: { ...x.api, externalId: /users\/(\d+)/.exec(x.sent[1]?.url ?? "")?.[1] ?? null } };
  await lost(known, { text: "Again", replyTo: await parent(x) }, "drop-after");
  expect(x.sent.map(({ url }) => new URL(url).pathname)).toEqual([expect.stringMatching(/tweets$/)]);
  expect(x.sent[0]?.url).toContain("expansions=referenced_posts");
});

test("what was there before is not it", async () => {
  const x = await connectedX();
  await posted(x, { text: "Soup" });
  await x.client.control("POST", "/clock", { advance: 90_000 });
  const later = await x.reconnected();
  const since = Date.now() + 90_000_000;
  const sending = { prepared: { mediaIds: [] }, idempotencyKey: "key", step: rememberedSteps().step };
  expect(await x.publishing.confirm(later, message({ text: "Soup" }), sending, since)).toBeNull();
});

test("more posts since than one answer lists: it cannot be told", async () => {
  const x = await connectedX();
  const tokens = await x.client.connect();
  const since = Date.now();
  for (let count = 0; count < 100; count += 1) await x.client.post(tokens, { text: `Number ${count}` });
  await x.client.control("POST", "/clock", { advance: 901 });
  await x.client.post(tokens, { text: "One more" });
  const sending = { prepared: { mediaIds: [] }, idempotencyKey: "key", step: rememberedSteps().step };
  expect(await x.publishing.confirm(x.api, message({ text: "Mine" }), sending, since)).toBeUndefined();
});

const base: WrittenPost = { text: "Soup", mediaIds: [], poll: false, replyTo: null, quote: null };
const listed = (more: Partial<ListedPost>): ListedPost => ({ id: "1", text: "Soup", ...more });

test.each<[string, ListedPost, Partial<WrittenPost>, string]>([
  ["the same", listed({}), {}, "same"],
  ["another text", listed({ text: "Soup!" }), {}, "other"],
  ["the beginning of another text", listed({ text: "Soup and bread" }), {}, "other"],
  ["a picture too many", listed({ attachments: { media_keys: ["3_1"] } }), {}, "other"],
  ["its picture", listed({ attachments: { media_keys: ["3_7"] } }), { mediaIds: ["7"] }, "same"],
  ["another picture", listed({ attachments: { media_keys: ["3_8"] } }), { mediaIds: ["7"] }, "unsure"],
  ["its picture missing", listed({ attachments: { media_keys: null } }), { mediaIds: ["7"] }, "other"],
  ["a poll in its place", listed({ attachments: { poll_ids: ["1"] } }), {}, "other"],
  ["another parent", listed({ referenced_posts: [{ type: "replied_to", id: "3" }] }), { replyTo: "2" }, "other"],
  ["a parent that is not told", listed({}), { replyTo: "2" }, "unsure"],
  ["its parent", listed({ referenced_posts: [{ type: "replied_to", id: "2" }] }), { replyTo: "2" }, "same"],
  ["a name before a post that answers nothing", listed({ text: "@acme Soup" }), {}, "other"],
  ["a text too long for one", listed({ text: "Sou…", note_post: { text: "Soup" } }), {}, "same"],
  [
    "another link",
    listed({
      text: "At https://t.co/abc",
      entities: { urls: [{ url: "https://t.co/abc", expanded_url: "https://example.com/b" }] },
    }),
    { text: "At https://example.com/a" },
    "unsure",
  ],
  [
    "a link in X's own form",
    listed({
      text: "(https://t.co/abc)",
      entities: { urls: [{ url: "https://t.co/abc", expanded_url: "https://example.com" }] },
    }),
    { text: "(Example.com)" },
    "same",
  ],
  [
    "a word where its link is",
    listed({
      text: "At https://t.co/abc",
      entities: { urls: [{ url: "https://t.co/abc", expanded_url: "https://example.com/b" }] },
    }),
    { text: "At home" },
    "other",
  ],
  [
    "a link that a letter follows which is no part of it",
    listed({
      text: "https://t.co/abc_ Soup",
      entities: { urls: [{ url: "https://t.co/abc", expanded_url: "http://example.com" }] },
    }),
    { text: "example.com_ Soup" },
    "same",
  ],
  ["a link to a picture that it is not of", listed({ text: "Soup https://t.co/abc" }), {}, "other"],
])("%s", (_, post, changes, verdict) => {
  expect(likeness(post, { ...base, ...changes })).toBe(verdict);
});

/** Words that are hard to tell apart after X has rewritten them. */
const word = fc.oneof(
  fc.constantFrom(
    "https://example.com/a?b=c&d",
    "example.org",
    "&",
    "&amp;",
    "<b>",
    "\n",
    "\r\n",
    "  ",
    "@globex",
    "#tag",
  ),
  fc.constantFrom(
    "👩‍🚀",
    "é",
    "e\u0301",
    "日本",
    ".*",
    "$&",
    "(x)",
    "[y]",
    "https://t.co/abc",
    "x.com/a/status/1/photo/1",
  ),
  fc.string({ maxLength: 8 }),
);
const text = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(" "));

test("whatever is written is recognised in what X makes of it", () => {
  const world = createWorld({ port: 0, clock, random });
  fc.assert(
    fc.property(text, fc.boolean(), (written, withPicture) => {
      fc.pre(written.trim() !== "" && !written.includes("\u{e000}"));
      const mediaIds = withPicture ? ["77"] : [];
      expect(likeness(listedBy(world, written, mediaIds), { ...base, text: written, mediaIds })).toBe("same");
    }),
    { numRuns: 500 },
  );
});

test("and nothing else is", () => {
  const world = createWorld({ port: 0, clock, random });
  const plain = (one: string) => one.normalize("NFC").replace(/\s+/g, " ").trim();
  fc.assert(
    fc.property(text, text, (one, other) => {
      fc.pre(plain(one) !== plain(other) && one.trim() !== "" && !/[\u{e000}]/u.test(one + other));
      // Where all that differs is how a link is written, it is the same link.
      const bare = (link: string) => plain(link).replaceAll("https://", "").replaceAll("http://", "").toLowerCase();
      fc.pre(bare(one) !== bare(other));
      expect(likeness(listedBy(world, one, []), { ...base, text: other })).not.toBe("same");
    }),
    { numRuns: 500 },
  );
});

function listedBy(world: World, written: string, mediaIds: readonly string[]): ListedPost {
  const post: SandboxPost = {
    platform: "x",
    id: "12345",
    author: "acme",
    text: written,
    createdAt: 0,
    url: "https://x.com/acme/status/12345",
    replyTo: null,
    quotes: null,
    poll: null,
    media: mediaIds.map((id) => ({
      id,
      kind: "picture",
      type: "image/png",
      bytes: 1,
      sha256: "",
      alt: null,
      url: null,
    })),
  };
  const { text: returned, urls } = returnedText(world, post);
  const attachments = mediaIds.length > 0 ? { attachments: { media_keys: mediaIds.map((id) => `3_${id}`) } } : {};
  return { id: post.id, text: returned, entities: { urls }, ...attachments };
}
