import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { linkedin } from "../../src/platforms/linkedin.ts";
import { timelineOf } from "../sandbox/linkedin-client.ts";
import { type ConnectedLinkedIn, connectedLinkedIn, publish } from "./connected-linkedin.ts";
import { fileOf, mediaFile, message, mp4Head, pngHead, rememberedSteps } from "./connected-x.ts";

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

const pathsOf = (requests: readonly HttpRequest[]) =>
  requests.map(({ method, url }) => {
    const { pathname, searchParams } = new URL(url);
    const action = searchParams.get("action");
    const path = pathname.replace(/(?:D4E[\w-]+|%3A(?:D4E[\w-]+|\d+))/g, "ID");
    return `${method} ${path}${action ? ` ${action}` : ""}`;
  });

const bodyOf = (request: HttpRequest | undefined) => JSON.parse(String(request?.body));

test("a text alone is one versioned request, and its id comes in a header", async () => {
  const to = await connectedLinkedIn();
  const { url, remoteId } = await publish(to, { text: "Hello" });
  expect(remoteId).toMatch(/^urn:li:share:\d{19}$/);
  expect(url).toBe(`https://www.linkedin.com/feed/update/${remoteId}/`);
  expect(pathsOf(to.sent)).toEqual(["POST /rest/posts"]);
  expect(to.sent[0]?.headers).toMatchObject({ "linkedin-version": "202607", "x-restli-protocol-version": "2.0.0" });
  expect(bodyOf(to.sent[0])).toEqual({
    author: to.api.externalId,
    commentary: "Hello",
    visibility: "PUBLIC",
    distribution: { feedDistribution: "MAIN_FEED", targetEntities: [], thirdPartyDistributionChannels: [] },
    lifecycleState: "PUBLISHED",
    isReshareDisabledByAuthor: false,
  });
});

test("what little text would cut is shown whole, hashtags and mentions stay what they are", async () => {
  const to = await connectedLinkedIn();
  const text = String.raw`Bread (rye) [2 kg] {fresh} <now> a|b *_~ me@example.com C# #bread \o/ https://a.example/x_y#part`;
  await publish(to, { text: `${text} with @[Globex Bikes](urn:li:organization:7)` });
  const [post] = await timelineOf(to.client);
  expect(post?.["text"]).toBe(`${text} with Globex Bikes`);
  expect(bodyOf(to.sent[0]).commentary).toContain(" #bread ");
});

test("a link has a card with the title, description and picture that are given", async () => {
  const to = await connectedLinkedIn();
  const thumbnail = { file: mediaFile("photo.jpg"), alt: null };
  const link = "https://example.com/bread?a=1";
  await publish(to, { text: "Read", link, title: "Bread", options: { description: "How we bake", thumbnail } });
  expect(await timelineOf(to.client)).toMatchObject([
    { text: "Read", link, title: "Bread", media: [{ sha256: sha256(thumbnail.file) }] },
  ]);
  expect(bodyOf(to.sent.at(-1)).content.article).toMatchObject({ source: link, description: "How we bake" });
});

test("a link without a title is called by its address, and beside a picture it stands in the text", async () => {
  const to = await connectedLinkedIn();
  await publish(to, { text: "One", link: "https://www.example.com/bread/" });
  await publish(to, {
    text: "Two",
    link: "https://example.com/x",
    images: [{ file: mediaFile("photo.jpg"), alt: "A" }],
  });
  expect(await timelineOf(to.client)).toMatchObject([
    { text: "Two https://example.com/x", media: [{ alt: "A" }] },
    { text: "One", title: "example.com/bread" },
  ]);
});

test("one picture, and twenty, each with its alt text and in their order", async () => {
  const to = await connectedLinkedIn();
  const files = Array.from({ length: 20 }, (_, index) => fileOf(`${index}.png`, pngHead, 500 + index));
  const images = files.map((file, index) => ({ file, alt: index === 3 ? null : `Picture ${index}` }));
  await publish(to, { text: "One", images: images.slice(0, 1) });
  await publish(to, { text: "Twenty", images });
  const [twenty, one] = await timelineOf(to.client);
  expect(one?.["media"]).toMatchObject([{ kind: "picture", sha256: sha256(files[0] ?? ""), alt: "Picture 0" }]);
  expect(twenty?.["media"]).toMatchObject(images.map(({ file, alt }) => ({ sha256: sha256(file), alt })));
  // A member's token may not ask how a picture is: it is given a moment.
  expect(to.waits).toEqual([3, 3]);
});

test("a document has a title, the file's name where none is given", async () => {
  const to = await connectedLinkedIn();
  const document = { file: mediaFile("three-pages.pdf"), alt: null };
  await publish(to, { text: "Menu", document, title: "What we bake" });
  await publish(to, { text: "Menu again", document });
  expect(await timelineOf(to.client)).toMatchObject([
    { document: { title: "three-pages.pdf" } },
    { document: { title: "What we bake", sha256: sha256(document.file) } },
  ]);
});

test("a poll asks its text, or the title above its text", async () => {
  const to = await connectedLinkedIn();
  const poll = { options: ["Rye", "Spelt"], minutes: 4320 };
  await publish(to, { text: "Which (one)?", poll });
  await publish(to, { text: "Tell us.", title: "Which two?", poll });
  expect(await timelineOf(to.client)).toMatchObject([
    { text: "Tell us.", title: "Which two?", poll: { options: ["Rye", "Spelt"] } },
    { text: "", title: "Which (one)?" },
  ]);
});

test("a reshare by address, with words of its own; who sees a post is said in LinkedIn's words", async () => {
  const to = await connectedLinkedIn();
  const first = await publish(to, { text: "First", visibility: "connections" });
  await publish(to, { text: "Look", quote: first.url });
  expect(await timelineOf(to.client)).toMatchObject([
    { text: "Look", quotes: first.remoteId },
    { text: "First", visibility: "CONNECTIONS" },
  ]);
});

test.each([
  "urn:li:share:7141138937766391808",
  "https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/",
  "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7141138937766391808",
  "https://www.linkedin.com/posts/acme_bread-share-7141138937766391808-AbCd?utm_source=share",
])("%s names a post", async (quote) => {
  const to = await connectedLinkedIn();
  await publish(to, { text: "Look", quote }).catch(() => null);
  expect(bodyOf(to.sent[0]).reshareContext).toEqual({ parent: "urn:li:share:7141138937766391808" });
});

describe("what the limits do not say", () => {
  const facts = { now: 0, video: null };
  const problems = (given: Parameters<typeof message>[0]) => linkedin.problemsOf?.(message(given), facts) ?? [];

  test("an activity cannot be reshared: its number is another", () => {
    const quote = "https://www.linkedin.com/posts/acme_bread-activity-7141138937766391808-AbCd";
    expect(problems({ text: "Look", quote })).toEqual([expect.stringContaining("names no post on LinkedIn")]);
  });

  test("a question has 140 characters", () => {
    const poll = { options: ["a", "b"], minutes: 1440 };
    expect(problems({ text: "a".repeat(140), poll })).toEqual([]);
    expect(problems({ text: "a".repeat(141), poll })).toEqual([expect.stringContaining("141 characters")]);
    expect(problems({ text: "a".repeat(141), title: "Which?", poll })).toEqual([]);
  });

  test("a link that stands in the text counts", () => {
    const images = [{ file: "a.png", alt: null }];
    expect(problems({ text: "a".repeat(2990), link: "https://example.com/", images })).toHaveLength(1);
    expect(problems({ text: "a".repeat(2990), link: "https://example.com/" })).toEqual([]);
  });

  test("a picture for a card wants a card", () => {
    expect(problems({ text: "Look", options: { description: "What" } })).toHaveLength(1);
  });
});

describe("videos", () => {
  test("go in the parts that LinkedIn cuts, each to its own address and without the token", async () => {
    const to = await connectedLinkedIn();
    const file = fileOf("film.mp4", mp4Head, 9_000_000);
    const { remoteId } = await publish(to, { text: "Film", title: "How", video: { file, alt: null } });
    expect(remoteId).toMatch(/^urn:li:ugcPost:/);
    expect(await timelineOf(to.client)).toMatchObject([{ media: [{ kind: "video", sha256: sha256(file) }] }]);
    expect(pathsOf(to.sent)).toEqual([
      "POST /rest/videos initializeUpload",
      "PUT /dms-uploads/sp/video/ID/0",
      "PUT /dms-uploads/sp/video/ID/1",
      "PUT /dms-uploads/sp/video/ID/2",
      "POST /rest/videos finalizeUpload",
      "GET /rest/videos/urn%3Ali%3Avideo" + "ID",
      "GET /rest/videos/urn%3Ali%3Avideo" + "ID",
      "GET /rest/videos/urn%3Ali%3Avideo" + "ID",
      "POST /rest/posts",
    ]);
    const parts = to.sent.filter(({ method }) => method === "PUT");
    expect(parts.map(({ headers }) => headers?.["authorization"])).toEqual([undefined, undefined, undefined]);
    expect(to.waits).toEqual([2, 3]);
  });

  test("that broke off go on with the next part, in whichever process", async () => {
    const to = await connectedLinkedIn();
    const steps = rememberedSteps();
    const given = { text: "Film", video: { file: fileOf("film.mp4", mp4Head, 13_000_000), alt: null } };
    let left = 2;
    const dying = (async (name, work) => {
      if (name.includes(" part ") && left-- === 0) throw new Error("killed");
      return steps.step(name, work);
    }) as typeof steps.step;
    await expect(publish(to, given, { step: dying })).rejects.toThrow("killed");
    await publish(to, given, { step: steps.step });
    const paths = pathsOf(to.sent);
    expect(paths.filter((path) => path.startsWith("PUT"))).toHaveLength(4);
    expect(paths.filter((path) => path.endsWith("initializeUpload"))).toHaveLength(1);
    expect(await timelineOf(to.client)).toMatchObject([{ media: [{ sha256: sha256(given.video.file) }] }]);
  });

  test("whose addresses are about to end are begun anew", async () => {
    const to = await connectedLinkedIn();
    const steps = rememberedSteps();
    const written = message({ text: "Film", video: { file: fileOf("film.mp4", mp4Head, 100_000), alt: null } });
    const dying = (async (name, work) => {
      if (name.includes(" part ")) throw new Error("killed");
      return steps.step(name, work);
    }) as typeof steps.step;
    await expect(to.publishing.prepare(to.api, written, dying)).rejects.toThrow("killed");
    const passed = 23.6 * 3600;
    await to.client.control("POST", "/clock", { advance: passed });
    const later = { ...to.api, now: () => to.api.now() + passed * 1000 };
    await to.publishing.prepare(later, written, steps.step);
    expect(pathsOf(to.sent).filter((path) => path.endsWith("initializeUpload"))).toHaveLength(2);
  });

  test("a part and a finalization whose answers are lost are not the end", async () => {
    const to = await connectedLinkedIn();
    const file = fileOf("film.mp4", mp4Head, 5_000_000);
    const order = (path: string, method: string) =>
      to.client.control("POST", "/faults", { platform: "linkedin", method, path, times: 1, fault: "drop-after" });
    await order("/dms-uploads/*", "PUT");
    const written = message({ text: "Film", video: { file, alt: null } });
    const steps = rememberedSteps();
    const losing = (async (name, work) => {
      if (name.endsWith(" finalized")) await order("/rest/videos", "POST");
      return steps.step(name, work);
    }) as typeof steps.step;
    const prepared = await to.publishing.prepare(to.api, written, losing);
    await to.publishing.commit(to.api, written, { prepared, idempotencyKey: "key", step: steps.step });
    expect(await timelineOf(to.client)).toMatchObject([{ media: [{ sha256: sha256(file) }] }]);
  });

  test("that cannot be processed are refused in LinkedIn's words, and uploaded anew when tried again", async () => {
    const to = await connectedLinkedIn();
    const steps = rememberedSteps();
    const file = fileOf("film.mp4", mp4Head, 80_000);
    const source = await to.api.open({ file, alt: null });
    const broken = fileOf("other.mp4", "no film", 80_000);
    const other = await to.api.open({ file: broken, alt: null });
    const written = message({ text: "Film", video: { file, alt: null } });
    const misread = { ...to.api, open: async () => ({ ...source, read: other.read.bind(other) }) };
    await expect(to.publishing.prepare(misread, written, steps.step)).rejects.toMatchObject({
      code: "content_invalid",
      message: expect.stringContaining("not one that can be processed"),
    });
    await to.publishing.prepare(to.api, written, steps.step);
    expect(pathsOf(to.sent).filter((path) => path.endsWith("initializeUpload"))).toHaveLength(2);
  });
});

test("an organization's pictures and documents are waited for by asking", async () => {
  const to = await connectedLinkedIn("pages");
  await publish(to, { text: "Ours", images: [{ file: mediaFile("photo.jpg"), alt: null }] });
  expect(await timelineOf(to.client)).toMatchObject([
    { text: "Ours", author: { handle: "acme", name: "Acme Bakery" } },
  ]);
  expect(pathsOf(to.sent)).toContain("GET /rest/images/urn%3Ali%3AimageID");
});

test("a first comment is plain text; where one address is not open to the app, the other is asked", async () => {
  const to = await connectedLinkedIn();
  const { remoteId, url } = await publish(to, { text: "Post" });
  expect(await to.publishing.comment(to.api, remoteId, "Link (here): #x")).toMatchObject({ url });
  const path = `/rest/socialActions/${encodeURIComponent(remoteId)}/comments`;
  const fault = { kind: "error", name: "access-denied" };
  await to.client.control("POST", "/faults", { platform: "linkedin", method: "POST", path, fault });
  await to.publishing.comment(to.api, remoteId, "Once more");
  expect(await timelineOf(to.client)).toMatchObject([
    { text: "Once more", replyTo: remoteId },
    { text: "Link (here): #x", replyTo: remoteId },
    { text: "Post" },
  ]);
});

test("a deleted post is gone, and deleting it once more is no failure", async () => {
  const to = await connectedLinkedIn();
  const { remoteId } = await publish(to, { text: "Oops" });
  await to.publishing.delete(to.api, remoteId);
  await to.publishing.delete(to.api, remoteId);
  expect(await timelineOf(to.client)).toEqual([]);
});

describe("a post whose answer was lost", () => {
  const lose = ({ client }: ConnectedLinkedIn, kind: string) =>
    client.control("POST", "/faults", { platform: "linkedin", method: "POST", path: "/rest/posts", fault: kind });

  test("is not made twice: LinkedIn names the first one when it is asked again", async () => {
    const to = await connectedLinkedIn();
    await lose(to, "drop-after");
    const since = Date.now();
    await expect(publish(to, { text: "Once" })).rejects.toMatchObject({ code: "delivery_unknown" });
    const found = await publish(to, { text: "Once" }, { doubtedSince: since });
    const posts = await timelineOf(to.client);
    expect(posts).toMatchObject([{ id: found.remoteId, text: "Once" }]);
    expect(to.waits).toEqual([10]);
  });

  test("and that never came there is made by the second request", async () => {
    const to = await connectedLinkedIn();
    await lose(to, "drop-before");
    await expect(publish(to, { text: "Once" })).rejects.toMatchObject({ code: "delivery_unknown" });
    await publish(to, { text: "Once" }, { doubtedSince: Date.now() });
    expect(await timelineOf(to.client)).toHaveLength(1);
  });

  test("is asked for again only where it has words to be known by", () => {
    const { idempotentFor } = linkedin.publish ?? {};
    const api = { externalId: "urn:li:person:1" } as ConnectedLinkedIn["api"];
    const until = (given: Parameters<typeof message>[0]) =>
      typeof idempotentFor === "function" ? idempotentFor(api, message(given)) : null;
    const poll = { options: ["Rye", "Wheat"], minutes: 1440 };
    expect(until({ text: "Once" })).toBeGreaterThan(0);
    expect(until({ text: "Which?", title: "Bread", poll })).toBeGreaterThan(0);
    // Its text is the poll's question: no words are sent.
    expect(until({ text: "Which?", poll })).toBe(0);
    expect(until({ text: " " })).toBe(0);
  });

  test("is not taken for an older one of the same words", async () => {
    const to = await connectedLinkedIn();
    await publish(to, { text: "Again" });
    const hourLater = Date.now() + 3_600_000;
    await expect(publish(to, { text: "Again" }, { doubtedSince: hourLater })).rejects.toMatchObject({
      code: "duplicate_content",
    });
    await expect(publish(to, { text: "Again" })).rejects.toMatchObject({
      code: "duplicate_content",
      message: expect.stringMatching(/LinkedIn has this very post already "Content is a duplicate of urn:li:share:/),
    });
  });

  test("of an organization is looked for among its posts", async () => {
    const to = await connectedLinkedIn("pages");
    const confirm = async (given: Parameters<typeof message>[0]) => {
      const step = rememberedSteps().step;
      const prepared = await to.publishing.prepare(to.api, message(given), step);
      const sending = { prepared, idempotencyKey: "key", step };
      return to.publishing.confirm(to.api, message(given), sending, Date.now() - 60_000);
    };
    const text = "Fresh (rye) #bread\n\nnow";
    expect(await confirm({ text })).toBeNull();
    await lose(to, "drop-after");
    await expect(publish(to, { text })).rejects.toMatchObject({ code: "delivery_unknown" });
    expect(await confirm({ text })).toMatchObject({ remoteId: expect.stringMatching(/^urn:li:share:/) });
    expect(await confirm({ text, link: "https://example.com" })).toBeUndefined();
  });

  test("of a member cannot be looked for", async () => {
    const to = await connectedLinkedIn();
    const prepared = { author: String(to.api.externalId), images: [], video: null, document: null, thumbnail: null };
    const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
    expect(await to.publishing.confirm(to.api, message({ text: "Hi" }), sending, 0)).toBeUndefined();
    expect(to.sent).toEqual([]);
  });
});
