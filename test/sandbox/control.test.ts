import { request } from "node:http";
import { expect, test } from "vitest";
import { start } from "./start.ts";
import { seen, XClient } from "./x-client.ts";

test.each([
  [{ platform: "y", fault: "html" }, 'no platform "y"'],
  [{ platform: "x", fault: "melt" }, 'no fault "melt"'],
  [{ platform: "x", fault: { kind: "error", name: "gone" } }, 'no error "gone"'],
  [{ platform: "x", fault: { kind: "status", status: 200 } }, "from 400 to 599"],
  [{ platform: "x", fault: { kind: "html", colour: "red" } }, 'no "colour"'],
  [{ platform: "x", fault: "html", when: "now" }, 'no "when"'],
])("a wrong fault order %j is explained", async (order, text) => {
  const { error } = await new XClient(await start()).control("POST", "/faults", order);
  expect(error).toContain(text);
});

test("faults are listed and forgotten", async () => {
  const client = new XClient(await start());
  await client.fault("POST /2/tweets", { kind: "status", status: 500 }, 3);
  expect((await client.control("GET", "/faults")).faults).toMatchObject([{ platform: "x", times: 3 }]);
  expect((await client.control("DELETE", "/faults")).faults).toEqual([]);
});

test("requests are recorded without a secret", async () => {
  const client = new XClient(await start());
  const tokens = await client.connect();
  await client.fault("POST /2/oauth2/token", "drop-after");
  await client.refresh(tokens.refresh_token).catch(() => {});
  await client.post(tokens, { text: "a text" });
  const { requests } = await client.control("GET", "/requests?platform=x");
  expect(requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    "GET /i/oauth2/authorize 200",
    "POST /i/oauth2/authorize 302",
    "POST /2/oauth2/token 200",
    "POST /2/oauth2/token null",
    "POST /2/tweets 201",
  ]);
  expect(requests[3]).toMatchObject({
    host: "api.x.com",
    fields: { grant_type: "refresh_token" },
    fault: "drop-after",
  });
  const text = JSON.stringify(requests);
  for (const secret of [tokens.access_token, tokens.refresh_token ?? "", "a-verifier", "a-state"]) {
    expect(text).not.toContain(secret);
  }
  expect((await client.control("GET", "/requests?platform=other")).requests).toEqual([]);
});

test("people can take the app's access away", async () => {
  const client = new XClient(await start());
  const [acme, globex] = [await client.connect(), await client.connect({ person: "globex" })];
  expect(await client.control("POST", "/revoke", { platform: "x", person: "acme" })).toEqual({ revoked: 1 });
  expect([(await client.me(acme)).status, (await client.me(globex)).status]).toEqual([401, 200]);
});

test("reset: as at the start", async () => {
  const client = new XClient(await start());
  const tokens = await client.connect();
  await client.post(tokens, { text: "a" });
  await client.control("POST", "/clock", { advance: 100 });
  await client.control("POST", "/apps", { platform: "x", clientId: "mine", redirectUris: ["http://127.0.0.1/"] });
  await client.control("POST", "/reset");
  expect((await client.control("GET", "/requests")).requests).toEqual([]);
  expect((await client.me(tokens)).status).toBe(401);
  expect((await client.authorize({ client_id: "mine", redirect_uri: "http://127.0.0.1/" })).status).toBe(400);
  expect((await client.authorize()).status).toBe(200);
});

test("apps that X would not take", async () => {
  const client = new XClient(await start());
  const register = (redirectUris: string[]) =>
    client.control("POST", "/apps", { platform: "x", clientId: "a", redirectUris });
  expect((await register(["javascript:alert(1)"])).error).toContain("not allowed");
  expect((await register(Array.from({ length: 11 }, (_, index) => `http://127.0.0.1:${index + 1}/`))).error).toContain(
    "1 to 10",
  );
});

test.each([
  { origin: "https://evil.example" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { origin: "null" },
])("the control API refuses other sites: %j", async (headers) => {
  const { url, port } = await start();
  expect(await statusOf(`${url}/_sandbox/reset`, port, headers)).toBe(403);
});

test.each([
  ["rebound.example", 421],
  ["127.0.0.1.evil.example", 421],
  ["localhost", 200],
])("Host %s gets %i", async (host, status) => {
  const { url, port } = await start();
  expect(await statusOf(`${url}/timeline`, port, { host: `${host}:${port}` }, "GET")).toBe(status);
});

/** fetch would not send these headers. */
function statusOf(url: string, port: number, headers: Record<string, string>, method = "POST"): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, port, headers }, (response) => resolve(response.resume().statusCode ?? 0));
    sent.on("error", reject).end();
  });
}

test("control bodies must be JSON, and unknown controls are not found", async () => {
  const { url } = await start();
  const plain = await fetch(`${url}/_sandbox/clock`, { method: "POST", body: '{"advance":1}' });
  expect(await seen(plain)).toEqual({ status: 400, body: { error: "send application/json" } });
  expect((await fetch(`${url}/_sandbox/nothing`)).status).toBe(404);
});

test("an unknown host is told which there are", async () => {
  const { url } = await start();
  const response = await fetch(`${url}/api.example.com/v1`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain("/api.x.com");
});

test("a taken port is a Failure", async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toMatchObject({ code: "port_taken" });
});
