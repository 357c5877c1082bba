import { describe, expect, it } from "vitest";
import { type Answer, apps, LinkedInClient, redirectUri, textPost, timelineOf, versioned } from "./linkedin-client.ts";
import { start } from "./start.ts";

async function linkedin() {
  const client = new LinkedInClient(await start());
  const { access_token: token } = await client.connect("member");
  const { sub } = (await (await client.call("GET", "/v2/userinfo", token)).json()) as { sub: string };
  return { client, token, author: `urn:li:person:${sub}` };
}

async function pages() {
  const client = new LinkedInClient(await start());
  const { access_token: token } = await client.connect("pages");
  const path = "/rest/organizationAcls?q=roleAssignee&state=APPROVED";
  const { elements } = (await (await client.call("GET", path, token)).json()) as Answer;
  return { client, token, elements, author: elements[0]?.organization ?? "" };
}

const read = async (answer: Promise<Response>) => (await (await answer).json()) as Answer;

describe("the authorization server", () => {
  it("knows no PKCE, and gives an app the scopes of its products alone", async () => {
    const { client } = await linkedin();
    const location = async (changes: Record<string, string>) =>
      new URL((await client.authorize("member", changes)).headers.get("location") ?? "").searchParams.get("error");
    expect(await location({ scope: apps.pages.scope })).toBe("unauthorized_scope_error");
    expect(await location({ code_challenge: "a".repeat(43), code_challenge_method: "S256" })).toBe("invalid_request");
  });

  it("answers with commas, without a type, with a refresh token for approved apps alone", async () => {
    const client = new LinkedInClient(await start());
    const member = await client.connect("member");
    expect(member).toMatchObject({ expires_in: 5_184_000, scope: "openid,profile,email,w_member_social" });
    expect(Object.keys(member).sort()).toEqual(["access_token", "expires_in", "id_token", "scope"]);
    expect(await client.connect("pages")).toMatchObject({ refresh_token_expires_in: 31_536_000 });
  });

  it("refreshes with the same refresh token again and again, whose end stays where it was", async () => {
    const client = new LinkedInClient(await start());
    const first = await client.connect("pages");
    await client.control("POST", "/clock", { advance: 86_400 });
    const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token };
    const second = await read(client.form("accessToken", "pages", refresh));
    expect(second).toMatchObject({ refresh_token: first.refresh_token, refresh_token_expires_in: 31_449_600 });
    expect(second.access_token).not.toBe(first.access_token);
    await client.control("POST", "/clock", { advance: 31_449_600 });
    expect(await read(client.form("accessToken", "pages", refresh))).toMatchObject({ error: "invalid_grant" });
  });

  it("wants the secret in the body, and a code once", async () => {
    const client = new LinkedInClient(await start());
    const code = await client.code("member");
    const fields = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
    expect((await client.form("accessToken", "member", { ...fields, client_secret: "wrong" })).status).toBe(401);
    expect((await client.form("accessToken", "member", fields)).status).toBe(200);
    expect(await read(client.form("accessToken", "member", fields))).toMatchObject({ error: "invalid_request" });
  });

  it("tells of a token what it is, was or never was", async () => {
    const { client, token } = await linkedin();
    const look = (value: string) => read(client.form("introspectToken", "member", { token: value }));
    expect(await look(token)).toMatchObject({ active: true, status: "active", auth_type: "3L" });
    expect(await look("nobody's")).toEqual({ active: false });
    await client.control("POST", "/revoke", { platform: "linkedin" });
    expect(await look(token)).toMatchObject({ active: false, status: "revoked" });
    expect((await client.form("introspectToken", "member", { token, client_secret: "wrong" })).status).toBe(401);
  });
});

describe("every call below /rest", () => {
  it.each([
    ["no version", { "x-restli-protocol-version": "2.0.0" }, 400, "VERSION_MISSING"],
    ["a version that has ended", { ...versioned, "linkedin-version": "202511" }, 426, "NONEXISTENT_VERSION"],
    ["a version that never was", { ...versioned, "linkedin-version": "202512" }, 426, "NONEXISTENT_VERSION"],
    ["no protocol", { "linkedin-version": "202607" }, 400, "ILLEGAL_ARGUMENT"],
  ])("with %s is refused", async (_what, headers, status, code) => {
    const { client, token, author } = await linkedin();
    const json = textPost(author, "Hi");
    expect(await read(client.call("POST", "/rest/posts", token, { json, headers }))).toMatchObject({ status, code });
  });

  it("is refused from the day on which its version ends, by the sandbox's clock", async () => {
    const { client } = await linkedin();
    const untilEnd = (Date.parse("2027-07-15") - Date.now()) / 1000;
    await client.control("POST", "/clock", { advance: untilEnd - 60 });
    const { access_token: token } = await client.connect("pages");
    const path = "/rest/organizationAcls?q=roleAssignee";
    expect((await client.call("GET", path, token)).status).toBe(200);
    await client.control("POST", "/clock", { advance: 60 });
    expect((await client.call("GET", path, token)).status).toBe(426);
  });

  it("tells what is wrong with a token", async () => {
    const { client, token, author } = await linkedin();
    const json = textPost(author, "Hi");
    const code = async (value: string | null) =>
      (await read(client.call("POST", "/rest/posts", value, { json }))).serviceErrorCode;
    expect(await code(null)).toBe(65604);
    expect(await code("nobody's")).toBe(65600);
    await client.control("POST", "/clock", { advance: 5_184_000 });
    expect(await code(token)).toBe(65602);
    const fresh = await client.connect("member");
    await client.control("POST", "/revoke", { platform: "linkedin" });
    expect(await code(fresh.access_token)).toBe(65601);
  });
});

describe("posts", () => {
  it("end at the first bare reserved character, without a word", async () => {
    const { client, token, author } = await linkedin();
    await client.call("POST", "/rest/posts", token, { json: textPost(author, "Fresh bread (rye) now") });
    await client.call("POST", "/rest/posts", token, { json: textPost(author, String.raw`Fresh \(rye\) #bread`) });
    expect(await timelineOf(client)).toMatchObject([{ text: "Fresh (rye) #bread" }, { text: "Fresh bread" }]);
  });

  it.each([
    ["without what it needs", { commentary: undefined }, /commentary :: field is required/],
    ["with what it does not know", { comentary: "x" }, /comentary :: unrecognized field/],
    ["with a visibility of its own", { visibility: "EVERYBODY" }, /not an enum symbol/],
    ["with one picture of many", { content: { multiImage: { images: [{ id: "urn:li:image:a" }] } } }, /size 1/],
    ["with two kinds of content", { content: { media: { id: "urn:li:image:a" }, poll: {} } }, /poll/],
    ["of nothing", { commentary: "" }, /neither text nor content/],
    ["that is too long", { commentary: "a".repeat(3001) }, /3001/],
    ["with a picture that is not there", { content: { media: { id: "urn:li:image:a" } } }, /does not exist/],
  ])("%s are refused", async (_what, change, message) => {
    const { client, token, author } = await linkedin();
    const answer = await client.call("POST", "/rest/posts", token, { json: textPost(author, "Hi", change) });
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as Answer).message).toMatch(message);
  });

  it("are refused twice, and still after the first was deleted; not after two days", async () => {
    const { client, token, author } = await linkedin();
    const post = () => client.call("POST", "/rest/posts", token, { json: textPost(author, "Again") });
    const urn = (await post()).headers.get("x-restli-id") ?? "";
    const refusal = (await (await post()).json()) as Answer;
    expect(refusal.message).toContain(`Content is a duplicate of ${urn}`);
    const path = `/rest/posts/${encodeURIComponent(urn)}`;
    expect((await client.call("DELETE", path, token)).status).toBe(204);
    expect((await client.call("DELETE", path, token)).status).toBe(204);
    expect((await post()).status).toBe(422);
    await client.control("POST", "/clock", { advance: 172_800 });
    expect((await post()).status).toBe(201);
  });

  it("are named in paths with their colons encoded", async () => {
    const { client, token } = await linkedin();
    expect((await client.call("DELETE", "/rest/posts/urn:li:share:1", token)).status).toBe(400);
    expect((await client.call("DELETE", "/rest/posts/urn%3Ali%3Ashare%3A1", token)).status).toBe(404);
  });

  it("of another app's id of the same member, or of somebody else, are refused", async () => {
    const { client, token } = await linkedin();
    const other = await client.connect("member", { person: "globex" });
    const { sub } = (await (await client.call("GET", "/v2/userinfo", other.access_token)).json()) as { sub: string };
    const json = textPost(`urn:li:person:${sub}`, "Hi");
    expect(await read(client.call("POST", "/rest/posts", token, { json }))).toMatchObject({ code: "ACCESS_DENIED" });
    const { access_token: pagesToken } = await client.connect("pages", { person: "globex" });
    expect((await client.call("POST", "/rest/posts", pagesToken, { json })).status).toBe(403);
  });

  it("of a member cannot be read; of an organization they can, hashtags as templates", async () => {
    const member = await linkedin();
    const list = (author: string) => `/rest/posts?q=author&author=${encodeURIComponent(author)}`;
    expect((await member.client.call("GET", list(member.author), member.token)).status).toBe(403);
    const { client, token, author } = await pages();
    await client.call("POST", "/rest/posts", token, { json: textPost(author, "Fresh #bread") });
    const { elements } = await read(client.call("GET", list(author), token));
    expect(elements.map(({ commentary }) => commentary)).toEqual(["Fresh {hashtag|\\#|bread}"]);
  });

  it("are for organizations that the member may post for", async () => {
    const { client, token, elements } = await pages();
    const status = async (role: string) => {
      const author = elements.find((acl) => acl.role === role)?.organization ?? "";
      return (await client.call("POST", "/rest/posts", token, { json: textPost(author, `As ${role}`) })).status;
    };
    expect([await status("ADMINISTRATOR"), await status("CONTENT_ADMINISTRATOR"), await status("ANALYST")]).toEqual([
      201, 201, 403,
    ]);
  });
});

describe("uploads", () => {
  const initialize = async (owner: string, client: LinkedInClient, token: string, fileSizeBytes: number) => {
    const json = { initializeUploadRequest: { owner, fileSizeBytes, uploadCaptions: false, uploadThumbnail: false } };
    return (await read(client.call("POST", "/rest/videos?action=initializeUpload", token, { json }))).value;
  };

  const put = (client: LinkedInClient, url: string, bytes: Buffer, type = "application/octet-stream") => {
    const { host, pathname, search } = new URL(url);
    const body = new Uint8Array(bytes);
    return fetch(`${client.url}/${host}${pathname}${search}`, {
      method: "PUT",
      headers: { "content-type": type },
      body,
    });
  };

  it("of videos are cut into 4,194,304 bytes, each with an address and an ETag, and are whole or nothing", async () => {
    const { client, token, author } = await linkedin();
    const value = await initialize(author, client, token, 5_000_000);
    const { video, uploadToken, uploadInstructions } = value;
    expect(uploadInstructions).toMatchObject([
      { firstByte: 0, lastByte: 4_194_303 },
      { firstByte: 4_194_304, lastByte: 4_999_999 },
    ]);
    const [one, two] = uploadInstructions.map(({ uploadUrl }) => uploadUrl);
    expect((await put(client, two ?? "", Buffer.alloc(4_194_304))).status).toBe(413);
    expect((await put(client, two ?? "", Buffer.alloc(100))).status).toBe(400);
    expect((await put(client, one ?? "", Buffer.alloc(4_194_304), "video/mp4")).status).toBe(415);
    expect((await put(client, `${one}x`, Buffer.alloc(4_194_304))).status).toBe(404);
    const etags = [
      (await put(client, one ?? "", Buffer.alloc(4_194_304))).headers.get("etag"),
      (await put(client, two ?? "", Buffer.alloc(805_696, 1))).headers.get("etag"),
    ];
    const finalize = (uploadedPartIds: unknown) =>
      client.call("POST", "/rest/videos?action=finalizeUpload", token, {
        json: { finalizeUploadRequest: { video, uploadToken, uploadedPartIds } },
      });
    expect((await finalize(etags.toReversed())).status).toBe(400);
    expect((await finalize(etags.slice(0, 1))).status).toBe(400);
    expect((await finalize(etags)).status).toBe(200);
    expect((await finalize(etags)).status).toBe(400);
    const state = async () =>
      (await read(client.call("GET", `/rest/videos/${encodeURIComponent(video)}`, token)))["status"];
    expect(await state()).toBe("PROCESSING");
    await client.control("POST", "/clock", { advance: 5 });
    // What came is no film.
    expect(await state()).toBe("PROCESSING_FAILED");
  });

  it("that are too small or too large are refused before they begin", async () => {
    const { client, token, author } = await linkedin();
    for (const fileSizeBytes of [74_999, 500_000_001]) {
      const json = { initializeUploadRequest: { owner: author, fileSizeBytes } };
      const path = "/rest/videos?action=initializeUpload";
      expect((await client.call("POST", path, token, { json })).status).toBe(422);
    }
  });

  it("of pictures want the token, and cannot be asked after by members", async () => {
    const { client, token, author } = await linkedin();
    const json = { initializeUploadRequest: { owner: author } };
    const { value } = await read(client.call("POST", "/rest/images?action=initializeUpload", token, { json }));
    expect((await put(client, value.uploadUrl, Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "image/png")).status).toBe(
      401,
    );
    expect((await client.call("GET", `/rest/images/${encodeURIComponent(value.image)}`, token)).status).toBe(403);
  });
});

it("a day has 150 requests a member, and begins at 00:00 UTC", async () => {
  const { client, token } = await linkedin();
  const ask = async () => (await client.call("GET", "/v2/userinfo", token)).status;
  for (let count = 1; count < 150; count += 1) await ask();
  const refused = await client.call("GET", "/v2/userinfo", token);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, null]);
  const untilMidnight = 86_400 - ((Date.now() / 1000) % 86_400);
  await client.control("POST", "/clock", { advance: untilMidnight + 1 });
  expect(await ask()).toBe(200);
});
