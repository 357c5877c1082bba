import { expect, test } from "vitest";
import { start } from "./start.ts";
import { XClient } from "./x-client.ts";
import { formIn, type Told, XOAuth1Client } from "./x-oauth1-client.ts";

const client = async () => new XOAuth1Client(await start());

/** Status and body, whatever it is written in. */
async function answered(response: Response): Promise<string> {
  return `${response.status} ${await response.text()}`;
}

const problem = '401 {"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401}';
const code = (number: number) => new RegExp(`^401 \\{"errors":\\[\\{"code":${number},`);

test("three steps bring a token that says whose it is, and acts for them", async () => {
  const x = await client();
  const request = await x.begun();
  expect(request).toMatchObject({ oauth_callback_confirmed: "true" });
  const back = await x.consent(request["oauth_token"] ?? "", "globex");
  expect(back.origin + back.pathname).toBe("http://127.0.0.1:8791/callback/x");
  expect(back.searchParams.get("oauth_token")).toBe(request["oauth_token"]);
  const told = await formIn(await x.accessToken(request, back.searchParams.get("oauth_verifier") ?? ""));
  expect(told).toMatchObject({ screen_name: "globex" });
  expect(told["oauth_token"]).toMatch(new RegExp(`^${told["user_id"]}-`));
  const keys = x.keys({ token: told["oauth_token"] ?? "", tokenSecret: told["oauth_token_secret"] ?? "" });
  expect(await (await x.me(keys)).json()).toMatchObject({ data: { id: told["user_id"], username: "globex" } });
  expect((await x.post(keys, "Signed")).status).toBe(201);
});

test("without a callback the person is shown a PIN, and it is the verifier", async () => {
  const x = await client();
  const request = await x.begun("oob");
  const page = await (await x.decide(request["oauth_token"] ?? "")).text();
  const pin = /\b\d{7}\b/.exec(page)?.[0] ?? "";
  expect((await x.accessToken(request, "1234567")).status).toBe(401);
  expect(await formIn(await x.accessToken(request, pin))).toMatchObject({ screen_name: "acme" });
});

test("who denies is sent back with the request token, which is spent then", async () => {
  const x = await client();
  const { oauth_token: token = "", ...request } = await x.begun();
  const back = new URL((await x.decide(token, "deny")).headers.get("location") ?? "");
  expect(Object.fromEntries(back.searchParams)).toEqual({ denied: token });
  expect(await answered(await x.accessToken({ ...request, oauth_token: token }, "any"))).toBe(
    "401 Invalid request token.",
  );
});

test("request tokens are refused in X's own words", async () => {
  const x = await client();
  const refused = async (...given: Parameters<typeof x.requestToken>) => answered(await x.requestToken(...given));
  expect(await refused("http://127.0.0.1:8791/callback/x/")).toMatch(
    /^403 <\?xml .*<error code="415">Callback URL not/,
  );
  expect(await refused("http://127.0.0.1:1/callback/x")).toMatch(/code="415"/);
  const native = x.keys({ consumerKey: "sandbox-x-native-key", consumerSecret: "sandbox-x-native-key-secret" });
  expect(await refused(undefined, {}, native)).toMatch(/^401 <\?xml .*<error code="417">Desktop applications/);
  expect((await x.requestToken("oob", {}, native)).status).toBe(200);
  expect(await refused("oob", {}, x.keys({ consumerKey: "nobody" }))).toMatch(code(32));
  expect(await refused("oob", {}, x.keys({ consumerSecret: "wrong" }))).toMatch(code(32));
  expect(await refused("oob", {}, x.keys({ token: "made-up" }))).toMatch(code(32));
  expect(await refused("oob", { skew: 301 })).toMatch(code(135));
  expect(await refused("oob", { skew: -301 })).toMatch(code(135));
  expect((await x.requestToken("oob", { skew: -290 })).status).toBe(200);
});

test("a verifier is good once, for its own request token and its own app", async () => {
  const x = await client();
  const [request, other] = [await x.begun(), await x.begun()];
  const verifierOf = async ({ oauth_token: token = "" }: Told) =>
    (await x.consent(token)).searchParams.get("oauth_verifier") ?? "";
  const verifier = await verifierOf(request);
  const wrong = "401 Error processing your OAuth request: Invalid oauth_verifier parameter";
  expect(await answered(await x.accessToken(other, verifier))).toBe(wrong);
  expect(await answered(await x.accessToken(request, `${verifier}x`))).toBe(wrong);
  expect(await answered(await x.accessToken({ ...request, oauth_token_secret: "wrong" }, verifier))).toMatch(code(32));
  expect((await x.accessToken(request, verifier)).status).toBe(200);
  expect(await answered(await x.accessToken(request, verifier))).toBe("401 Invalid request token.");
});

test("an app that has a person's token gets the same one again", async () => {
  const x = await client();
  const [first, again, other] = [await x.connect(), await x.connect(), await x.connect({ person: "globex" })];
  expect(again).toEqual(first);
  expect(other.token).not.toBe(first.token);
});

test.each<
  [string, Parameters<XOAuth1Client["me"]>[1], Partial<Record<"consumerSecret" | "tokenSecret" | "token", string>>]
>([
  ["a wrong consumer secret", {}, { consumerSecret: "wrong" }],
  ["a wrong token secret", {}, { tokenSecret: "wrong" }],
  ["a token that nobody has", {}, { token: "1-made-up" }],
  ["a timestamp of an hour ago", { skew: -3600 }, {}],
  [
    "another path than was signed",
    { tamper: (request) => ({ ...request, url: request.url.replace("/me", "/1/tweets") }) },
    {},
  ],
  ["another query than was signed", { tamper: (request) => ({ ...request, url: `${request.url}%2Cname` }) }, {}],
  ["a parameter twice", { tamper: withHeader((header) => `${header}, oauth_version="1.0"`) }, {}],
  ["another signature method", { tamper: withHeader((header) => header.replace("HMAC-SHA1", "PLAINTEXT")) }, {}],
  ["another version", { tamper: withHeader((header) => header.replace('"1.0"', '"1.1"')) }, {}],
  ["no signature", { tamper: withHeader((header) => header.replace(/, oauth_signature="[^"]+"/, "")) }, {}],
])("API v2 refuses %s, and says no more than that", async (_, flaw, changes) => {
  const x = await client();
  const keys = await x.connect();
  expect((await x.me(keys)).status).toBe(200);
  expect(await answered(await x.me({ ...keys, ...changes }, flaw))).toBe(problem);
});

function withHeader(change: (header: string) => string) {
  return (request: Parameters<NonNullable<NonNullable<Parameters<XOAuth1Client["me"]>[1]>["tamper"]>>[0]) => ({
    ...request,
    headers: { ...request.headers, authorization: change(request.headers?.["authorization"] ?? "") },
  });
}

test("a request that was heard is not answered again: no nonce is good twice", async () => {
  const x = await client();
  const keys = await x.connect();
  const once = { nonce: "the-very-same" };
  expect((await x.post(keys, "Once", once)).status).toBe(201);
  expect(await answered(await x.post(keys, "Twice", once))).toBe(problem);
  expect((await x.post(keys, "Twice", { nonce: "another" })).status).toBe(201);
});

test("a token for reading may not write", async () => {
  const x = await client();
  const keys = await x.connect({ path: "/oauth/request_token?x_auth_access_type=read" });
  expect((await x.me(keys)).status).toBe(200);
  expect(await answered(await x.post(keys, "No"))).toContain("oauth1 app permissions");
});

test("a token is ended by the app with it, and by the person without the others", async () => {
  const sandbox = await start();
  const [x, control] = [new XOAuth1Client(sandbox), new XClient(sandbox)];
  const bearer = await control.connect();
  const [acme, globex] = [await x.connect(), await x.connect({ person: "globex" })];
  const end = () => x.send({ path: "/1.1/oauth/invalidate_token.json" }, acme);
  expect(await answered(await end())).toBe(`200 {"access_token":"${acme.token}"}`);
  expect(await answered(await end())).toMatch(code(89));
  expect((await x.me(acme)).status).toBe(401);
  expect((await x.me(globex)).status).toBe(200);
  const revoke = (credential: string) => control.control("POST", "/revoke", { platform: "x", credential });
  expect(await revoke("oauth1")).toEqual({ revoked: 1 });
  expect([(await x.me(globex)).status, (await control.me(bearer)).status]).toEqual([401, 200]);
  expect(await revoke("oauth2")).toEqual({ revoked: 1 });
  expect((await control.me(bearer)).status).toBe(401);
  expect((await revoke("saml")).error).toContain("oauth2 or oauth1");
  expect((await x.connect()).token).not.toBe(acme.token);
});

test("the fault `revoke` ends the token that a request is signed with", async () => {
  const sandbox = await start();
  const x = new XOAuth1Client(sandbox);
  const keys = await x.connect();
  await new XClient(sandbox).fault("POST /2/tweets", "revoke");
  expect(await answered(await x.post(keys, "Gone"))).toBe(problem);
});

test("the consent page is good once and shows what is asked, and nothing unescaped", async () => {
  const x = await client();
  const { oauth_token: token = "" } = await x.begun("oob");
  const response = await fetch(`${x.url}/api.x.com/oauth/authorize?oauth_token=${token}&force_login=true`);
  const page = await response.text();
  for (const text of ["sandbox-x-api-key", "Acme Bakery", "Post and delete", "PIN"]) expect(page).toContain(text);
  expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect((await x.decide(token)).status).toBe(200);
  const again = new URLSearchParams({
    request: /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "",
    decision: "approve",
    person: "acme",
  });
  const post = () => fetch(`${x.url}/api.x.com/oauth/authorize`, { method: "POST", body: again });
  expect([(await post()).status, (await post()).status]).toEqual([200, 403]);
  expect((await fetch(`${x.url}/api.x.com/oauth/authorize?oauth_token=made-up`)).status).toBe(403);
});
