/** The twin is as strict as the servers are that it plays. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { type Answer, type App, MastodonClient, old, olderScopes, redirectUri } from "./mastodon-client.ts";

let sandbox: Sandbox;
let here: MastodonClient;
let there: MastodonClient;
let app: App;
let token: string;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
  here = new MastodonClient(sandbox);
  there = new MastodonClient(sandbox, old);
  app = await here.register();
  token = (await here.connect(app)).access_token;
});
afterAll(() => sandbox.close());

const answerOf = async (response: Promise<Response>) => {
  const answer = await response;
  return { status: answer.status, ...((await answer.json()) as Answer) };
};

test("an old server publishes nothing of itself, reads no list of redirect URIs, knows no scope of today", async () => {
  expect((await there.json("GET", "/.well-known/oauth-authorization-server", null)).status).toBe(404);
  expect((await there.json("GET", "/api/v2/instance", null)).status).toBe(404);
  const wish = { client_name: "a", redirect_uris: [redirectUri], scopes: olderScopes };
  expect(await answerOf(there.json("POST", "/api/v1/apps", null, wish))).toMatchObject({ status: 422 });
  const newer = { ...wish, redirect_uris: redirectUri, scopes: "profile" };
  expect(await answerOf(there.json("POST", "/api/v1/apps", null, newer))).toMatchObject({ status: 422 });
});

test("apps and tokens of one server are nothing to another", async () => {
  expect((await there.authorize(app, { scope: olderScopes })).status).toBe(400);
  expect(await answerOf(there.json("GET", "/api/v1/accounts/verify_credentials", token))).toMatchObject({
    status: 401,
    error: "The access token is invalid",
  });
});

test("redirect URIs: any port of this machine's address, the same path, and no other way of writing it", async () => {
  const accepted = async (uri: string) => (await here.authorize(app, { redirect_uri: uri })).status === 200;
  expect(await accepted("http://127.0.0.1:4000/callback/mastodon")).toBe(true);
  expect(await accepted("http://127.0.0.1:4000/callback")).toBe(false);
  expect(await accepted("http://localhost:8791/callback/mastodon")).toBe(false);
  expect(await accepted("urn:ietf:wg:oauth:2.0:oob")).toBe(false);
});

test("an app may ask for what it was made for, and shows its secret; the same again is the same token", async () => {
  const refused = await here.authorize(app, { scope: "write" });
  expect(new URL(refused.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_scope");
  const code = await here.code(app);
  const fields = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
  const wrong = { ...app, client_secret: "wrong" };
  expect(await answerOf(here.form("token", wrong, fields))).toMatchObject({ status: 401, error: "invalid_client" });
  const answer = await answerOf(here.form("token", app, fields));
  expect(answer).toMatchObject({ access_token: token, token_type: "Bearer" });
  expect(answer).not.toHaveProperty("expires_in");
  expect(answer).not.toHaveProperty("refresh_token");
  expect(await answerOf(here.form("token", app, fields))).toMatchObject({ status: 400, error: "invalid_grant" });
  const other = await here.register();
  expect(await answerOf(here.form("revoke", other, { token }))).toMatchObject({ status: 403 });
});

test("PKCE counts today, and is passed over by an old server", async () => {
  const challenge = { code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" };
  const fields = async (client: MastodonClient, of: App) => ({
    grant_type: "authorization_code",
    code: await client.code(of, challenge),
    redirect_uri: redirectUri,
  });
  expect(await answerOf(here.form("token", app, await fields(here, app)))).toMatchObject({ status: 400 });
  const older = await there.register();
  expect(await answerOf(there.form("token", older, await fields(there, older)))).toMatchObject({ status: 200 });
});

const status = (json: object, headers = {}) => answerOf(here.json("POST", "/api/v1/statuses", token, json, headers));

test("statuses that are refused", async () => {
  const refusals: readonly (readonly [object, number, RegExp])[] = [
    [{ status: " " }, 422, /Text can't be blank/],
    [{ status: "a".repeat(480), spoiler_text: "a".repeat(21) }, 422, /Text character limit of 500 exceeded/],
    [{ status: "a", visibility: "hidden" }, 422, /Visibility/],
    [{ status: "a", in_reply_to_id: "1" }, 404, /does not appear to exist/],
    [{ status: "a", scheduled_at: new Date(Date.now() + 240_000).toISOString() }, 422, /must be in the future/],
    [{ status: "a", poll: { options: ["a"], expires_in: 300 } }, 422, /more than one/],
    [{ status: "a", poll: { options: ["a", "b"], expires_in: 299 } }, 422, /too soon/],
    [{ status: "a", media_ids: ["1"] }, 422, /not found/],
  ];
  for (const [json, code, words] of refusals) {
    expect(await status(json)).toMatchObject({ status: code, error: expect.stringMatching(words) });
  }
  expect((await here.json("POST", "/api/v1/statuses", null, { status: "a" })).status).toBe(401);
  const reading = (await here.connect(await here.register({ scopes: here.scopes() }), "globex")).access_token;
  expect(await answerOf(here.json("GET", "/api/v1/accounts/1/statuses", reading))).toMatchObject({ status: 404 });
});

test("a key is good for an hour, and for its account alone", async () => {
  const key = { "idempotency-key": "one" };
  const first = await status({ status: "Once" }, key);
  expect((await status({ status: "Once more" }, key)).id).toBe(first.id);
  const other = (await here.connect(app, "globex")).access_token;
  const theirs = await answerOf(here.json("POST", "/api/v1/statuses", other, { status: "Once" }, key));
  expect(theirs.id).not.toBe(first.id);
  await here.control("POST", "/clock", { advance: 3601 });
  expect((await status({ status: "Once" }, key)).id).not.toBe(first.id);
});

test("what moves is processed first, a file is part of one status, and its content says what it is", async () => {
  const upload = (name: string, type: string) => {
    const body = new FormData();
    body.set("file", new File([readFileSync(mediaFile(name))], name, { type }));
    const headers = { authorization: `Bearer ${token}` };
    return answerOf(fetch(`${here.url}/${here.host}/api/v2/media`, { method: "POST", headers, body }));
  };
  const film = await upload("film.mp4", "video/mp4");
  expect(film).toMatchObject({ status: 202, url: null });
  expect((await here.json("GET", `/api/v1/media/${film.id}`, token)).status).toBe(206);
  expect(await status({ status: "a", media_ids: [film.id] })).toMatchObject({
    status: 422,
    error: expect.stringContaining("not finished processing"),
  });
  await here.control("POST", "/clock", { advance: 4 });
  expect((await here.json("GET", `/api/v1/media/${film.id}`, token)).status).toBe(200);
  const photo = await upload("photo.jpg", "image/jpeg");
  expect(photo).toMatchObject({ status: 200 });
  expect(await status({ status: "a", media_ids: [film.id, photo.id] })).toMatchObject({ status: 422 });
  expect(await status({ status: "a", media_ids: [film.id] })).toMatchObject({ status: 200 });
  expect((await here.json("GET", `/api/v1/media/${film.id}`, token)).status).toBe(404);
  expect(await upload("three-pages.pdf", "image/jpeg")).toMatchObject({ status: 422 });
});

test("every answer tells the limit that is nearest", async () => {
  const answer = await here.json("GET", "/api/v1/accounts/verify_credentials", token);
  expect(answer.headers.get("x-ratelimit-limit")).toBe("300");
  expect(answer.headers.get("x-ratelimit-reset")).toMatch(/^\d{4}-\d\d-\d\dT/);
  const last = [...Array(30)].reduce(
    (before: Promise<unknown>) => before.then(() => here.json("DELETE", "/api/v1/statuses/1", token)),
    Promise.resolve(),
  );
  await last;
  const refused = await here.json("DELETE", "/api/v1/statuses/1", token);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
});
