import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { start } from "./start.ts";
import { seen, type Tokens, XClient } from "./x-client.ts";

/** A file that begins as its type does, and goes on with what is different in every place. */
function file(head: string, size = head.length): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >> 8)) % 256;
  bytes.set(Buffer.from(head, "latin1"));
  return bytes;
}

const png = file("\x89PNG\r\n\x1a\n", 3000);
const gif = file("GIF89a", 2_500_000);
const mp4 = file("\0\0\0\x18ftypmp42", 2_500_000);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function connected() {
  const client = new XClient(await start());
  return { client, tokens: await client.connect() };
}

/** The message of a refusal. */
async function refusal(response: Response): Promise<string> {
  const { status, body } = await seen(response);
  return `${status} ${body.errors?.[0]?.message ?? body.detail}`;
}

/** Of the newest post. */
async function mediaShown(client: XClient): Promise<unknown[]> {
  const { posts } = (await (await fetch(`${client.url}/timeline.json`)).json()) as { posts: { media: unknown[] }[] };
  return posts[0]?.media ?? [];
}

const withMedia = (client: XClient, tokens: Tokens, ...ids: string[]) =>
  client.post(tokens, { text: `With ${ids.length} at ${ids.join()}`, media: { media_ids: ids } });

test("a picture in one segment: ready at once, posted with its alt text, shown on the timeline", async () => {
  const { client, tokens } = await connected();
  const begun = await seen(await client.initialize(tokens, { media_type: "image/png", total_bytes: 3000 }));
  const { id } = begun.body.data;
  expect(begun).toEqual({ status: 200, body: { data: { id, media_key: `3_${id}`, expires_after_secs: 86_400 } } });
  const appended = await (await client.append(tokens, id, 0, png)).json();
  expect(appended).toEqual({ data: { expires_at: expect.closeTo(Date.now() / 1000 + 86_400, -1) } });
  const finalized = await seen(await client.finalize(tokens, id));
  expect(finalized.body.data).toMatchObject({ id, size: 3000, image: { image_type: "image/png" } });
  expect(finalized.body.data["processing_info"]).toBeUndefined();
  expect((await seen(await client.describe(tokens, id, "A loaf & <knife>"))).body.data).toMatchObject({
    associated_metadata: { alt_text: { text: "A loaf & <knife>" } },
  });
  const posted = await seen(await withMedia(client, tokens, id));
  expect(posted.body.data.text).toMatch(/^With 1 at \d+ https:\/\/t\.co\/\w{10}$/);
  expect(await mediaShown(client)).toEqual([
    {
      id,
      kind: "picture",
      type: "image/png",
      bytes: 3000,
      sha256: sha256(png),
      alt: "A loaf & <knife>",
      url: `https://pbs.twimg.com/media/${id}`,
    },
  ]);
  const page = await (await fetch(`${client.url}/timeline`)).text();
  expect(page).toContain(`<img src="/pbs.twimg.com/media/${id}" alt="A loaf &amp; &lt;knife&gt;"`);
  const shown = await fetch(`${client.url}/pbs.twimg.com/media/${id}`);
  expect(shown.headers.get("content-type")).toBe("image/png");
  expect(sha256(new Uint8Array(await shown.arrayBuffer()))).toBe(sha256(png));
});

test("a picture that is not in a post is shown to nobody", async () => {
  const { client, tokens } = await connected();
  const id = await client.upload(tokens, "image/png", png);
  expect((await fetch(`${client.url}/pbs.twimg.com/media/${id}`)).status).toBe(404);
});

test("a video is pending, then in progress, then ready; before that it cannot be posted", async () => {
  const { client, tokens } = await connected();
  const id = await client.upload(tokens, "video/mp4", mp4);
  const state = async () => (await seen(await client.status(tokens, id))).body.data["processing_info"];
  expect(await state()).toEqual({ state: "pending", check_after_secs: 1 });
  expect(await refusal(await withMedia(client, tokens, id))).toBe("400 Your media IDs are invalid.");
  await client.control("POST", "/clock", { advance: 1.5 });
  expect(await state()).toMatchObject({ state: "in_progress", check_after_secs: 1 });
  expect(await refusal(await withMedia(client, tokens, id))).toBe("400 Your media IDs are invalid.");
  await client.control("POST", "/clock", { advance: 2 });
  expect(await state()).toEqual({ state: "succeeded", progress_percent: 100 });
  expect((await withMedia(client, tokens, id)).status).toBe(201);
  expect((await mediaShown(client))[0]).toMatchObject({
    kind: "video",
    bytes: mp4.length,
    sha256: sha256(mp4),
    url: null,
  });
});

test("what is no video inside fails while it is processed, and a picture at once", async () => {
  const { client, tokens } = await connected();
  const id = await client.upload(tokens, "video/mp4", file("MZ", 5000));
  await client.control("POST", "/clock", { advance: 4 });
  expect((await seen(await client.status(tokens, id))).body.data["processing_info"]).toMatchObject({
    state: "failed",
    error: { name: "InvalidMedia" },
  });
  expect(await refusal(await withMedia(client, tokens, id))).toBe("400 Your media IDs are invalid.");
  await expect(client.upload(tokens, "image/png", file("GIF89a", 100))).rejects.toThrow("media type unrecognized.");
});

test("segments come in any order and twice; what is missing, too much or different is refused", async () => {
  const { client, tokens } = await connected();
  const begin = async () => {
    const answer = await client.initialize(tokens, { media_type: "image/gif", total_bytes: gif.length });
    return (await seen(answer)).body.data.id;
  };
  const id = await begin();
  const part = (index: number) => gif.slice(index * 1_000_000, (index + 1) * 1_000_000);
  for (const index of [2, 0, 0, 1]) expect((await client.append(tokens, id, index, part(index))).status).toBe(200);
  expect(await refusal(await client.append(tokens, id, 1, part(0)))).toContain("with other content");
  expect(await refusal(await client.append(tokens, id, 3, part(0)))).toContain("exceed");
  const whole = await begin();
  await client.append(tokens, whole, 0, part(0));
  expect(await refusal(await client.finalize(tokens, whole))).toBe(
    "400 Segments do not add up to provided total file size.",
  );
  await client.append(tokens, whole, 2, part(2));
  expect((await client.finalize(tokens, whole)).status).toBe(400);
  await client.append(tokens, whole, 1, part(1));
  expect((await client.finalize(tokens, whole)).status).toBe(200);
  // An answer that got lost is asked for again.
  expect((await client.finalize(tokens, whole)).status).toBe(200);
  expect(await refusal(await client.append(tokens, whole, 3, part(0)))).toContain("already finalized");
  await client.control("POST", "/clock", { advance: 4 });
  await withMedia(client, tokens, whole);
  expect((await mediaShown(client))[0]).toMatchObject({ kind: "gif", sha256: sha256(gif) });
});

test.each([
  ["no type", { total_bytes: 1 }, "$.media_type: is missing but it is required"],
  ["no size", { media_type: "image/png" }, "$.total_bytes: is missing but it is required"],
  ["a size that is a text", { media_type: "image/png", total_bytes: "1" }, "$.total_bytes: string found"],
  ["an unknown key", { media_type: "image/png", total_bytes: 1, name: "a" }, "$.name: is not defined"],
  ["an unknown type", { media_type: "image/heic", total_bytes: 1 }, "enumeration"],
  ["a picture as a video", { media_type: "image/png", total_bytes: 1, media_category: "tweet_video" }, "category"],
  ["a picture too large", { media_type: "image/png", total_bytes: 5_242_881 }, "File size exceeds 5242880 bytes."],
  ["a GIF too large", { media_type: "image/gif", total_bytes: 15_728_641 }, "File size exceeds 15728640 bytes."],
  ["a video too large", { media_type: "video/mp4", total_bytes: 536_870_913 }, "File size exceeds 536870912 bytes."],
])("initialize with %s is an invalid request", async (_, body, message) => {
  const { client, tokens } = await connected();
  expect(await refusal(await client.initialize(tokens, body))).toContain(message);
});

test("Premium accounts may have longer videos, and say that they are Premium", async () => {
  const client = new XClient(await start({ people: [{ handle: "acme", name: "Acme", premium: true }] }));
  const tokens = await client.connect();
  const begin = (total_bytes: number) => client.initialize(tokens, { media_type: "video/mp4", total_bytes });
  expect((await begin(1_073_741_824)).status).toBe(200);
  expect((await begin(17_179_869_185)).status).toBe(400);
  expect((await seen(await client.me(tokens, "?user.fields=subscription_type"))).body.data).toMatchObject({
    subscription_type: "Premium",
  });
});

test("segments have a number and at most 5 MiB, as a form or as JSON", async () => {
  const { client, tokens } = await connected();
  const begun = await seen(await client.initialize(tokens, { media_type: "video/mp4", total_bytes: 20_000_000 }));
  const { id } = begun.body.data;
  expect(await refusal(await client.append(tokens, id, "x", png))).toContain("$.segment_index");
  expect(await refusal(await client.append(tokens, id, 1000, png))).toContain("$.segment_index");
  expect(await refusal(await client.append(tokens, id, 0, new Uint8Array(5_242_881)))).toContain("exceeds 5242880");
  expect(await refusal(await client.append(tokens, id, 0, new Uint8Array(0)))).toContain("$.media");
  const json = { media: Buffer.from(mp4.slice(0, 100)).toString("base64"), segment_index: 0 };
  expect((await client.call("POST", `/2/media/upload/${id}/append`, tokens, json)).status).toBe(200);
  expect((await client.append(tokens, id, 0, mp4.slice(0, 100))).status).toBe(200);
});

test("finalize wants a body that is an object", async () => {
  const { client, tokens } = await connected();
  const begun = await seen(await client.initialize(tokens, { media_type: "image/png", total_bytes: 3000 }));
  const { id } = begun.body.data;
  await client.append(tokens, id, 0, png);
  const path = `/2/media/upload/${id}/finalize`;
  expect(await refusal(await client.call("POST", path, tokens))).toContain("content-type of application/json");
  expect(await refusal(await client.call("POST", path, tokens, []))).toContain("Request body must be a JSON object.");
});

test("uploads of others, unknown and expired ones cannot be touched or posted", async () => {
  const { client, tokens } = await connected();
  const globex = await client.connect({ person: "globex" });
  const id = await client.upload(globex, "image/png", png);
  for (const refused of [
    await client.append(tokens, id, 1, png),
    await client.finalize(tokens, id),
    await client.status(tokens, id),
    await client.describe(tokens, id, "x"),
  ]) {
    expect(refused.status).toBe(403);
  }
  expect(await refusal(await withMedia(client, tokens, id))).toBe("400 Your media IDs are invalid.");
  expect((await client.finalize(tokens, "12345")).status).toBe(404);
  const own = await client.upload(tokens, "image/png", png);
  await client.control("POST", "/clock", { advance: 86_401 });
  const { body: later } = await seen(await client.refresh(tokens.refresh_token));
  expect((await client.status(later, own)).status).toBe(404);
  expect(await refusal(await withMedia(client, later, own))).toBe("400 Your media IDs are invalid.");
});

test("four pictures, or one GIF, or one video; none twice, none beside a poll", async () => {
  const { client, tokens } = await connected();
  const pictures: string[] = [];
  for (let count = 0; count < 4; count += 1) pictures.push(await client.upload(tokens, "image/png", png));
  const [first = "", second = ""] = pictures;
  const [moving, video] = [
    await client.upload(tokens, "image/gif", gif),
    await client.upload(tokens, "video/mp4", mp4),
  ];
  await client.control("POST", "/clock", { advance: 4 });
  for (const ids of [
    [first, moving],
    [first, video],
    [moving, video],
    [first, first],
  ]) {
    expect(await refusal(await withMedia(client, tokens, ...ids))).toBe("400 Your media IDs are invalid.");
  }
  const poll = { options: ["a", "b"], duration_minutes: 5 };
  const both = { text: "Both", poll, media: { media_ids: [second] } };
  expect(await refusal(await client.post(tokens, both))).toContain("only one of media, poll");
  expect((await withMedia(client, tokens, ...pictures)).status).toBe(201);
  expect((await client.post(tokens, { media: { media_ids: [moving] } })).status).toBe(201);
});

test("alt texts have at most 1000 characters, and videos none", async () => {
  const { client, tokens } = await connected();
  const id = await client.upload(tokens, "image/png", png);
  expect((await client.describe(tokens, id, "🍞".repeat(1000))).status).toBe(200);
  expect(await refusal(await client.describe(tokens, id, "🍞".repeat(1001)))).toContain("may only be 1000 characters");
  const video = await client.upload(tokens, "video/mp4", mp4);
  expect((await client.describe(tokens, video, "x")).status).toBe(400);
});

test("media takes the scope media.write", async () => {
  const client = new XClient(await start());
  const tokens = await client.connect({ scope: "tweet.read tweet.write users.read" });
  expect((await client.initialize(tokens, { media_type: "image/png", total_bytes: 1 })).status).toBe(403);
});

test("the list of posts tells of media, polls and what is answered", async () => {
  const { client, tokens } = await connected();
  const id = await client.upload(tokens, "image/png", png);
  await client.describe(tokens, id, "A loaf");
  const first = (await seen(await withMedia(client, tokens, id))).body.data;
  const poll = { options: ["Rye", "Spelt"], duration_minutes: 60 };
  const second = await seen(
    await client.post(tokens, { text: "Which?", poll, reply: { in_reply_to_tweet_id: first.id } }),
  );
  const author = (await seen(await client.me(tokens))).body.data.id;
  const query =
    "post.fields=attachments,entities&expansions=attachments.media_keys,attachments.poll_ids,referenced_posts&media.fields=alt_text,type,url";
  expect(await (await client.call("GET", `/2/users/${author}/tweets?${query}`, tokens)).json()).toMatchObject({
    data: [
      { attachments: { poll_ids: [second.body.data.id] }, referenced_posts: [{ type: "replied_to", id: first.id }] },
      {
        text: first.text,
        attachments: { media_keys: [`3_${id}`] },
        entities: { urls: [{ expanded_url: `https://x.com/acme/status/${first.id}/photo/1` }] },
      },
    ],
    includes: {
      media: [{ media_key: `3_${id}`, type: "photo", alt_text: "A loaf" }],
      polls: [{ duration_minutes: 60, options: [{ label: "Rye", position: 1 }, { label: "Spelt" }] }],
      posts: [{ id: first.id }],
    },
  });
});

test("quoting is for enterprise apps; the quoted post is shown with it", async () => {
  const { client, tokens } = await connected();
  const { body: first } = await seen(await client.post(tokens, { text: "First" }));
  const quote = { text: "Look", quote_tweet_id: first.data.id };
  expect(await refusal(await client.post(tokens, quote))).toBe("403 You are not permitted to perform this action.");
  const redirectUris = ["http://127.0.0.1:8791/callback/x"];
  const app = { platform: "x", clientId: "sandbox-x-client", clientSecret: "sandbox-x-secret", redirectUris };
  await client.control("POST", "/apps", { ...app, enterprise: true });
  expect(await refusal(await client.post(tokens, { text: "Look", quote_tweet_id: "12345" }))).toContain("deleted");
  const { body } = await seen(await client.post(tokens, quote));
  expect(body.data.text).toMatch(/^Look https:\/\/t\.co\/\w{10}$/);
  const page = await (await fetch(`${client.url}/x.com/acme/status/${body.data.id}`)).text();
  expect(page).toMatch(/<blockquote[\s\S]*First/);
});

test("a thread is shown whole at the address of each of its parts, a reply to another begins with their name", async () => {
  const { client, tokens } = await connected();
  const reply = (id: string, text: string) => ({ text, reply: { in_reply_to_tweet_id: id } });
  const { body: first } = await seen(await client.post(tokens, { text: "One @globex" }));
  const { body: second } = await seen(await client.post(tokens, reply(first.data.id, "Two")));
  await client.post(tokens, reply(second.data.id, "Three"));
  const page = await (await fetch(`${client.url}/x.com/acme/status/${second.data.id}`)).text();
  expect([...page.matchAll(/part (\d) of 3|<p class="text">(\w+)/g)].map((match) => match[1] ?? match[2])).toEqual([
    "1",
    "One",
    "2",
    "Two",
    "3",
    "Three",
  ]);
  const globex = await client.connect({ person: "globex" });
  const { body: answer } = await seen(await client.post(globex, reply(first.data.id, "Thanks")));
  expect(answer.data.text).toBe("@acme Thanks");
});
