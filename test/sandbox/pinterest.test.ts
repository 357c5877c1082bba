/** The sandbox's Pinterest is as strict as the real one. */
import { expect, it } from "vitest";
import { pinterest } from "../../src/platforms/pinterest.ts";
import { boardsOf } from "../../src/sandbox/pinterest/boards.ts";
import { ask, connected, control } from "../platforms/connected.ts";

const redirectUri = "http://localhost:8791/callback/pinterest";
const app = { clientId: "1400001", clientSecret: "sandbox-pinterest-secret", redirectUri };
const api = "https://api.pinterest.com/v5";
const [board] = boardsOf({ handle: "acme", name: "" });
const source = { source_type: "image_url", url: "https://media.example.com/a.jpg" };

it("gives tokens to who shows the secret by Basic, a new refresh token each time", async () => {
  const { sandbox, reply } = await connected(pinterest, app);
  const token = async (form: Record<string, string>, secret = app.clientSecret) => {
    const authorization = `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString("base64")}`;
    const url = `${sandbox.url}/api.pinterest.com/v5/oauth/token`;
    const answer = await fetch(url, { method: "POST", headers: { authorization }, body: new URLSearchParams(form) });
    return (await answer.json()) as Record<string, unknown>;
  };
  const refresh = { grant_type: "refresh_token", refresh_token: reply.refreshToken ?? "" };
  expect(await token(refresh, "wrong")).toMatchObject({ code: 2 });
  const second = await token(refresh);
  expect(second).toMatchObject({ response_type: "refresh_token", refresh_token_expires_in: 5_184_000 });
  expect(second["refresh_token"]).not.toBe(reply.refreshToken);
  expect(await token(refresh)).toMatchObject({ code: 283, message: expect.stringContaining("refresh token") });
  const spaces = new URLSearchParams({
    client_id: app.clientId,
    response_type: "code",
    state: "s",
    redirect_uri: redirectUri,
    scope: "pins:read pins:write",
  });
  const page = await fetch(`${sandbox.url}/www.pinterest.com/oauth/?${spaces}`, { redirect: "manual" });
  expect(new URL(page.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_scope");
});

it("refuses what is no pin", async () => {
  const made = await connected(pinterest, app);
  const pin = async (change: object) => {
    const body = JSON.stringify({ board_id: board?.id, media_source: source, ...change });
    const answer = await ask(made, `${api}/pins`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return [answer.status, ((await answer.json()) as { code?: number }).code];
  };
  expect(await pin({})).toEqual([201, undefined]);
  expect(await pin({ board_id: "1" })).toEqual([404, 40]);
  for (const change of [
    { board_section_id: "1" },
    { titel: "x" },
    { title: "x".repeat(101) },
    { alt_text: "x".repeat(501) },
    { media_source: undefined },
    { media_source: { source_type: "image_base64", content_type: "image/png", data: "AAAA" } },
    { media_source: { source_type: "multiple_image_urls", items: [source] } },
    { media_source: { source_type: "video_id", media_id: "1", cover_image_key_frame_time: 0 } },
  ]) {
    expect(await pin(change), JSON.stringify(change)).toEqual([400, 1]);
  }
});

it("counts, and looks at permissions", async () => {
  const made = await connected(pinterest, app, { scopes: ["user_accounts:read"] });
  expect((await ask(made, `${api}/boards`)).status).toBe(401);
  const me = () => ask(made, `${api}/user_account`);
  const left = async () => Number((await me()).headers.get("x-ratelimit-remaining"));
  for (let count = await left(); count > 0; count = await left());
  const refused = await me();
  expect([refused.status, refused.headers.get("x-ratelimit-remaining")]).toEqual([429, "0"]);
  await control(made.sandbox, "/clock", { advance: 61 });
  expect((await me()).status).toBe(200);
});
