import { expect, test } from "vitest";
import { start } from "./start.ts";
import { allScopes, seen, XClient } from "./x-client.ts";

const tokenInvalid = {
  status: 400,
  body: { error: "invalid_request", error_description: "Value passed for the token was invalid." },
};
const unauthorizedClient = {
  status: 401,
  body: { error: "unauthorized_client", error_description: "Missing valid authorization header" },
};

test.each([[true], [false]])("the whole flow, confidential: %s", async (confidential) => {
  const client = new XClient(await start(), { confidential });
  const response = await client.exchange(await client.code());
  expect(response.headers.get("cache-control")).toBe("no-store");
  const tokens = (await response.json()) as Awaited<ReturnType<XClient["connect"]>>;
  expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 7200, scope: allScopes });
  expect((await seen(await client.me(tokens))).body.data).toMatchObject({ username: "acme", name: "Acme Bakery" });
  const next = await seen(await client.refresh(tokens.refresh_token));
  expect(next.status).toBe(200);
  expect(next.body.refresh_token).not.toBe(tokens.refresh_token);
  expect((await client.me(next.body)).status).toBe(200);
});

test("without offline.access there is no refresh token", async () => {
  const client = new XClient(await start());
  expect(await client.connect({ scope: "tweet.read users.read" })).not.toHaveProperty("refresh_token");
});

test("a confidential client must show its secret in a Basic header", async () => {
  const client = new XClient(await start());
  const form = { grant_type: "authorization_code", code: await client.code() };
  expect(await seen(await client.tokenRequest(form, { secret: "wrong" }))).toEqual(unauthorizedClient);
  const url = `${client.url}/api.x.com/2/oauth2/token`;
  const inBody = { ...form, client_id: "sandbox-x-client", client_secret: "sandbox-x-secret" };
  expect(await seen(await fetch(url, { method: "POST", body: new URLSearchParams(inBody) }))).toEqual(
    unauthorizedClient,
  );
});

test("a public client is named in the body", async () => {
  const client = new XClient(await start(), { confidential: false });
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "any" });
  const url = `${client.url}/api.x.com/2/oauth2/token`;
  expect(await seen(await fetch(url, { method: "POST", body: form }))).toEqual(unauthorizedClient);
});

test.each([
  ["a wrong verifier", { code_verifier: "b".repeat(43) }, "code verifier did not match"],
  ["another redirect URI", { redirect_uri: "http://127.0.0.1:8791/callback/y" }, "redirect uri did not match"],
  ["an empty verifier", { code_verifier: "" }, "Missing required parameter [code_verifier]"],
  ["a made-up code", { code: "made-up" }, "authorization code was invalid"],
])("%s is refused", async (_, changes, text) => {
  const client = new XClient(await start());
  const { status, body } = await seen(await client.exchange(await client.code(), changes));
  expect({ status, error: body.error }).toEqual({ status: 400, error: "invalid_request" });
  expect(body.error_description).toContain(text);
});

test("a code of another client is refused", async () => {
  const sandbox = await start();
  const code = await new XClient(sandbox, { confidential: false }).code();
  expect((await new XClient(sandbox).exchange(code)).status).toBe(400);
});

test("a code dies after 30 seconds", async () => {
  const client = new XClient(await start());
  const [early, late] = [await client.code(), await client.code()];
  await client.control("POST", "/clock", { advance: 28 });
  expect((await client.exchange(early)).status).toBe(200);
  await client.control("POST", "/clock", { advance: 3 });
  expect((await client.exchange(late)).status).toBe(400);
});

test("a code used twice ends what it gave", async () => {
  const client = new XClient(await start());
  const code = await client.code();
  const { body: tokens } = await seen(await client.exchange(code));
  expect((await client.exchange(code)).status).toBe(400);
  expect((await client.me(tokens)).status).toBe(401);
  expect(await seen(await client.refresh(tokens.refresh_token))).toEqual(tokenInvalid);
});

test("a refresh token used twice ends the family", async () => {
  const client = new XClient(await start());
  const first = await client.connect();
  const { body: second } = await seen(await client.refresh(first.refresh_token));
  expect((await client.me(second)).status).toBe(200);
  expect(await seen(await client.refresh(first.refresh_token))).toEqual(tokenInvalid);
  expect((await client.me(second)).status).toBe(401);
  expect(await seen(await client.refresh(second.refresh_token))).toEqual(tokenInvalid);
});

test("other grants outlive a family's end", async () => {
  const client = new XClient(await start());
  const [acme, globex] = [await client.connect(), await client.connect({ person: "globex" })];
  await client.refresh(acme.refresh_token);
  await client.refresh(acme.refresh_token);
  expect((await client.me(globex)).status).toBe(200);
});

test("inside a grace a spent refresh token gets the same pair again, until that pair is used", async () => {
  const client = new XClient(await start({ refreshGrace: 30 }));
  const first = await client.connect();
  const { body: second } = await seen(await client.refresh(first.refresh_token));
  const { body: again } = await seen(await client.refresh(first.refresh_token));
  expect(again.refresh_token).toBe(second.refresh_token);
  await client.control("POST", "/clock", { advance: 31 });
  expect(await seen(await client.refresh(first.refresh_token))).toEqual(tokenInvalid);
});

test("a refresh token of another client is refused and survives", async () => {
  const sandbox = await start();
  const confidential = new XClient(sandbox);
  const tokens = await confidential.connect();
  expect(await seen(await new XClient(sandbox, { confidential: false }).refresh(tokens.refresh_token))).toEqual(
    tokenInvalid,
  );
  expect((await confidential.refresh(tokens.refresh_token)).status).toBe(200);
});

test("tokens die when their time is over", async () => {
  const client = new XClient(await start({ accessTokenLifetime: 60, refreshTokenLifetime: 600 }));
  const tokens = await client.connect();
  expect(tokens.expires_in).toBe(60);
  await client.control("POST", "/clock", { advance: 61 });
  expect((await client.me(tokens)).status).toBe(401);
  const { body: next } = await seen(await client.refresh(tokens.refresh_token));
  await client.control("POST", "/clock", { advance: 601 });
  expect(await seen(await client.refresh(next.refresh_token))).toEqual(tokenInvalid);
});

test("requests that are no token request", async () => {
  const client = new XClient(await start());
  const missing = await seen(await client.tokenRequest({}));
  expect(missing.body.error_description).toBe("Missing required parameter [grant_type].");
  expect((await seen(await client.tokenRequest({ grant_type: "password" }))).body.error).toBe("unsupported_grant_type");
  const json = await client.call("POST", "/2/oauth2/token", { access_token: "none" }, { grant_type: "refresh_token" });
  expect(json.status).toBe(400);
  expect((await client.call("GET", "/2/oauth2/token", { access_token: "none" })).status).toBe(404);
});

test("revoking a refresh token ends the grant, an access token only itself", async () => {
  const client = new XClient(await start());
  const tokens = await client.connect();
  const revoke = (token: string) => client.tokenRequest({ token }, {}, "revoke");
  expect(await seen(await revoke(tokens.access_token))).toEqual({ status: 200, body: { revoked: true } });
  expect((await client.me(tokens)).status).toBe(401);
  const { body: next } = await seen(await client.refresh(tokens.refresh_token));
  expect((await client.me(next)).status).toBe(200);
  await revoke(next.refresh_token);
  expect((await client.me(next)).status).toBe(401);
  expect((await revoke("unknown")).status).toBe(200);
  expect((await client.tokenRequest({}, {}, "revoke")).status).toBe(400);
});

test("a client cannot revoke another's token", async () => {
  const sandbox = await start();
  const tokens = await new XClient(sandbox).connect();
  const other = new XClient(sandbox, { confidential: false });
  expect((await other.tokenRequest({ token: tokens.access_token }, {}, "revoke")).status).toBe(400);
  expect((await other.me(tokens)).status).toBe(200);
});
