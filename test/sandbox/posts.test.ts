import { expect, test } from "vitest";
import { start } from "./start.ts";
import { seen, XClient } from "./x-client.ts";

async function connected(changes: Record<string, string> = {}) {
  const client = new XClient(await start());
  return { client, tokens: await client.connect(changes) };
}

test("a post is made, read back and deleted", async () => {
  const { client, tokens } = await connected();
  const response = await client.post(tokens, { text: "Hello" });
  expect(response.headers.get("x-rate-limit-limit")).toBe("100");
  expect(response.headers.get("x-rate-limit-remaining")).toBe("99");
  expect(Number(response.headers.get("x-rate-limit-reset"))).toBeGreaterThan(Date.now() / 1000);
  expect(response.headers.get("x-app-limit-24hour-remaining")).toBe("9999");
  const { status, body } = await seen(response);
  const { id } = body.data;
  expect({ status, body }).toEqual({ status: 201, body: { data: { id, text: "Hello", edit_history_post_ids: [id] } } });
  const author = (await seen(await client.me(tokens))).body.data.id;
  const recent = await (await client.call("GET", `/2/users/${author}/tweets`, tokens)).json();
  expect(recent).toMatchObject({ data: [{ id, text: "Hello" }], meta: { result_count: 1 } });
  expect(await (await fetch(`${client.url}/x.com/acme/status/${id}`)).text()).toContain("Hello");
  expect(await seen(await client.call("DELETE", `/2/tweets/${id}`, tokens))).toEqual({
    status: 200,
    body: { data: { deleted: true } },
  });
  expect((await fetch(`${client.url}/x.com/acme/status/${id}`)).status).toBe(404);
  expect((await client.call("DELETE", `/2/tweets/${id}`, tokens)).status).toBe(404);
});

test.each([
  ["an unknown key", { text: "a", colour: "red" }, "$.colour: is not defined in the schema"],
  ["a text that is none", { text: 5 }, "$.text: integer found, string expected"],
  ["no text", {}, "$.text: must be at least 1"],
  ["blank text", { text: " \n" }, "$.text: must be at least 1"],
  ["a body that is no object", ["a"], "$: array found, object expected"],
  ["an id that is a number", { text: "a", reply: { in_reply_to_tweet_id: 1 } }, "integer found, string expected"],
  ["a reply to nothing", { text: "a", reply: {} }, "is missing but it is required"],
  ["an unknown key inside", { text: "a", reply: { in_reply_to_tweet_id: "1", x: 1 } }, "$.reply.x: is not defined"],
  ["a poll with one option", { text: "a", poll: { options: ["a"], duration_minutes: 5 } }, "minimum of 2 items"],
  ["a poll of one minute", { text: "a", poll: { options: ["a", "b"], duration_minutes: 1 } }, "minimum value of 5"],
  ["five media", { text: "a", media: { media_ids: ["1", "2", "3", "4", "5"] } }, "maximum of 4 items"],
  ["media never uploaded", { text: "a", media: { media_ids: ["1"] } }, "media IDs are invalid"],
  ["other reply settings", { text: "a", reply_settings: "nobody" }, "enumeration"],
])("%s is an invalid request", async (_, body, message) => {
  const { client, tokens } = await connected();
  const answer = await seen(await client.post(tokens, body));
  expect(answer).toMatchObject({ status: 400, body: { type: "https://api.x.com/2/problems/invalid-request" } });
  expect(answer.body.errors.map((error) => error.message).join()).toContain(message);
});

test("only JSON is taken", async () => {
  const { client, tokens } = await connected();
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const url = `${client.url}/api.x.com/2/tweets`;
  const form = await seen(await fetch(url, { method: "POST", headers, body: new URLSearchParams({ text: "a" }) }));
  expect(form.body.errors[0]?.message).toBe("Requests with bodies must have content-type of application/json.");
  const broken = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: '{"text":' };
  expect((await fetch(url, broken)).status).toBe(400);
});

test.each([
  ["280 letters", "a".repeat(280), 201],
  ["281 letters", "a".repeat(281), 403],
  ["140 ideographs", "日".repeat(140), 201],
  ["141 ideographs", "日".repeat(141), 403],
  ["a long link counts 23", `${"a".repeat(256)} https://example.com/${"p".repeat(200)}`, 201],
  ["257 letters and a link", `${"a".repeat(257)} https://example.com`, 403],
  ["an emoji family counts 2", `${"a".repeat(278)}👨‍👩‍👧‍👦`, 201],
])("weighted length: %s", async (_, text, status) => {
  const { client, tokens } = await connected();
  const answer = await seen(await client.post(tokens, { text }));
  expect(answer.status).toBe(status);
  if (status === 403) expect(answer.body.errors[0]?.code).toBe(186);
});

test("the same text again is a duplicate, for its author and for a day", async () => {
  const { client, tokens } = await connected();
  await client.post(tokens, { text: "Twice" });
  expect(await seen(await client.post(tokens, { text: "Twice " }))).toMatchObject({
    status: 403,
    body: { detail: "You are not allowed to create a Tweet with duplicate content.", type: "about:blank" },
  });
  expect((await client.post(await client.connect({ person: "globex" }), { text: "Twice" })).status).toBe(201);
  await client.control("POST", "/clock", { advance: 86_401 });
  const { body: next } = await seen(await client.refresh(tokens.refresh_token));
  expect((await client.post(next, { text: "Twice" })).status).toBe(201);
});

test("replies: to oneself and where one is mentioned, to nobody else", async () => {
  const { client, tokens: acme } = await connected();
  const globex = await client.connect({ person: "globex" });
  const replyTo = (id: string, text: string) => ({ text, reply: { in_reply_to_tweet_id: id } });
  const { body: first } = await seen(await client.post(acme, { text: "First" }));
  expect((await client.post(acme, replyTo(first.data.id, "Second"))).status).toBe(201);
  const refused = await seen(await client.post(globex, replyTo(first.data.id, "Hi")));
  expect(refused.status).toBe(403);
  expect(refused.body.detail).toMatch(/^Reply to this conversation is not allowed/);
  const { body: mention } = await seen(await client.post(acme, { text: "Hello @Globex" }));
  expect((await client.post(globex, replyTo(mention.data.id, "Hi"))).status).toBe(201);
  expect((await client.post(acme, replyTo("12345", "Anyone?"))).status).toBe(403);
  expect((await client.post(acme, { text: "Quote", quote_tweet_id: first.data.id })).status).toBe(403);
});

test("links come back as t.co, and their targets as entities", async () => {
  const { client, tokens } = await connected();
  const text = "Tea & cake <now> https://example.com/menu 🍰";
  const { body } = await seen(await client.post(tokens, { text }));
  expect(body.data.text).toMatch(/^Tea &amp; cake &lt;now&gt; https:\/\/t\.co\/\w{10} 🍰$/);
  const author = (await seen(await client.me(tokens))).body.data.id;
  const answer = await client.call("GET", `/2/users/${author}/tweets?tweet.fields=entities,created_at`, tokens);
  expect(await answer.json()).toMatchObject({
    data: [{ text: body.data.text, entities: { urls: [{ expanded_url: "https://example.com/menu" }] } }],
  });
});

test("recent posts are newest first and in pages", async () => {
  const { client, tokens } = await connected();
  for (let count = 1; count <= 7; count += 1) await client.post(tokens, { text: `Number ${count}` });
  const author = (await seen(await client.me(tokens))).body.data.id;
  const page = async (query: string) => {
    const answer = await client.call("GET", `/2/users/${author}/tweets?${query}`, tokens);
    return (await answer.json()) as { data: { id: string; text: string }[]; meta: { next_token?: string } };
  };
  const first = await page("max_results=5");
  expect(first.data.map(({ text }) => text)).toEqual(["Number 7", "Number 6", "Number 5", "Number 4", "Number 3"]);
  const second = await page(`max_results=5&pagination_token=${first.meta.next_token}`);
  expect(second.data.map(({ text }) => text)).toEqual(["Number 2", "Number 1"]);
  expect((await page(`since_id=${first.data[1]?.id}`)).data).toHaveLength(1);
  for (const query of ["max_results=4", "colour=red", "post.fields=colour"]) {
    expect((await client.call("GET", `/2/users/${author}/tweets?${query}`, tokens)).status).toBe(400);
  }
  expect((await client.call("GET", "/2/users/1/tweets", tokens)).status).toBe(404);
});

test("missing scopes and missing tokens", async () => {
  const { client, tokens } = await connected({ scope: "tweet.read users.read" });
  expect((await client.me(tokens)).status).toBe(200);
  expect(await seen(await client.post(tokens, { text: "No" }))).toMatchObject({
    status: 403,
    body: { detail: "You are not permitted to perform this action." },
  });
  expect((await client.me(await client.connect({ scope: "tweet.read" }))).status).toBe(403);
  expect(await seen(await client.me({ access_token: "made-up" }))).toEqual({
    status: 401,
    body: { title: "Unauthorized", detail: "Unauthorized", type: "about:blank", status: 401 },
  });
  expect((await fetch(`${client.url}/api.x.com/2/users/me`)).status).toBe(401);
});

test("nobody deletes another's post", async () => {
  const { client, tokens } = await connected();
  const { body } = await seen(await client.post(tokens, { text: "Mine" }));
  const globex = await client.connect({ person: "globex" });
  expect((await client.call("DELETE", `/2/tweets/${body.data.id}`, globex)).status).toBe(403);
});

test("the 76th question who I am in 15 minutes is refused, the next window is open", async () => {
  const { client, tokens } = await connected();
  for (let count = 0; count < 75; count += 1) await (await client.me(tokens)).arrayBuffer();
  const refused = await client.me(tokens);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-rate-limit-remaining")).toBe("0");
  await client.control("POST", "/clock", { advance: 900 });
  expect((await client.me(tokens)).status).toBe(200);
});

test("user fields are given when asked for, and unknown ones refused", async () => {
  const { client, tokens } = await connected();
  expect((await seen(await client.me(tokens, "?user.fields=subscription_type"))).body.data).toHaveProperty(
    "subscription_type",
  );
  expect((await client.me(tokens, "?user.fields=shoe_size")).status).toBe(400);
});

test("what X has and the sandbox has not is not found", async () => {
  const { client, tokens } = await connected();
  expect((await client.call("POST", "/2/media/subtitles", tokens, {})).status).toBe(404);
  expect((await fetch(`${client.url}/x.com/acme`)).status).toBe(404);
});

test("the old host names answer too", async () => {
  const { client, tokens } = await connected();
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  expect((await fetch(`${client.url}/api.twitter.com/2/users/me`, { headers })).status).toBe(200);
});
