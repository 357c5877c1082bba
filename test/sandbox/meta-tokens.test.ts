/** The logins of Instagram and Threads, as strict as the real ones: what a code, an exchange and a renewal want. */
import { expect, test } from "vitest";
import { instagramLogin, MetaClient, type MetaLogin, type MetaTokens, threadsLogin } from "./meta-login.ts";
import { start } from "./start.ts";

const logins: readonly [string, MetaLogin][] = [
  ["instagram", instagramLogin],
  ["threads", threadsLogin],
];

const clientOf = async (login: MetaLogin) => new MetaClient(await start(), login);
const day = 86_400;
const errorOf = async (answer: Response) => {
  const { error } = (await answer.json()) as { error: { code: number; error_subcode?: number; message: string } };
  return { status: answer.status, ...error };
};
const tokensOf = async (answer: Response) => (await answer.json()) as MetaTokens;

test.each(logins)("%s: the code comes back with Meta's #_, and is good once", async (_, login) => {
  const client = await clientOf(login);
  const back = await client.consent();
  expect(back.href).toMatch(/^https:\/\/localhost:8791\/callback\/\w+\?state=a-state&code=[\w-]+#_$/);
  const code = back.searchParams.get("code") ?? "";
  const first = await client.exchangeCode(code);
  expect(first).toMatchObject({ status: 200, text: expect.stringMatching(/"user_id":"\d{17}"/) });
  expect(first.text).not.toContain("expires_in");
  const again = await client.exchangeCode(code);
  expect(again.status).toBe(400);
  expect(JSON.parse(again.text)).toEqual({
    error_type: "OAuthException",
    code: 400,
    error_message: "Matching code was not found or was already used",
  });
});

test.each(logins)("%s: another secret, another redirect URI and an http one are refused", async (_, login) => {
  const client = await clientOf(login);
  const code = (await client.consent()).searchParams.get("code") ?? "";
  const wrong = await client.exchangeCode(code, { client_secret: "wrong" });
  expect(wrong.text).toContain("Invalid platform app");
  const elsewhere = await client.exchangeCode(code, { redirect_uri: "https://localhost:8791/callback" });
  expect(elsewhere.text).toContain("redirect_uri");
  const page = await fetch(client.authorizeUrl({ redirect_uri: `http://localhost:8791/callback/${login.platform}` }));
  expect(page.status).toBe(400);
  const app = { platform: login.platform, clientId: "new", redirectUris: ["http://localhost:1/callback"] };
  await expect(client.control("/apps", app)).rejects.toThrow("https");
});

test.each(logins)("%s: scopes are separated by commas, and one that is unknown ends the login", async (_, login) => {
  const client = await clientOf(login);
  const spaced = await fetch(client.authorizeUrl({ scope: login.scopes.replaceAll(",", " ") }), { redirect: "manual" });
  expect(spaced.headers.get("location")).toContain("invalid_scope");
  const denied = await client.consent({ decision: "deny" });
  expect(denied.searchParams.get("error_reason")).toBe("user_denied");
});

test.each(logins)("%s: an hour, then sixty days, renewed from the second day on", async (_, login) => {
  const client = await clientOf(login);
  const short = await client.shortLived();
  expect(await errorOf(await client.refresh(short))).toMatchObject({ status: 400, code: 100 });
  expect((await client.longLived(short, { client_secret: "wrong" })).status).toBe(400);
  const long = await tokensOf(await client.longLived(short));
  expect(long).toEqual({ access_token: expect.any(String), token_type: "bearer", expires_in: 5_183_944 });
  expect(await errorOf(await client.longLived(long.access_token))).toMatchObject({ code: 100 });
  await client.advance(day - 60);
  expect(await errorOf(await client.refresh(long.access_token))).toMatchObject({
    message: expect.stringContaining("24 hours old"),
  });
  await client.advance(120);
  const renewed = await tokensOf(await client.refresh(long.access_token));
  expect(renewed.expires_in).toBe(5_183_944);
  await client.advance(59.5 * day);
  expect(await errorOf(await client.refresh(long.access_token))).toMatchObject({ code: 190, error_subcode: 463 });
  expect((await client.refresh(renewed.access_token)).status).toBe(200);
});

test.each(logins)("%s: a token of an hour ends with it, and cannot be exchanged then", async (_, login) => {
  const client = await clientOf(login);
  const short = await client.shortLived();
  await client.advance(3601);
  expect(await errorOf(await client.longLived(short))).toMatchObject({ code: 190, error_subcode: 463 });
});

test("Threads: a token is asked about by one of the same app, or by the app", async () => {
  const client = await clientOf(threadsLogin);
  const token = await client.connect();
  const path = `graph.threads.net/v1.0/debug_token?input_token=${token}`;
  const { body } = await client.call("GET", path, token);
  const expected = {
    type: "USER",
    is_valid: true,
    scopes: threadsLogin.scopes.split(","),
    user_id: expect.any(String),
  };
  expect(body.data).toMatchObject(expected);
  const { client_id, client_secret } = client.app;
  expect((await client.call("GET", path, `TH|${client_id}|${client_secret}`)).body.data).toMatchObject(expected);
  expect((await client.call("GET", path, `TH|${client_id}|wrong`)).status).toBe(400);
  await client.control("/revoke", { platform: "threads" });
  expect((await client.call("GET", path, `TH|${client_id}|${client_secret}`)).body.data).toMatchObject({
    is_valid: false,
  });
});
