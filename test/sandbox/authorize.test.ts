import { expect, test } from "vitest";
import { start } from "./start.ts";
import { requestIdIn, verifier, XClient } from "./x-client.ts";

test("a person approves and the app gets code and state", async () => {
  const client = new XClient(await start());
  const back = await client.consent();
  expect(back.origin + back.pathname).toBe("http://127.0.0.1:8791/callback/x");
  expect(back.searchParams.get("state")).toBe("a-state");
  expect(back.searchParams.get("code")).toMatch(/^[\w-]{40,}$/);
});

test("a person denies and the app is told access_denied", async () => {
  const back = await new XClient(await start()).consent({ decision: "deny" });
  expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: "access_denied", state: "a-state" });
  expect(back.searchParams.has("code")).toBe(false);
});

test.each([
  ["an unknown client", { client_id: "nobody" }, "no app with the client_id"],
  ["no client", { client_id: null }, "client_id is missing"],
  ["no redirect URI", { redirect_uri: null }, "redirect_uri is missing"],
  ["a trailing slash", { redirect_uri: "http://127.0.0.1:8791/callback/x/" }, "not registered"],
  ["another port", { redirect_uri: "http://127.0.0.1:8792/callback/x" }, "not registered"],
  ["another host", { redirect_uri: "http://localhost:8791/callback/x" }, "not registered"],
])("%s is told on a page, not by a redirect", async (_, changes, text) => {
  const response = await new XClient(await start()).authorize(changes);
  expect(response.status).toBe(400);
  expect(response.headers.get("location")).toBeNull();
  expect(await response.text()).toContain(text);
});

test.each([
  ["no response type", { response_type: null }, "invalid_request"],
  ["another response type", { response_type: "token" }, "unsupported_response_type"],
  ["no scope", { scope: null }, "invalid_scope"],
  ["an unknown scope", { scope: "tweet.read tweet.paint" }, "invalid_scope"],
  ["commas between scopes", { scope: "tweet.read,users.read" }, "invalid_scope"],
  ["no state", { state: null }, "invalid_request"],
  ["a state of 501 characters", { state: "s".repeat(501) }, "invalid_request"],
  ["no challenge", { code_challenge: null }, "invalid_request"],
  ["no challenge method", { code_challenge_method: null }, "invalid_request"],
  ["another challenge method", { code_challenge_method: "S512" }, "invalid_request"],
  ["a challenge that is too short", { code_challenge: "short" }, "invalid_request"],
])("%s goes back to the app as an error", async (_, changes, error) => {
  const response = await new XClient(await start()).authorize(changes);
  expect(response.status).toBe(302);
  expect(new URL(response.headers.get("location") ?? "").searchParams.get("error")).toBe(error);
});

test("a state of 500 characters and a plain challenge are accepted", async () => {
  const client = new XClient(await start());
  const code = await client.code({
    state: "s".repeat(500),
    code_challenge: verifier,
    code_challenge_method: "plain",
  });
  expect((await client.exchange(code)).status).toBe(200);
});

test("a repeated parameter is refused", async () => {
  const client = new XClient(await start());
  const response = await fetch(`${client.authorizeUrl()}&client_id=sandbox-x-public`);
  expect(response.status).toBe(400);
});

test("a consent form is good once, and for a known person alone", async () => {
  const client = new XClient(await start());
  const request = requestIdIn(await (await client.authorize()).text());
  expect((await client.decide(request, "approve", "mallory")).status).toBe(400);
  expect((await client.decide(request, "approve", "acme")).status).toBe(302);
  expect((await client.decide(request, "approve", "acme")).status).toBe(400);
  expect((await client.decide("made-up", "approve", "acme")).status).toBe(400);
});

test("the consent page names the app, the person and every scope, and may not be framed or run script", async () => {
  const response = await new XClient(await start()).authorize();
  const page = await response.text();
  for (const text of ["sandbox-x-client", "Acme Bakery", "offline.access", "Post and repost"])
    expect(page).toContain(text);
  expect(page).not.toContain("<script");
  expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
});

test("what a request carries is escaped", async () => {
  const page = await (await new XClient(await start()).authorize({ client_id: '"><img src=x>' })).text();
  expect(page).not.toContain("<img");
  expect(page).toContain("&lt;img");
});

test("redirect URIs given at the start and apps registered later are known", async () => {
  const sandbox = await start({ registerRedirectUris: ["http://127.0.0.1:9999/cb"] });
  const client = new XClient(sandbox);
  expect((await client.authorize({ redirect_uri: "http://127.0.0.1:9999/cb" })).status).toBe(200);
  const app = { platform: "x", clientId: "mine", redirectUris: ["http://127.0.0.1:3000/"] };
  expect(await client.control("POST", "/apps", app)).toMatchObject({ clientId: "mine", clientSecret: null });
  expect((await client.authorize({ client_id: "mine", redirect_uri: "http://127.0.0.1:3000/" })).status).toBe(200);
  const clients = sandbox.clients.filter(({ platform }) => platform === "x").map(({ clientId }) => clientId);
  expect(clients).toEqual(["sandbox-x-client", "sandbox-x-public"]);
});
