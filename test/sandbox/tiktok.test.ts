/** The sandbox's TikTok is as strict as TikTok's pages are. */
import { describe, expect, it } from "vitest";
import { start } from "./start.ts";
import {
  challenge,
  directInfo,
  fileOf,
  filmOf,
  redirectUri,
  TikTokClient,
  type TikTokTokens,
} from "./tiktok-client.ts";

async function tiktok(clientKey?: string, people?: { handle: string; name: string; private?: boolean }[]) {
  const sandbox = await start(people ? { people } : {});
  return new TikTokClient(sandbox, clientKey ? { clientKey } : {});
}

const code = (answer: { body: { error: { code: string } } }) => answer.body.error.code;

describe("connecting", () => {
  it("wants client_key, commas and a challenge in hexadecimal", async () => {
    const client = await tiktok();
    const page = await fetch(client.authorizeUrl({ client_key: null, client_id: "sandbox-tiktok-client" }));
    expect(page.status).toBe(400);
    expect(await page.text()).toContain("client_key is missing");
    const base64url = Buffer.from(challenge, "hex").toString("base64url");
    expect((await client.consent({ code_challenge: base64url })).searchParams.get("error")).toBe("invalid_request");
    const spaced = await client.consent({ scope: "user.info.basic video.publish" });
    expect(spaced.searchParams.get("error")).toBe("invalid_scope");
    expect((await fetch(client.authorizeUrl().replace("/authorize/?", "/authorize?"))).status).toBe(404);
  });

  it("takes any port of a redirect URI that was registered with a star, and nothing else", async () => {
    const client = await tiktok();
    for (const uri of [
      "http://127.0.0.1:43210/callback",
      "http://localhost:43210/callback/",
      "http://[::1]:1/callback/",
    ]) {
      expect((await fetch(client.authorizeUrl({ redirect_uri: uri }))).status).toBe(400);
    }
    const back = await client.consent({ redirect_uri: "http://127.0.0.1:1/callback/" });
    expect(back.href).toMatch(/^http:\/\/127\.0\.0\.1:1\/callback\/\?/);
    const { searchParams } = await client.consent({ scope: "user.info.basic,video.upload" });
    expect(searchParams.get("scopes")).toBe("user.info.basic,video.upload");
    for (const [uri, taken] of [
      ["http://127.0.0.1:*/callback/", true],
      ["https://localhost:8080/", true],
      ["http://127.0.0.1/callback/", false],
      ["https://example.com/callback/", true],
      ["https://example.com/callback/?a=b", false],
      ["http://example.com/callback/", false],
    ] as const) {
      const app = { platform: "tiktok", clientId: "mine", clientSecret: "s", redirectUris: [uri] };
      const registered = client.control("POST", "/apps", app);
      await (taken ? registered : expect(registered).rejects.toThrow("TikTok does not take"));
    }
  });

  it("tells errors with status 200, and gives a new pair of tokens each time", async () => {
    const client = await tiktok();
    const wrong = await client.exchange("no-code");
    expect(wrong).toMatchObject({ status: 200, body: { error: "invalid_grant" } });
    expect(await client.token({ grant_type: "refresh_token", refresh_token: "x", client_secret: "no" })).toMatchObject({
      status: 200,
      body: { error: "invalid_client" },
    });
    const first = await client.connect();
    expect(first).toMatchObject({
      token_type: "Bearer",
      expires_in: 7200,
      refresh_expires_in: 15_552_000,
      scope: "user.info.basic,user.info.profile,video.publish,video.upload",
    });
    const second = (await client.refresh(first.refresh_token)).body;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await client.refresh(first.refresh_token)).body.error).toBe("invalid_grant");
  });

  it("proves the verifier", async () => {
    const client = await tiktok();
    const back = (await client.consent()).searchParams.get("code") ?? "";
    const wrong = await client.exchange(back, { code_verifier: "x".repeat(43) });
    expect(wrong.body).toMatchObject({ error: "invalid_request", error_description: /Code verifier/ });
    const again = (await client.consent()).searchParams.get("code") ?? "";
    expect((await client.exchange(again, { redirect_uri: redirectUri.slice(0, -1) })).body.error).toBe(
      "invalid_request",
    );
  });

  it("takes an app's access away", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    expect((await client.token({ token: tokens.access_token }, "/v2/oauth/revoke/")).body).toEqual({});
    expect(await client.get("/v2/user/info/?fields=open_id", tokens)).toMatchObject({ status: 401 });
    expect((await client.refresh(tokens.refresh_token)).body.error).toBe("invalid_grant");
  });
});

it("gives of a person what was allowed", async () => {
  const client = await tiktok();
  const all = await client.connect();
  const { body } = await client.get("/v2/user/info/?fields=open_id,display_name,username", all);
  expect(body.data.user).toEqual({ open_id: all.open_id, display_name: "Acme Bakery", username: "acme" });
  const basic = await client.connect({ scope: "user.info.basic" });
  const refused = await client.get("/v2/user/info/?fields=open_id,username", basic);
  expect([refused.status, code(refused)]).toEqual([401, "scope_not_authorized"]);
  expect(code(await client.get("/v2/user/info/?fields=open_id,age", all))).toBe("invalid_params");
  expect(code(await client.get("/v2/user/info/", all))).toBe("invalid_params");
});

describe("direct posts", () => {
  it("wants the account looked at before each", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    const body = { post_info: directInfo, source_info: fileOf(100) };
    expect(code(await client.post("video/init/", tokens, body))).toBe("privacy_level_option_mismatch");
    expect((await client.init(tokens, 100)).status).toBe(200);
    expect(code(await client.post("video/init/", tokens, body))).toBe("privacy_level_option_mismatch");
  });

  it("offers followers to private accounts alone, and everybody to others", async () => {
    const people = [
      { handle: "acme", name: "Acme", private: true },
      { handle: "globex", name: "Globex" },
    ];
    const client = await tiktok(undefined, people);
    const acme = await client.connect();
    const globex = await client.connect({ person: "globex" });
    const levels = async (tokens: TikTokTokens) =>
      (await client.post("creator_info/query/", tokens)).body.data.privacy_level_options;
    expect(await levels(acme)).toEqual(["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]);
    expect(await levels(globex)).toEqual(["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]);
    expect(code(await client.init(acme, 100))).toBe("privacy_level_option_mismatch");
  });

  it("lets apps that were not audited post privately to private accounts only", async () => {
    const people = [
      { handle: "acme", name: "Acme", private: true },
      { handle: "globex", name: "Globex" },
    ];
    const client = await tiktok("sandbox-tiktok-unaudited", people);
    const acme = await client.connect();
    const globex = await client.connect({ person: "globex" });
    const seen = async (tokens: TikTokTokens, privacy_level: string) =>
      code(await client.init(tokens, 100, { ...directInfo, privacy_level }));
    const refused = "unaudited_client_can_only_post_to_private_accounts";
    expect(await seen(globex, "SELF_ONLY")).toBe(refused);
    expect(await seen(acme, "FOLLOWER_OF_CREATOR")).toBe(refused);
    expect(await seen(acme, "SELF_ONLY")).toBe("ok");
  });

  it.each([
    ["a field that is none", { ...directInfo, visibility: "public" }],
    ["no privacy level", { title: "Bread" }],
    ["a text that is too long", { ...directInfo, title: "b".repeat(2201) }],
    ["a flag that is none", { ...directInfo, is_aigc: "yes" }],
    ["branded content that nobody sees", { title: "", privacy_level: "SELF_ONLY", brand_content_toggle: true }],
  ])("refuses %s", async (_what, info) => {
    const client = await tiktok();
    expect(code(await client.init(await client.connect(), 100, info))).toBe("invalid_params");
  });

  it("wants JSON that says its charset, and slashes at the end", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    const plain = await client.post("creator_info/query/", tokens, {}, "application/json");
    expect([plain.status, code(plain)]).toEqual([400, "invalid_params"]);
    const url = `${client.url}/open.tiktokapis.com/v2/post/publish/creator_info/query`;
    expect((await fetch(url, { method: "POST" })).status).toBe(404);
  });

  it("allows six a minute for a token, and fifteen a day for an account", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    for (let count = 0; count < 6; count += 1) expect((await client.init(tokens, 100)).status).toBe(200);
    expect(await client.init(tokens, 100)).toMatchObject({
      status: 429,
      body: { error: { code: "rate_limit_exceeded" } },
    });
    await client.advance(61);
    for (let count = 0; count < 6; count += 1) expect((await client.init(tokens, 100)).status).toBe(200);
    await client.advance(61);
    for (let count = 0; count < 3; count += 1) expect((await client.init(tokens, 100)).status).toBe(200);
    expect(code(await client.init(tokens, 100))).toBe("spam_risk_too_many_posts");
    const tomorrow = (await client.refresh(tokens.refresh_token)).body;
    await client.advance(86_400);
    expect(code(await client.init((await client.refresh(tomorrow.refresh_token)).body, 100))).toBe("ok");
  });
});

it("keeps five drafts a day", async () => {
  const client = await tiktok();
  const tokens = await client.connect();
  const draft = () => client.post("inbox/video/init/", tokens, { source_info: fileOf(100) });
  for (let count = 0; count < 5; count += 1) expect(code(await draft())).toBe("ok");
  expect(code(await draft())).toBe("spam_risk_too_many_pending_share");
  await client.advance(61);
  const more = await client.post("inbox/video/init/", tokens, { post_info: directInfo, source_info: fileOf(100) });
  expect(code(more)).toBe("invalid_params");
});

describe("chunks", () => {
  it.each([
    [3_145_728, 3_145_728, 1, "ok"],
    [50_000_123, 10_000_000, 5, "ok"],
    [64_000_001, 64_000_000, 1, "ok"],
    [150_000_000, 64_000_000, 2, "ok"],
    [4_294_967_296, 64_000_000, 67, "ok"],
    [150_000_000, 64_000_000, 3, "invalid_params"],
    [50_000_123, 10_000_000, 6, "invalid_params"],
    [50_000_123, 4_000_000, 12, "invalid_params"],
    [150_000_000, 75_000_000, 2, "invalid_params"],
    [3_145_728, 1_000_000, 3, "invalid_params"],
    [100, 200, 1, "invalid_params"],
    [4_294_967_297, 64_000_000, 67, "invalid_params"],
  ])("of %d bytes, %d each, are %d: %s", async (bytes, size, count, expected) => {
    const client = await tiktok();
    const tokens = await client.connect();
    await client.post("creator_info/query/", tokens);
    const body = { post_info: directInfo, source_info: fileOf(bytes, size, count) };
    expect(code(await client.post("video/init/", tokens, body))).toBe(expected);
  });

  it("come one after the other, whole, and until the URL expires", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    await client.post("creator_info/query/", tokens);
    const film = filmOf(12_000_001);
    const [first, second] = [film.slice(0, 6_000_000), film.slice(6_000_000)];
    const body = { post_info: directInfo, source_info: fileOf(film.length, 6_000_000, 2) };
    const { data } = (await client.post("video/init/", tokens, body)).body;
    const total = film.length;
    const put = (bytes: Uint8Array<ArrayBuffer>, range: string, type?: string) =>
      client.put(data.upload_url, bytes, range, type);
    expect(await put(second, `bytes 6000000-12000000/${total}`)).toEqual({ status: 416, range: null });
    expect(await put(first, `bytes 0-5999999/${total + 1}`)).toMatchObject({ status: 416 });
    expect(await put(first.slice(1), `bytes 0-5999999/${total}`)).toMatchObject({ status: 400 });
    expect(await put(first, "0-5999999")).toMatchObject({ status: 400 });
    expect(await put(first, `bytes 0-5999999/${total}`, "image/png")).toMatchObject({ status: 400 });
    expect(await put(first, `bytes 0-5999999/${total}`)).toEqual({ status: 206, range: `bytes 0-5999999/${total}` });
    expect(await put(first, `bytes 0-5999999/${total}`)).toEqual({ status: 416, range: `bytes 0-5999999/${total}` });
    expect((await client.status(tokens, data.publish_id)).body.data).toMatchObject({
      status: "PROCESSING_UPLOAD",
      uploaded_bytes: 6_000_000,
    });
    const changed = (name: string) => {
      const url = new URL(data.upload_url);
      url.searchParams.set(name, "1");
      return client.put(url.href, second, `bytes 6000000-12000000/${total}`);
    };
    expect(await changed("upload_id")).toMatchObject({ status: 404 });
    expect(await changed("upload_token")).toMatchObject({ status: 403 });
    await client.advance(3601);
    expect(await put(second, `bytes 6000000-12000000/${total}`)).toMatchObject({ status: 403 });
  });

  it("make a post that is out soon and has a number of 64 bits a little later", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    const { publish_id, upload_url } = (await client.init(tokens, 100)).body.data;
    expect(await client.put(upload_url, filmOf(100), "bytes 0-99/100")).toMatchObject({ status: 201 });
    const status = async () => (await client.status(tokens, publish_id)).body.data.status;
    expect(await status()).toBe("PROCESSING_UPLOAD");
    await client.advance(2);
    const out = await client.status(tokens, publish_id);
    expect(out.text).toContain('"status":"PUBLISH_COMPLETE"');
    expect(out.text).toContain('"publicaly_available_post_id":[]');
    await client.advance(3);
    const { text } = await client.status(tokens, publish_id);
    const [, id] = /"publicaly_available_post_id":\[(\d{19})\]/.exec(text) ?? [];
    expect(await client.timeline()).toMatchObject([{ platform: "tiktok", id, text: "Bread" }]);
    const page = await fetch(`${client.url}/www.tiktok.com/@acme/video/${id}`);
    expect(await page.text()).toContain("Bread");
  });

  it("that are no video come to nothing", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    const { publish_id, upload_url } = (await client.init(tokens, 100)).body.data;
    expect(await client.put(upload_url, new Uint8Array(100), "bytes 0-99/100")).toMatchObject({ status: 201 });
    await client.advance(2);
    expect((await client.status(tokens, publish_id)).body.data).toMatchObject({
      status: "FAILED",
      fail_reason: "file_format_check_failed",
    });
    expect(await client.timeline()).toEqual([]);
  });
});

describe("pictures", () => {
  const request = (photo_images: string[], more: object = {}) => ({
    media_type: "PHOTO",
    post_mode: "DIRECT_POST",
    post_info: { title: "Rye", description: "Three days", privacy_level: "PUBLIC_TO_EVERYONE" },
    source_info: { source: "PULL_FROM_URL", photo_cover_index: 0, photo_images },
    ...more,
  });
  const owned = "https://media.example.com/rye.jpg";

  it.each([
    ["addresses of others", request(["https://elsewhere.example/rye.jpg"]), "url_ownership_unverified"],
    ["http", request(["http://media.example.com/rye.jpg"]), "invalid_params"],
    ["none", request([]), "invalid_params"],
    ["thirty-six", request(Array.from({ length: 36 }, () => owned)), "invalid_params"],
    ["another kind", request([owned], { media_type: "VIDEO" }), "invalid_params"],
  ])("refuses %s", async (_what, body, expected) => {
    const client = await tiktok();
    const tokens = await client.connect();
    await client.post("creator_info/query/", tokens);
    expect(code(await client.post("content/init/", tokens, body))).toBe(expected);
  });

  it("are posted by their addresses", async () => {
    const client = await tiktok();
    const tokens = await client.connect();
    await client.post("creator_info/query/", tokens);
    const { body } = await client.post("content/init/", tokens, request([owned]));
    expect((await client.status(tokens, body.data.publish_id)).body.data.status).toBe("PROCESSING_DOWNLOAD");
    await client.advance(2);
    expect((await client.status(tokens, body.data.publish_id)).body.data.status).toBe("PUBLISH_COMPLETE");
    expect(await client.timeline()).toMatchObject([{ title: "Rye", media: [{ fetchedFrom: owned }] }]);
  });
});

it("tells of an upload to whom it belongs", async () => {
  const client = await tiktok();
  const acme = await client.connect();
  const { publish_id } = (await client.init(acme, 100)).body.data;
  const globex = await client.connect({ person: "globex" });
  expect(code(await client.status(globex, publish_id))).toBe("token_not_authorized_for_specified_publish_id");
  expect(code(await client.status(acme, "v_pub_file~v2.1"))).toBe("invalid_publish_id");
});
