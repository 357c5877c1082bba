/** The strictness of the sandbox's Twitch, and what its words mean here. */
import { describe, expect, it } from "vitest";
import { readReply } from "../../src/platforms/twitch/reply.ts";
import { channelId } from "../../src/sandbox/twitch/people.ts";
import { start } from "./start.ts";

const me = channelId({ handle: "acme" });
const scopes = "moderator:manage:announcements user:write:chat";
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

async function twitch(clientId = "sandbox-twitch-public") {
  const { url } = await start();
  const post = async (path: string, form: Record<string, string>) => {
    const answer = await fetch(`${url}/id.twitch.tv${path}`, { method: "POST", body: new URLSearchParams(form) });
    const body = (await answer.json().catch(() => ({}))) as Record<string, never>;
    return { status: answer.status, body, said: `${answer.status} ${body["message"] ?? ""}`.trim() };
  };
  const advance = (seconds: number) =>
    fetch(`${url}/_sandbox/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advance: seconds }),
    });
  const device = async () =>
    (await post("/oauth2/device", { client_id: clientId, scopes })).body as Record<string, string>;
  const poll = (device_code: string, more: Record<string, string> = {}) =>
    post("/oauth2/token", { client_id: clientId, scopes, device_code, grant_type: deviceGrant, ...more });
  const decide = async (userCode: string, decision: "approve" | "deny") => {
    const page = await (await fetch(`${url}/www.twitch.tv/activate?device-code=${userCode}`)).text();
    const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const body = new URLSearchParams({ request, person: "acme", decision });
    await fetch(`${url}/www.twitch.tv/activate`, { method: "POST", body });
  };
  const connect = async (): Promise<Record<string, string>> => {
    const { device_code = "", user_code = "" } = await device();
    await decide(user_code, "approve");
    return (await poll(device_code)).body;
  };
  const helix = async (
    method: string,
    path: string,
    token: string,
    json?: object,
    headers: Record<string, string> = {},
  ) => {
    const all = {
      authorization: `Bearer ${token}`,
      "client-id": clientId,
      "content-type": "application/json",
      ...headers,
    };
    const answer = await fetch(`${url}/api.twitch.tv/helix${path}`, {
      method,
      headers: all,
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    const body = (await answer.json().catch(() => ({}))) as Record<string, never>;
    return { status: answer.status, body, said: `${answer.status} ${body["message"] ?? ""}`.trim() };
  };
  return { url, post, advance, device, poll, decide, connect, helix };
}

it("has a device flow by names of its own", async () => {
  const { post, device, poll, decide, advance } = await twitch();
  expect((await post("/oauth2/device", { client_id: "sandbox-twitch-public", scope: scopes })).said).toBe(
    "400 missing scopes",
  );
  expect((await post("/oauth2/device", { client_id: "nobody", scopes })).said).toBe("400 invalid client");
  const { device_code = "", user_code = "" } = await device();
  await advance(5);
  expect((await poll(device_code)).said).toBe("400 authorization_pending");
  expect((await poll(device_code)).said).toBe("400 slow_down");
  await advance(5);
  expect((await poll(device_code, { scopes: "" })).said).toBe("400 missing scopes");
  await decide(user_code, "approve");
  const { body } = await poll(device_code);
  expect(body).toMatchObject({ scope: scopes.split(" "), token_type: "bearer", refresh_token: expect.any(String) });
  expect((await poll(device_code)).said).toBe("400 invalid device code");
  const late = await device();
  await advance(1801);
  expect((await poll(late["device_code"] ?? "")).said).toBe("400 invalid device code");
});

it("takes a refresh token of an app without a secret once, for 30 days", async () => {
  const { post, connect, advance } = await twitch();
  const refresh = (refresh_token = "") =>
    post("/oauth2/token", { client_id: "sandbox-twitch-public", grant_type: "refresh_token", refresh_token });
  const first = await connect();
  const second = await refresh(first["refresh_token"]);
  expect(second.status).toBe(200);
  expect(second.body["refresh_token"]).not.toBe(first["refresh_token"]);
  expect((await refresh(first["refresh_token"])).said).toBe("400 Invalid refresh token");
  const other = await connect();
  await advance(30 * 86_400 + 1);
  expect((await refresh(other["refresh_token"])).said).toBe("400 Invalid refresh token");
  const code = { client_id: "sandbox-twitch-public", grant_type: "authorization_code", code: "x", redirect_uri: "y" };
  expect((await post("/oauth2/token", code)).said).toBe("400 missing client secret");
  const wrong = { ...code, client_id: "sandbox-twitch-client", client_secret: "wrong" };
  expect((await post("/oauth2/token", wrong)).said).toBe("403 invalid client secret");
});

it("wants the app's name with every call, and cuts what is too long", async () => {
  const { url, connect, helix, post, advance } = await twitch();
  const { access_token: token = "" } = await connect();
  const announce = `/chat/announcements?broadcaster_id=${me}&moderator_id=${me}`;
  expect((await helix("GET", "/users", token)).body).toMatchObject({ data: [{ id: me, login: "acme" }] });
  expect((await helix("GET", "/users", token, undefined, { "client-id": "" })).said).toBe("401 Client ID is missing");
  expect((await helix("GET", "/users", token, undefined, { "client-id": "sandbox-twitch-client" })).said).toContain(
    "do not match",
  );
  expect((await helix("GET", "/users", "other")).said).toBe("401 Invalid OAuth token");
  expect((await helix("POST", announce, token, { message: "x".repeat(600) })).status).toBe(204);
  const { posts } = (await (await fetch(`${url}/timeline.json`)).json()) as { posts: { text: string }[] };
  expect(posts[0]?.text).toHaveLength(500);
  expect((await helix("POST", announce, token, { message: "again" })).status).toBe(429);
  await advance(2);
  expect((await helix("POST", announce, token, { message: "a", color: "red" })).said).toContain("400 The color");
  expect((await helix("POST", "/chat/announcements", token, { message: "a" })).said).toContain('"broadcaster_id"');
  expect(
    (await helix("POST", announce.replace(/moderator_id=\d+/, "moderator_id=1"), token, { message: "a" })).said,
  ).toContain("must match");
  const chat = { broadcaster_id: me, sender_id: me, message: "x".repeat(501) };
  expect((await helix("POST", "/chat/messages", token, chat)).status).toBe(422);
  expect((await helix("PATCH", `/channels?broadcaster_id=${me}`, token, { title: "A" })).said).toBe(
    "401 Missing scope: channel:manage:broadcast",
  );
  const validate = () => fetch(`${url}/id.twitch.tv/oauth2/validate`, { headers: { authorization: `OAuth ${token}` } });
  expect(await (await validate()).json()).toMatchObject({ login: "acme", scopes: scopes.split(" "), user_id: me });
  const revoke = () => post("/oauth2/revoke", { client_id: "sandbox-twitch-public", token });
  expect((await revoke()).status).toBe(200);
  expect((await revoke()).said).toBe("400 Invalid token");
  expect((await validate()).status).toBe(401);
});

describe("what Twitch says, in the words of the RFCs", () => {
  it.each([
    ["authorization_pending", "authorization_pending"],
    ["slow_down", "slow_down"],
    ["invalid device code", "expired_token"],
    ["Invalid refresh token", "invalid_grant"],
    ["Invalid authorization code", "invalid_grant"],
    ["Parameter redirect_uri does not match registered URI", "invalid_grant"],
    ["invalid client secret", "invalid_client"],
    ["invalid client", "invalid_client"],
    ["Invalid token", "invalid_token"],
    ["something else", "invalid_request"],
  ])("%s: %s", (message, error) => {
    expect(readReply({ status: 400, message })).toEqual({ error, error_description: message });
  });

  it("tokens with a list of scopes", () => {
    expect(readReply({ access_token: "a", scope: ["x", "y"] })).toEqual({ access_token: "a", scope: "x y" });
    for (const other of [null, "text", { access_token: "a" }]) expect(readReply(other)).toEqual(other);
  });
});
