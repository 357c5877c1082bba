/** The sandbox's Reddit is as strict as the real one. */
import { expect, it } from "vitest";
import { reddit } from "../../src/platforms/reddit.ts";
import { ask, connected, control } from "../platforms/connected.ts";

const redirectUri = "http://127.0.0.1:8791/callback/reddit";
const app = { clientId: "sandbox-reddit_installed-app", clientSecret: null, redirectUri };
const agent = { "user-agent": "cli:test:v1 (by /u/acme)" };
const api = "https://oauth.reddit.com";

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

it("authorizes on its own terms", async () => {
  const { sandbox, reply } = await connected(reddit, app);
  const authorize = (changes: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      client_id: app.clientId,
      response_type: "code",
      state: "s",
      redirect_uri: redirectUri,
      scope: "identity",
      duration: "permanent",
      ...changes,
    });
    return fetch(`${sandbox.url}/www.reddit.com/api/v1/authorize?${query}`, { redirect: "manual" });
  };
  const port = redirectUri.replace("8791", "8792");
  const asked = [
    authorize(),
    authorize({ redirect_uri: port }),
    authorize({ state: "" }),
    authorize({ scope: "nothing" }),
  ];
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 400, 400, 400]);
  const token = (pair: string, form: Record<string, string>, path = "access_token") =>
    fetch(`${sandbox.url}/www.reddit.com/api/v1/${path}`, {
      method: "POST",
      headers: { authorization: basic(pair) },
      body: new URLSearchParams(form),
    });
  const refresh = { grant_type: "refresh_token", refresh_token: reply.refreshToken ?? "" };
  const again = await (await token(`${app.clientId}:`, refresh)).json();
  expect(again).toMatchObject({ expires_in: 86_400, refresh_token: reply.refreshToken });
  // Nothing is decoded, and nobody has a password.
  expect((await token(`${app.clientId.replace("_", "%5F")}:`, refresh)).status).toBe(401);
  expect((await token(`${app.clientId}:x`, refresh)).status).toBe(401);
  const code = await token(`${app.clientId}:`, {
    grant_type: "authorization_code",
    code: "x",
    redirect_uri: redirectUri,
  });
  expect([code.status, await code.json()]).toEqual([200, { error: "invalid_grant" }]);
  expect((await token(`${app.clientId}:`, { ...refresh, refresh_token: "x" })).status).toBe(400);
  expect((await token(`${app.clientId}:`, { token: reply.refreshToken ?? "" }, "revoke_token")).status).toBe(204);
});

it("answers who names himself, and counts", async () => {
  const made = await connected(reddit, app, { scopes: ["identity"] });
  const me = (headers: Record<string, string>) => ask(made, `${api}/api/v1/me`, { headers });
  expect((await me({ "user-agent": "node" })).status).toBe(403);
  const first = await me(agent);
  const second = await me(agent);
  expect(first.headers.get("x-ratelimit-remaining")).toMatch(/^\d+\.0$/);
  expect(Number(first.headers.get("x-ratelimit-remaining")) - Number(second.headers.get("x-ratelimit-remaining"))).toBe(
    1,
  );
  expect((await ask(made, `${api}/r/sandbox/about`, { headers: agent })).status).toBe(403);
  await control(made.sandbox, "/clock", { advance: 86_401 });
  expect((await me(agent)).status).toBe(401);
});

it("refuses what no post is, with status 200", async () => {
  const made = await connected(reddit, app);
  const post = async (form: Record<string, string>, path = "submit") => {
    const body = new URLSearchParams({ api_type: "json", ...form });
    const answer = await ask(made, `${api}/api/${path}`, { method: "POST", headers: agent, body });
    const { json } = (await answer.json()) as { json: { errors: string[][] } };
    return [answer.status, json.errors[0]?.[0] ?? null];
  };
  const good = { sr: "sandbox", kind: "self", title: "Hello" };
  expect(await post(good)).toEqual([200, null]);
  for (const [change, code] of [
    [{ sr: "" }, "SUBREDDIT_REQUIRED"],
    [{ sr: "nowhere" }, "SUBREDDIT_NOEXIST"],
    [{ sr: "privateclub" }, "SUBREDDIT_NOTALLOWED"],
    [{ sr: "u_globex" }, "SUBREDDIT_NOTALLOWED"],
    [{ sr: "breadbakers" }, "SUBMIT_VALIDATION_FLAIR_REQUIRED"],
    [{ title: "" }, "NO_TEXT"],
    [{ title: "x".repeat(301) }, "TOO_LONG"],
    [{ kind: "link" }, "NO_URL"],
    [{ kind: "link", url: "javascript:x" }, "BAD_URL"],
    [{ kind: "image", url: "https://example.com/a.png" }, "IMAGE_ERROR"],
    [{ flair_id: "x" }, "BAD_FLAIR_TEMPLATE_ID"],
  ] as const) {
    expect(await post({ ...good, ...change })).toEqual([200, code]);
  }
  expect(await post({ thing_id: "t3_zzz", text: "x" }, "comment")).toEqual([200, "DELETED_LINK"]);
});

it("takes a file with every field of its lease, the file last", async () => {
  const made = await connected(reddit, app);
  const body = new URLSearchParams({ filepath: "a.png", mimetype: "image/png" });
  const lease = await ask(made, `${api}/api/media/asset.json`, { method: "POST", headers: agent, body });
  const { args } = (await lease.json()) as { args: { action: string; fields: { name: string; value: string }[] } };
  const upload = async (change: (form: FormData) => void, headers: Record<string, string> = {}) => {
    const form = new FormData();
    for (const { name, value } of args.fields) form.set(name, value);
    form.set("file", new File(["x"], "a.png"));
    change(form);
    const answer = await fetch(`${made.sandbox.url}/${args.action.slice(2)}/`, { method: "POST", headers, body: form });
    return answer.status;
  };
  expect(await upload((form) => form.set("policy", "mine"))).toBe(403);
  expect(await upload((form) => form.append("later", "x"))).toBe(400);
  expect(await upload(() => {}, { authorization: `Bearer ${made.reply.accessToken}` })).toBe(400);
  expect(await upload(() => {})).toBe(201);
});
