import { describe, expect, it } from "vitest";
import { textBlocks } from "../../src/platforms/tumblr/content.ts";
import { tumblr } from "../../src/platforms/tumblr.ts";
import { connected, failureOf, publish, publishUnheard, shown } from "./connected.ts";
import { mediaFile, message } from "./connected-x.ts";

const redirectUri = "http://localhost:8791/callback/tumblr";
const app = { clientId: "sandbox-tumblr-key", clientSecret: "sandbox-tumblr-secret", redirectUri };
const here = (as?: string) => connected(tumblr, app, as === undefined ? {} : { as });
const picture = (name = "square.jpg", alt: string | null = null) => ({ file: mediaFile(name), alt });

it("offers the person's blogs, and a token of 42 minutes with another to renew it", async () => {
  const { reply, identities, api } = await here();
  expect(reply).toMatchObject({ expiresIn: 2520, refreshToken: expect.any(String) });
  expect(identities).toMatchObject([
    { handle: "acme", kind: "primary blog", login: "acme", externalId: expect.stringMatching(/^t:/) },
    { handle: "acme-recipes", kind: "blog", login: "acme", facts: { blog: "acme-recipes" } },
  ]);
  expect(await tumblr.check(api)).toBe("answers as acme");
});

describe("posts", () => {
  it("are blocks of words, links, pictures and a video, on the blog that was chosen", async () => {
    const made = await here("acme-recipes");
    const text = "Three days.\n\nFor rye.";
    const link = "https://example.com/rye";
    const images = [picture("square.jpg", "A loaf"), picture("picture.png")];
    const post = await publish(made, { title: "Rye", text, link, images, tags: ["bread", "rye bread"] });
    // Beyond what a double holds, and whole.
    expect(post.remoteId).toMatch(/^7\d{17}$/);
    expect(post.url).toBe(`https://www.tumblr.com/acme-recipes/${post.remoteId}`);
    await publish(made, { video: { file: mediaFile("film.mp4"), alt: null } });
    expect(await shown(made)).toMatchObject([
      { media: [{ kind: "video" }] },
      {
        author: { handle: "acme-recipes" },
        title: "Rye",
        text,
        link,
        media: [{ alt: "A loaf" }, { type: "image/png", alt: null }],
      },
    ]);
    await made.publishing.delete(made.api, post.remoteId);
    await made.publishing.delete(made.api, post.remoteId);
    expect(await shown(made)).toHaveLength(1);
  });

  it("are private, drafts, queued, or published by Tumblr at a time", async () => {
    const made = await here();
    const later = made.api.now() + 3_600_000;
    for (const given of [
      { visibility: "private" },
      { visibility: "draft" },
      { visibility: "queue" },
      { options: { "publish-at": later } },
    ]) {
      await publish(made, { text: "Bread", ...given });
    }
    const states = made.sent.flatMap(({ method, body }) => {
      const { state, publish_on: at } = method === "POST" ? (JSON.parse(String(body)) as Record<string, string>) : {};
      return state === undefined ? [] : [[state, at]];
    });
    const [[, at] = []] = states.slice(-1);
    expect(states.map(([state]) => state)).toEqual(["private", "draft", "queue", "queue"]);
    expect(Date.parse(at ?? "")).toBe(later);
    expect(await shown(made)).toMatchObject([{ visibility: "private" }]);
  });

  it.each([
    [{ text: "Bread" }],
    [{ text: "Bread", visibility: "draft" }],
    [{ text: "Bread", visibility: "queue" }],
    [{ title: "Bread", images: [picture()] }],
  ])("whose answer was lost are looked for where they would be: %#", async (given) => {
    const made = await here();
    const posting = { platform: "tumblr", method: "POST", path: `/v2/blog/${made.api.externalId}/posts` };
    const first = await publish(made, given);
    expect(await publishUnheard(made, posting, given, "drop-before")).toBeNull();
    const found = await publishUnheard(made, posting, given);
    expect(found?.remoteId).toMatch(/^7/);
    expect(found?.remoteId).not.toBe(first.remoteId);
  });

  it("of what is not public are known by name alone: their time is Tumblr's, and private ones may not be listed", async () => {
    const made = await here();
    const listing = (timestamp: number, id = 2) => {
      const content = [{ type: "text", text: "Bread" }];
      return { ...made.api, get: async () => ({ response: { posts: [{ id, timestamp, content }] } }) };
    };
    const confirm = (visibility: string, api = listing(0), before = ["1"]) =>
      made.publishing.confirm(
        api,
        message({ text: "Bread", visibility }),
        { prepared: { before }, idempotencyKey: "key", step: async (_name, work) => work() },
        made.api.now(),
      );
    expect(await confirm("draft")).toMatchObject({ remoteId: "2" });
    expect(await confirm("queue")).toMatchObject({ remoteId: "2" });
    const page = Array.from({ length: 20 }, (_, index) => String(index + 100));
    expect(await confirm("queue", listing(0), page)).toBeUndefined();
    expect(await confirm("public")).toBeNull();
    expect(await confirm("private")).toBeUndefined();
  });

  it("of a video that is not listed may still be transcoded", async () => {
    const made = await here();
    const posting = { platform: "tumblr", method: "POST", path: `/v2/blog/${made.api.externalId}/posts` };
    const given = { video: { file: mediaFile("film.mp4"), alt: null } };
    expect(await publishUnheard(made, posting, given, "drop-before")).toBeUndefined();
  });

  it("are refused with Tumblr's own words", async () => {
    const made = await here();
    const wrong = { ...made, api: { ...made.api, externalId: "t:nobody" } };
    expect(await failureOf(publish(wrong, { text: "Bread" }))).toMatchObject({ code: "not_found" });
  });
});

it("cuts words into blocks of 4096 code points, at sentences and words where it can", () => {
  expect(textBlocks("a\nb\n\n \nc\n")).toEqual(["a\nb", "c"]);
  const sentences = "Bread rises slowly. ".repeat(300).trim();
  const blocks = textBlocks(sentences);
  expect(blocks.map((block) => [...block].length <= 4096 && block.endsWith("slowly."))).toEqual([true, true]);
  expect(blocks.join(" ")).toBe(sentences);
  const faces = "🍞".repeat(5000);
  expect(textBlocks(faces).map((block) => [...block].length)).toEqual([4096, 904]);
});

it.each([
  [{ text: "a\n\n".repeat(1001) }, "1001 blocks"],
  [{ text: "a", tags: ["rye, wheat"] }, "a comma"],
  [{ text: "a", options: { "publish-at": 1 } }, "not ahead"],
  [{ text: "a", visibility: "draft", options: { "publish-at": 99 } }, "without --visibility"],
])("refuses what is no post: %#", async (given, problem) => {
  const problems = (await tumblr.problemsOf?.(message(given), { now: 10, video: null })) ?? [];
  expect(problems.join("; ")).toContain(problem);
});
