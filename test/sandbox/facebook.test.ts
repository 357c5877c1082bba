/** Facebook's twin refuses what Facebook refuses, in its words. Driven by fetch alone. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { FacebookClient, type GraphAnswer } from "./facebook-client.ts";
import { start } from "./start.ts";

async function connected(changes: Record<string, string> = {}) {
  const client = new FacebookClient(await start());
  return { client, ...(await client.page(changes)) };
}

const refusal = (code: number, message: RegExp, subcode?: number) => ({
  error: {
    code,
    message: expect.stringMatching(message),
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    fbtrace_id: expect.any(String),
  },
});

const inSeconds = (count: number) => String(Math.floor(Date.now() / 1000) + count);
const photo = () => new Blob([readFileSync(mediaFile("photo.jpg"))]);

async function uploadPhoto(
  { client, id, token }: { client: FacebookClient; id: string; token: string },
  fields: Record<string, string> = {},
): Promise<GraphAnswer> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ published: "false", ...fields })) form.set(name, value);
  form.set("source", photo());
  return client.call("POST", `/${id}/photos`, token, undefined, { body: form });
}

describe("the dialog", () => {
  it.each([
    [
      "another host in place of localhost",
      { redirect_uri: "http://127.0.0.1:8791/callback/facebook" },
      "secure connection",
    ],
    ["http to elsewhere", { redirect_uri: "http://example.com/" }, "secure connection"],
    ["an address that is not listed", { redirect_uri: "https://example.com/" }, "URL Blocked"],
    ["localhost over http, once the app is live", { client_id: "sandbox-facebook-live" }, "secure connection"],
    ["an unknown app", { client_id: "1" }, "Invalid App ID"],
    ["an unknown permission", { scope: "pages_show_list,publish_everything" }, "Invalid Scopes: publish_everything"],
    ["permissions between spaces", { scope: "pages_show_list pages_manage_posts" }, "Invalid Scopes"],
  ])("refuses %s, on its own page", async (_, changes, words) => {
    const answer = await new FacebookClient(await start()).dialog(changes);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(words);
  });

  it("takes any port of localhost while the app is in development, and tells a denial in its own words", async () => {
    const client = new FacebookClient(await start());
    const denied = await client.code({ redirect_uri: "http://localhost:4711/x", decision: "deny" });
    expect(denied.hash).toBe("#_=_");
    expect(Object.fromEntries(denied.searchParams)).toEqual({
      error: "access_denied",
      error_code: "200",
      error_description: "Permissions error",
      error_reason: "user_denied",
      state: "a-state",
    });
  });
});

describe("the token endpoint", () => {
  it("takes a code once, for its own redirect URI and secret, in time", async () => {
    const client = new FacebookClient(await start());
    const redirect_uri = "http://localhost:8791/callback/facebook";
    const code = (await client.code()).searchParams.get("code") ?? "";
    expect(await client.token({ code, redirect_uri, client_secret: "no" })).toMatchObject(refusal(1, /client secret/));
    expect(await client.token({ code, redirect_uri: `${redirect_uri}/` })).toMatchObject(
      refusal(100, /identical/, 36008),
    );
    expect(await client.token({ code })).toMatchObject(refusal(191, /redirect_uri/));
    expect(await client.token({ code, redirect_uri })).toMatchObject({ token_type: "bearer", expires_in: 5400 });
    expect(await client.token({ code, redirect_uri })).toMatchObject(refusal(100, /has been used/, 36009));
    const late = (await client.code()).searchParams.get("code") ?? "";
    await client.control("/clock", { advance: 700 });
    expect(await client.token({ code: late, redirect_uri })).toMatchObject(refusal(100, /expired/, 36007));
  });
});

describe("a call", () => {
  it("needs a token, and the proof that it is the app's", async () => {
    const { client, id, token } = await connected();
    const bare = (query: string, headers: Record<string, string> = {}) =>
      fetch(`${client.url}/graph.facebook.com/v26.0/${id}?${query}`, { headers }).then((answer) => answer.json());
    expect(await bare("")).toMatchObject(refusal(104, /access token is required/));
    expect(await bare("access_token=x")).toMatchObject(refusal(190, /Cannot parse/));
    expect(await bare("", { authorization: `Bearer ${token}` })).toMatchObject(
      refusal(100, /require an appsecret_proof/),
    );
    expect(await bare(`access_token=${token}&appsecret_proof=00`)).toMatchObject(
      refusal(100, /Invalid appsecret_proof/),
    );
    await client.control("/revoke", { platform: "facebook" });
    expect(await client.call("GET", `/${id}`, token)).toMatchObject(refusal(190, /has not authorized/, 458));
  });

  it("is answered in the version that was asked for, or in the oldest that lives", async () => {
    const { client, token, id } = await connected();
    const version = async (path: string) => {
      const answer = await fetch(`${client.url}/graph.facebook.com${path}/${id}?access_token=${token}`);
      return answer.headers.get("facebook-api-version");
    };
    expect(await version("/v26.0")).toBe("v26.0");
    await client.control("/clock", { advance: 90 * 86_400 });
    expect(await version("/v21.0")).toBe("v22.0");
    expect(await version("")).toBe("v22.0");
  });

  it("tells how much of the limits is used, and is refused when they are", async () => {
    const { client, id, token, user } = await connected();
    const person = await client.send("GET", "/me", user);
    expect(JSON.parse(person.headers.get("x-app-usage") ?? "")).toMatchObject({ call_count: 0, total_time: 0 });
    const page = await client.send("GET", `/${id}`, token);
    expect(JSON.parse(page.headers.get("x-business-use-case-usage") ?? "")).toMatchObject({
      [id]: [{ type: "pages" }],
    });
    for (let count = 0; count < 400; count += 1) await client.send("GET", "/me", user);
    expect(await client.call("GET", "/me", user)).toMatchObject(refusal(4, /limit reached/));
    expect(await client.call("GET", `/${id}`, token)).toMatchObject({ id });
  });

  it("asks for fields that there are", async () => {
    const { client, id, token } = await connected();
    expect(await client.call("GET", `/${id}?fields=id,colour`, token)).toMatchObject(
      refusal(100, /\(colour\) on node type \(Page\)/),
    );
    expect(await client.call("GET", `/${id}/feed?fields=text`, token)).toMatchObject(
      refusal(100, /\(text\) on node type \(Post\)/),
    );
  });

  it("to debug_token is for the app alone", async () => {
    const { client, token, id } = await connected();
    const ask = async (access: string, input = token) => {
      const url = `${client.url}/graph.facebook.com/v26.0/debug_token?input_token=${input}&access_token=${access}`;
      return (await (await fetch(url)).json()) as GraphAnswer;
    };
    expect(await ask("sandbox-facebook-client|no")).toMatchObject(refusal(190, /signature/));
    expect(await ask(token)).toMatchObject(refusal(101, /validating application/));
    const app = "sandbox-facebook-client|sandbox-facebook-secret";
    expect(await ask(app)).toMatchObject({ data: { type: "PAGE", profile_id: id, expires_at: 0, is_valid: true } });
    expect(await ask(app, "unknown")).toMatchObject({ data: { is_valid: false, error: { code: 190 } } });
  });
});

describe("lists", () => {
  it("come in pages, by cursors", async () => {
    const { client, user } = await connected();
    const first = await client.call("GET", "/me/accounts?fields=id,name&limit=1", user);
    expect(first.data).toHaveLength(1);
    const { paging } = first as unknown as { paging: { next: string; cursors: { after: string } } };
    expect(paging.next).toContain(`after=${paging.cursors.after}`);
    const second = await client.call("GET", `/me/accounts?fields=name&limit=1&after=${paging.cursors.after}`, user);
    expect(second).toMatchObject({ data: [{ name: "Acme Bakery Jobs" }] });
    expect((second as { paging?: { next?: string } }).paging?.next).toBeUndefined();
  });

  it("of portfolios need their permission", async () => {
    const { client, user } = await connected({ scope: "pages_show_list" });
    expect(await client.call("GET", "/me/businesses", user)).toMatchObject(refusal(200, /business_management/));
  });
});

describe("a post", () => {
  it("is the Page's own, by somebody who may post, with the permissions", async () => {
    const { client, id, token, user } = await connected();
    const form = { message: "Hello" };
    expect(await client.call("POST", `/${id}/feed`, user, form)).toMatchObject(refusal(200, /Page access token/));
    const { data } = await client.call("GET", "/me/accounts?fields=id,access_token,tasks", user);
    const jobs = data[1];
    expect(jobs?.tasks).not.toContain("CREATE_CONTENT");
    expect(await client.call("POST", `/${jobs?.id}/feed`, jobs?.access_token ?? "", form)).toMatchObject(
      refusal(200, /CREATE_CONTENT/),
    );
    expect(await client.call("POST", `/${jobs?.id}/feed`, token, form)).toMatchObject(
      refusal(200, /Page access token/),
    );
    const less = await client.page({ scope: "pages_show_list,pages_read_engagement" });
    expect(await client.call("POST", `/${id}/feed`, less.token, form)).toMatchObject(
      refusal(200, /pages_manage_posts/),
    );
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["nothing at all", {}, /Missing message/],
    ["too long a text", { message: "a".repeat(63_207) }, /too long/],
    ["a link that is none", { link: "menu" }, /url you supplied/],
    ["a link to Facebook", { link: "https://www.facebook.com/acme" }, /Invalid parameter/],
    ["a flag that is none", { message: "a", published: "no" }, /must be a boolean/],
    ["a time for what is public at once", { message: "a", scheduled_publish_time: inSeconds(3600) }, /published post/],
    [
      "a time in five minutes",
      { message: "a", published: "false", scheduled_publish_time: inSeconds(300) },
      /time is invalid/,
    ],
    [
      "a time in 31 days",
      { message: "a", published: "false", scheduled_publish_time: inSeconds(31 * 86_400) },
      /time is invalid/,
    ],
    ["a picture that is nobody's", { message: "a", "attached_media[0]": '{"media_fbid":"1"}' }, /attached_media/],
    ["an attachment that is no JSON", { message: "a", "attached_media[0]": "1" }, /attached_media/],
  ])("is refused with %s", async (_, form, message) => {
    const { client, id, token } = await connected();
    expect(await client.call("POST", `/${id}/feed`, token, form)).toMatchObject(refusal(100, message));
  });

  it("is refused as the same as the one before", async () => {
    const { client, id, token } = await connected();
    await client.call("POST", `/${id}/feed`, token, { message: "Hello" });
    expect(await client.call("POST", `/${id}/feed`, token, { message: "Hello" })).toMatchObject(
      refusal(506, /Duplicate/),
    );
  });

  it("takes each picture once, unpublished, and temporary ones where it is scheduled", async () => {
    const page = await connected();
    const { client, id, token } = page;
    const attach = (photoId: string, more = {}) =>
      client.call("POST", `/${id}/feed`, token, {
        "attached_media[0]": JSON.stringify({ media_fbid: photoId }),
        ...more,
      });
    const lasting = (await uploadPhoto(page)).id;
    const later = { published: "false", scheduled_publish_time: inSeconds(3600) };
    expect(await attach(lasting, later)).toMatchObject(refusal(100, /temporary/));
    expect(await attach(lasting)).toMatchObject({ id: expect.stringContaining(`${id}_`) });
    expect(await attach(lasting)).toMatchObject(refusal(100, /published already/));
    expect(await attach((await uploadPhoto(page, { temporary: "true" })).id, later)).toMatchObject({
      id: expect.any(String),
    });
    const other = await client.page({ person: "globex" });
    expect(await attach((await uploadPhoto({ client, ...other })).id)).toMatchObject(refusal(100, /attached_media/));
  });

  it("is read, commented on and deleted by its Page alone", async () => {
    const { client, id, token } = await connected();
    const post = (await client.call("POST", `/${id}/feed`, token, { message: "Hello" })).id;
    const other = await client.page({ person: "globex" });
    expect(await client.call("DELETE", `/${post}`, other.token)).toMatchObject(refusal(100, /Unsupported delete/, 33));
    expect(await client.call("POST", `/${post}/comments`, other.token, { message: "Hi" })).toMatchObject(
      refusal(100, /does not exist/, 33),
    );
    expect(await client.call("POST", `/${post}/comments`, token, { message: " " })).toMatchObject(
      refusal(100, /Missing/),
    );
    expect(await client.call("DELETE", `/${post}`, token)).toEqual({ success: true });
    expect(await client.call("GET", `/${post}`, token)).toMatchObject(refusal(100, /Unsupported get/, 33));
  });
});

describe("an upload", () => {
  const begin = (fields: Record<string, string> = {}) =>
    new URLSearchParams({ file_name: "a.mp4", file_length: "2000", file_type: "video/mp4", ...fields });

  it("is of the app, and of a type and length that are taken", async () => {
    const { client, token } = await connected();
    const post = (app: string, fields: Record<string, string> = {}) =>
      client.call("POST", `/${app}/uploads?${begin(fields)}`, token);
    expect(await post("sandbox-facebook-live")).toMatchObject(refusal(100, /does not exist/, 33));
    expect(await post("sandbox-facebook-client", { file_type: "video/quicktime" })).toMatchObject(
      refusal(100, /file_type/),
    );
    expect(await post("sandbox-facebook-client", { file_length: "0" })).toMatchObject(refusal(100, /file_length/));
  });

  it("goes on from the byte that is missing, and from no other; its handle makes a video once it is whole", async () => {
    const { client, id, token } = await connected();
    const session = (await client.call("POST", `/sandbox-facebook-client/uploads?${begin()}`, token)).id;
    const send = (offset: number, bytes: number) =>
      client.call("POST", `/${session}`, token, undefined, {
        headers: { authorization: `OAuth ${token}`, file_offset: String(offset) },
        body: Buffer.alloc(bytes),
      });
    expect(await send(0, 1200)).toMatchObject({ file_offset: 1200 });
    expect(await client.call("GET", `/${session}`, token)).toEqual({ id: session, file_offset: 1200 });
    expect(await send(0, 2000)).toMatchObject(refusal(100, /must be 1200/));
    expect(await send(1200, 900)).toMatchObject(refusal(100, /More bytes/));
    const { h } = await send(1200, 800);
    expect(h).toEqual(expect.stringMatching(/^4::/));
    const video = await client.call("POST", `/${id}/videos`, token, { fbuploader_video_file_chunk: String(h) });
    expect(video.id).toMatch(/^\d+$/);
    expect(await client.call("POST", `/${id}/videos`, token, { fbuploader_video_file_chunk: "4::no" })).toMatchObject(
      refusal(100, /Invalid parameter/, 1363047),
    );
  });

  it("of a Reel is whole before it is published, and 30 are a day's", async () => {
    const { client, id, token } = await connected();
    const reels = (form: Record<string, string>) => client.call("POST", `/${id}/video_reels`, token, form);
    expect(await reels({ upload_phase: "middle" })).toMatchObject(refusal(100, /upload_phase/));
    const upload = async () => {
      const { video_id: video, upload_url: url } = await reels({ upload_phase: "start" });
      return { video: String(video), url: String(url).replace("https:/", client.url) };
    };
    const send = ({ url }: { url: string }, headers: Record<string, string>) =>
      fetch(url, {
        method: "POST",
        headers: { authorization: `OAuth ${token}`, ...headers },
        body: Buffer.alloc(2000),
      });
    const first = await upload();
    expect(await reels({ upload_phase: "finish", video_id: first.video })).toMatchObject(
      refusal(100, /Upload Is Missing/),
    );
    expect((await send(first, {})).status).toBe(400);
    expect((await send(first, { offset: "5", file_size: "2000" })).status).toBe(400);
    for (let count = 0; count < 31; count += 1) {
      const each = count === 0 ? first : await upload();
      expect(await (await send(each, { offset: "0", file_size: "2000" })).json()).toEqual({ success: true });
      const published = await reels({ upload_phase: "finish", video_id: each.video });
      expect(published).toMatchObject(count < 30 ? { success: true } : refusal(613, /30 reels/));
    }
  });
});
