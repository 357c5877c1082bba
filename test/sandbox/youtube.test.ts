/** The sandbox's YouTube by itself: as strict as Google's pages say. */
import { describe, expect, test } from "vitest";
import { days } from "../../src/domain/time.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { start } from "./start.ts";
import { type GoogleTokens, scopeOf, YouTubeClient } from "./youtube-client.ts";

const granule = 256 * 1024;

async function connected(options: Partial<SandboxOptions> = {}, clientId = "sandbox-google-client") {
  const client = new YouTubeClient(await start(options), { clientId });
  return { client, tokens: await client.connect() };
}

const bytes = (count: number, head = "\0\0\0\x18ftypmp42") => {
  const content = new Uint8Array(count);
  content.set(Buffer.from(head, "latin1").subarray(0, count));
  return content;
};

const video = (changes: { snippet?: unknown; status?: unknown } = {}) =>
  JSON.stringify({
    snippet: { title: "A film", description: "", categoryId: "22", ...(changes.snippet as object) },
    status: { privacyStatus: "private", selfDeclaredMadeForKids: false, ...(changes.status as object) },
  });

const insertPath = "/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status";

function insert(
  client: YouTubeClient,
  tokens: GoogleTokens,
  body = video(),
  size = 2 * granule + 5,
  path = insertPath,
) {
  return client.call(tokens, "POST", path, {
    headers: {
      "content-type": "application/json; charset=UTF-8",
      "x-upload-content-type": "video/mp4",
      "x-upload-content-length": String(size),
    },
    body,
  });
}

async function session(client: YouTubeClient, tokens: GoogleTokens, body = video(), size = 2 * granule + 5) {
  const location = new URL((await insert(client, tokens, body, size)).headers.get("location") ?? "");
  const path = location.pathname + location.search;
  return (range: string, content?: Uint8Array<ArrayBuffer>) =>
    client.call(tokens, "PUT", path, { headers: { "content-range": range }, ...(content ? { body: content } : {}) });
}

const told = async (answer: Response) => {
  const { error } = (await answer.json()) as { error: { code: number; errors: { reason: string }[] } };
  return `${answer.status} ${error.errors[0]?.reason}`;
};

async function uploaded(client: YouTubeClient, tokens: GoogleTokens, body = video(), head?: string): Promise<string> {
  const put = await session(client, tokens, body, 100);
  const answer = await put("bytes 0-99/100", bytes(100, head));
  return ((await answer.json()) as { id: string }).id;
}

const watched = async (client: YouTubeClient, id: string) =>
  (await fetch(`${client.url}/www.youtube.com/watch?v=${id}`)).status;

describe("Google's sign-in", () => {
  test.each([
    ["http://127.0.0.1:1024/", true],
    ["http://localhost:5000/any/path", true],
    ["http://[::1]:5000/callback/youtube", true],
    ["http://192.168.1.1:5000/", false],
    ["https://127.0.0.1:5000/", false],
    ["http://127.0.0.1.example.com/", false],
    ["urn:ietf:wg:oauth:2.0:oob", false],
  ])("redirects a Desktop client to %s: %s", async (redirect_uri, allowed) => {
    const client = new YouTubeClient(await start());
    const back = await client.consent({ redirect_uri });
    expect(typeof back === "string").toBe(!allowed);
  });

  test("keeps the refresh token: a refresh brings an access token alone, again and again", async () => {
    const { client, tokens } = await connected();
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: 3599 });
    expect(tokens.refresh_token_expires_in).toBeUndefined();
    for (let count = 0; count < 3; count += 1) {
      const next = await client.refresh(tokens.refresh_token);
      expect(Object.keys(next).sort()).toEqual(["access_token", "expires_in", "scope", "token_type"]);
    }
  });

  test("gives no refresh token without offline access, and none to whom it asked before without prompt", async () => {
    const client = new YouTubeClient(await start());
    expect((await client.connect({ access_type: "online" })).refresh_token).toBeUndefined();
    expect((await client.connect({ prompt: "none" })).refresh_token).toBeUndefined();
    expect((await client.connect()).refresh_token).toEqual(expect.any(String));
  });

  test("ends what people allow an app in status Testing after a week, and says so ahead", async () => {
    const { client, tokens } = await connected({}, "sandbox-google-testing");
    expect(tokens.refresh_token_expires_in).toBe(604_799);
    await client.control("POST", "/clock", { advance: days(7) / 1000 });
    expect(await client.refresh(tokens.refresh_token)).toEqual({
      error: "invalid_grant",
      error_description: "Token has been expired or revoked.",
    });
  });

  test("tells what a token is, and ends the whole grant with any of its tokens", async () => {
    const { client, tokens } = await connected();
    const ask = (path: string, init?: RequestInit) => fetch(`${client.url}/oauth2.googleapis.com${path}`, init);
    const bearer = { method: "POST", headers: { authorization: `Bearer ${tokens.access_token}` } };
    const info = await (await ask("/tokeninfo", bearer)).json();
    expect(info).toMatchObject({ aud: "sandbox-google-client", scope: tokens.scope, access_type: "offline" });
    expect((await ask(`/revoke?token=${tokens.access_token}`, { method: "POST" })).status).toBe(200);
    expect((await ask("/tokeninfo", bearer)).status).toBe(400);
    expect((await client.refresh(tokens.refresh_token)).error).toBe("invalid_grant");
    expect((await ask(`/revoke?token=${tokens.refresh_token}`, { method: "POST" })).status).toBe(400);
  });
});

describe("a resumable upload", () => {
  test("goes on from where the server is, and becomes a video with its last byte", async () => {
    const { client, tokens } = await connected();
    const put = await session(client, tokens);
    const size = 2 * granule + 5;
    const empty = await put(`bytes */${size}`);
    expect([empty.status, empty.headers.get("range")]).toEqual([308, null]);
    const first = await put(`bytes 0-${granule - 1}/${size}`, bytes(granule));
    expect([first.status, first.headers.get("range")]).toEqual([308, `bytes=0-${granule - 1}`]);
    const last = await put(`bytes ${granule}-${size - 1}/${size}`, bytes(granule + 5));
    expect(last.status).toBe(200);
    const resource = (await last.json()) as { id: string };
    expect(resource).toMatchObject({
      kind: "youtube#video",
      status: { uploadStatus: "uploaded", privacyStatus: "private" },
    });
    expect(await (await put(`bytes */${size}`)).json()).toMatchObject({ id: resource.id });
  });

  test.each<[string, string, number, string]>([
    ["a gap", `bytes ${granule}-${2 * granule - 1}/${2 * granule + 5}`, granule, "503 backendError"],
    ["bytes that are there", "bytes 0-9/524293", 10, "400 badRequest"],
    ["another size", "bytes 0-262143/999999", granule, "400 badRequest"],
    ["fewer bytes than said", "bytes 0-524287/524293", granule, "400 badRequest"],
    ["a range that is none", "bytes abc", 10, "400 badRequest"],
    ["bytes beyond the end", "bytes 0-524293/524293", 524_294, "400 badRequest"],
  ])("refuses %s", async (what, range, count, expected) => {
    const { client, tokens } = await connected();
    const put = await session(client, tokens);
    if (what === "bytes that are there") await put(`bytes 0-${granule - 1}/524293`, bytes(granule));
    expect(await told(await put(range, bytes(count)))).toBe(expected);
  });

  test("refuses a chunk in the middle that is no multiple of 256 KiB", async () => {
    const { client, tokens } = await connected();
    const put = await session(client, tokens);
    expect(await told(await put("bytes 0-99/524293", bytes(100)))).toBe("400 badRequest");
  });

  test("keeps whole granules of what broke off", async () => {
    const { client, tokens } = await connected();
    const put = await session(client, tokens);
    await client.fault({ kind: "cut-short", bytes: granule + 1000 }, { method: "PUT" });
    await expect(put("bytes 0-524292/524293", bytes(524_293))).rejects.toThrow();
    expect((await put("bytes */524293")).headers.get("range")).toBe(`bytes=0-${granule - 1}`);
  });

  test("is gone after a week", async () => {
    const { client, tokens } = await connected();
    const put = await session(client, tokens);
    await client.control("POST", "/clock", { advance: days(7) / 1000 });
    expect((await put("bytes */524293")).status).toBe(404);
  });
});

describe("what is said of a video is refused:", () => {
  const many = { tags: Array.from({ length: 51 }, () => "123456789") };
  test.each<[string, string, string]>([
    ["no title", video({ snippet: { title: " " } }), "400 invalidTitle"],
    ["a title of 101 characters", video({ snippet: { title: "é".repeat(101) } }), "400 invalidTitle"],
    ["a mark in the title", video({ snippet: { title: "a<b" } }), "400 invalidTitle"],
    ["5001 bytes", video({ snippet: { description: `${"é".repeat(2500)}a` } }), "400 invalidDescription"],
    ["tags of 509 characters", video({ snippet: many }), "400 invalidTags"],
    ["a category that is none", video({ snippet: { categoryId: "99" } }), "400 invalidCategoryId"],
    [
      "a plan for a public video",
      video({ status: { privacyStatus: "public", publishAt: "2030-01-01T00:00:00Z" } }),
      "400 invalidPublishAt",
    ],
    ["a plan that is no time", video({ status: { publishAt: "tomorrow" } }), "400 invalidPublishAt"],
    ["an unknown field", video({ snippet: { colour: "red" } }), "400 badRequest"],
    ["a text for a flag", video({ status: { embeddable: "yes" } }), "400 badRequest"],
    ["no JSON", "{", "400 parseError"],
  ])("%s", async (_what, body, expected) => {
    const { client, tokens } = await connected();
    expect(await told(await insert(client, tokens, body))).toBe(expected);
  });

  test.each([
    ["an unknown part", "&part=snippet,colour", "400 unknownPart"],
    ["no part", "", "400 missingRequiredParameter"],
    ["a parameter that is none", "&part=snippet,status&colour=red", "400 badRequest"],
    ["a part that is not named", "&part=snippet", "400 unexpectedPart"],
  ])("%s", async (_what, query, expected) => {
    const { client, tokens } = await connected();
    const path = `/upload/youtube/v3/videos?uploadType=resumable${query}`;
    expect(await told(await insert(client, tokens, video(), 100, path))).toBe(expected);
  });
});

describe("a video", () => {
  test("without privacyStatus is public", async () => {
    const { client, tokens } = await connected();
    const body = JSON.stringify({ snippet: { title: "Oh" }, status: { selfDeclaredMadeForKids: false } });
    expect(await watched(client, await uploaded(client, tokens, body))).toBe(200);
  });

  test("that is private is there for its owner alone", async () => {
    const { client, tokens } = await connected();
    const id = await uploaded(client, tokens);
    const other = await client.connect({ person: "globex" });
    const seen = async (by: GoogleTokens) => {
      const answer = await client.call(by, "GET", `/youtube/v3/videos?part=status&id=${id}`);
      return ((await answer.json()) as { items: unknown[] }).items.length;
    };
    expect([await seen(tokens), await seen(other), await watched(client, id)]).toEqual([1, 0, 404]);
    expect(await told(await client.call(other, "DELETE", `/youtube/v3/videos?id=${id}`))).toBe("404 videoNotFound");
  });

  test("loses by an update what the update does not name", async () => {
    const { client, tokens } = await connected();
    const id = await uploaded(client, tokens, video({ status: { license: "creativeCommon", embeddable: false } }));
    const answer = await client.call(tokens, "PUT", "/youtube/v3/videos?part=status", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id, status: { privacyStatus: "unlisted" } }),
    });
    expect(await answer.json()).toMatchObject({
      status: { privacyStatus: "unlisted", license: "youtube", embeddable: true },
    });
  });

  test("that is no film fails when YouTube looks into it", async () => {
    const { client, tokens } = await connected();
    const id = await uploaded(client, tokens, video(), "%PDF-1.7");
    await client.control("POST", "/clock", { advance: 5 });
    const answer = await client.call(tokens, "GET", `/youtube/v3/videos?part=status&id=${id}`);
    expect(await answer.json()).toMatchObject({
      items: [{ status: { uploadStatus: "failed", failureReason: "invalidFile" } }],
    });
  });

  test("has a thumbnail that is a picture, and nothing else", async () => {
    const { client, tokens } = await connected();
    const id = await uploaded(client, tokens);
    const set = (type: string, content: Uint8Array<ArrayBuffer>) =>
      client.call(tokens, "POST", `/upload/youtube/v3/thumbnails/set?videoId=${id}`, {
        headers: { "content-type": type },
        body: content,
      });
    expect(await told(await set("image/jpeg", bytes(100)))).toBe("400 invalidImage");
    expect(await told(await set("text/html", bytes(100, "\xff\xd8\xff")))).toBe("400 invalidImage");
    expect((await set("image/jpeg", bytes(100, "\xff\xd8\xff"))).status).toBe(200);
    const shown = await fetch(`${client.url}/i.ytimg.com/vi/${id}/hqdefault.jpg`);
    expect(shown.headers.get("content-type")).toBe("image/jpeg");
  });

  test.each([
    ["public", false, 200],
    ["public", true, 403],
    ["private", false, 403],
  ])("that is %s (for children: %s) takes comments: %i", async (privacyStatus, selfDeclaredMadeForKids, status) => {
    const { client, tokens } = await connected();
    const videoId = await uploaded(client, tokens, video({ status: { privacyStatus, selfDeclaredMadeForKids } }));
    const answer = await client.call(tokens, "POST", "/youtube/v3/commentThreads?part=snippet", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ snippet: { videoId, topLevelComment: { snippet: { textOriginal: "First" } } } }),
    });
    expect(answer.status).toBe(status);
  });
});

describe("who may", () => {
  test("a token does what its scopes say", async () => {
    const client = new YouTubeClient(await start());
    const tokens = await client.connect({ scope: scopeOf("youtube.upload") });
    expect((await insert(client, tokens)).status).toBe(200);
    expect(await told(await client.call(tokens, "GET", "/youtube/v3/channels?part=snippet&mine=true"))).toBe(
      "403 insufficientPermissions",
    );
    expect(await told(await client.call({ access_token: "none" }, "GET", "/youtube/v3/channels"))).toBe(
      "401 authError",
    );
  });

  test("an account without a channel has none, and uploads nothing", async () => {
    const people = [{ handle: "acme", name: "Acme", withoutChannel: true }];
    const { client, tokens } = await connected({ people });
    const channels = await client.call(tokens, "GET", "/youtube/v3/channels?part=snippet&mine=true");
    expect(await channels.json()).not.toHaveProperty("items");
    expect(await told(await insert(client, tokens))).toBe("401 youtubeSignupRequired");
  });

  test("a project uploads 100 videos a day, and the day is California's", async () => {
    const { client, tokens } = await connected();
    for (let count = 0; count < 100; count += 1) await insert(client, tokens, "{");
    expect(await told(await insert(client, tokens))).toBe("403 quotaExceeded");
    expect((await client.call(tokens, "GET", "/youtube/v3/channels?part=snippet&mine=true")).status).toBe(200);
    await client.control("POST", "/clock", { advance: days(1) / 1000 });
    expect((await insert(client, await client.connect())).status).toBe(200);
  });

  test("changes cost 50 of 10,000 units", async () => {
    const { client, tokens } = await connected();
    for (let count = 0; count < 200; count += 1) await client.call(tokens, "DELETE", "/youtube/v3/videos?id=none");
    expect(await told(await client.call(tokens, "DELETE", "/youtube/v3/videos?id=none"))).toBe("403 quotaExceeded");
    expect((await insert(client, tokens)).status).toBe(200);
  });
});
