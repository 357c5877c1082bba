import { expect, test } from "vitest";
import { xErrors } from "../../src/sandbox/x/problems.ts";
import { start } from "./start.ts";
import { seen, XClient } from "./x-client.ts";

async function connected() {
  const client = new XClient(await start());
  return { client, tokens: await client.connect() };
}

const texts = async (client: XClient): Promise<string[]> => {
  const timeline = (await (await fetch(`${client.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return timeline.posts.map(({ text }) => text);
};

test.each([[402], [403], [429], [500], [503], [401], [418]])("status %i, once, with X's own body", async (status) => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/tweets", { kind: "status", status });
  const refused = await client.post(tokens, { text: "a" });
  expect(refused.headers.get("content-type")).toContain("application/problem+json");
  if (status === 429) expect(Number(refused.headers.get("x-rate-limit-reset"))).toBeGreaterThan(Date.now() / 1000);
  expect(refused.status).toBe(status);
  expect(await texts(client)).toEqual([]);
  expect((await client.post(tokens, { text: "a" })).status).toBe(201);
});

test("the token endpoint's statuses speak OAuth", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/oauth2/token", { kind: "status", status: 400 });
  expect((await seen(await client.refresh(tokens.refresh_token))).body.error).toBe("invalid_request");
  expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
});

test.each(Object.keys(xErrors))("the named error %s", async (name) => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/tweets", { kind: "error", name });
  const { status } = await client.post(tokens, { text: "a" });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(await texts(client)).toEqual([]);
});

test("drop-after: the post is public and nobody was told", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/tweets", "drop-after");
  await expect(client.post(tokens, { text: "Ghost" })).rejects.toThrow();
  expect(await texts(client)).toEqual(["Ghost"]);
  expect((await client.post(tokens, { text: "Ghost" })).status).toBe(403);
});

test("drop-after on a refresh spends the token", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/oauth2/token", { kind: "drop-after" });
  await expect(client.refresh(tokens.refresh_token)).rejects.toThrow();
  expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
});

test("drop-before: nothing happened", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/oauth2/token", { kind: "drop-before" });
  await expect(client.refresh(tokens.refresh_token)).rejects.toThrow();
  expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
});

test("hang: silence, then the connection is cut and nothing happened", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/tweets", { kind: "hang", seconds: 0.1 });
  await expect(client.post(tokens, { text: "a" })).rejects.toThrow();
  expect(await texts(client)).toEqual([]);
});

test("a hanging request does not keep the sandbox from ending", async () => {
  const sandbox = await start();
  const client = new XClient(sandbox);
  await client.fault("GET /2/users/me", { kind: "hang", seconds: 3000 });
  const hanging = expect(client.me({ access_token: "any" })).rejects.toThrow();
  await expect.poll(async () => (await client.control("GET", "/faults")).faults).toEqual([]);
  await sandbox.close();
  await hanging;
});

test("delay: late, but true", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/tweets", { kind: "delay", seconds: 0.05 });
  expect((await client.post(tokens, { text: "Late" })).status).toBe(201);
});

test("html: a firewall's page", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/tweets", "html");
  const response = await client.post(tokens, { text: "a" });
  expect([response.status, response.headers.get("content-type")]).toEqual([403, "text/html; charset=UTF-8"]);
  expect(await texts(client)).toEqual([]);
});

test("garbage: done, and the answer is not JSON", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/tweets", "garbage");
  const response = await client.post(tokens, { text: "Done" });
  expect(response.status).toBe(201);
  await expect(response.json()).rejects.toThrow();
  expect(await texts(client)).toEqual(["Done"]);
});

test("date-skew: the Date header is off", async () => {
  const { client, tokens } = await connected();
  await client.fault("GET /2/users/me", { kind: "date-skew", seconds: 3600 });
  const date = Date.parse((await client.me(tokens)).headers.get("date") ?? "");
  expect(Math.abs(date - Date.now() - 3_600_000)).toBeLessThan(5000);
});

test("revoke: the grant of the token that is shown ends", async () => {
  const { client, tokens } = await connected();
  await client.fault("GET /2/users/me", "revoke");
  expect((await client.me(tokens)).status).toBe(401);
  expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
  const next = await client.connect();
  await client.fault("POST /2/oauth2/token", "revoke");
  expect((await client.refresh(next.refresh_token)).status).toBe(400);
});

test("no-refresh-token: the one that was shown stays good", async () => {
  const { client, tokens } = await connected();
  await client.fault("POST /2/oauth2/token", "no-refresh-token");
  const { body } = await seen(await client.refresh(tokens.refresh_token));
  expect(body).not.toHaveProperty("refresh_token");
  expect((await client.me(body)).status).toBe(200);
  expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
});

test("a fault is for its method and path alone, as often as was said", async () => {
  const { client, tokens } = await connected();
  await client.fault("GET /2/users/*", { kind: "status", status: 503 }, 2);
  expect((await client.post(tokens, { text: "a" })).status).toBe(201);
  expect([(await client.me(tokens)).status, (await client.me(tokens)).status]).toEqual([503, 503]);
  expect((await client.me(tokens)).status).toBe(200);
});
