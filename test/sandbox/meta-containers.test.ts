/** Containers of Instagram and Threads, as strict as the real ones: what is too early, too late, too much, or another's. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fileOf } from "../platforms/connected-x.ts";
import { mediaServer } from "../platforms/media-server.ts";
import { instagramLogin, MetaClient, threadsLogin } from "./meta-login.ts";
import { start } from "./start.ts";

async function threads(scope = threadsLogin.scopes) {
  const client = new MetaClient(await start(), threadsLogin);
  const token = await client.connect({ scope });
  const host = "graph.threads.net/v1.0";
  return {
    client,
    make: (form: Record<string, string>) => client.call("POST", `${host}/me/threads`, token, form),
    publish: (id: string) => client.call("POST", `${host}/me/threads_publish`, token, { creation_id: id }),
    get: (path: string) => client.call("GET", `${host}${path}`, token),
    remove: (id: string) => client.call("DELETE", `${host}/${id}`, token),
    other: async (form: Record<string, string>) =>
      client.call("POST", `${host}/me/threads`, await client.connect({ person: "globex" }), form),
  };
}

async function instagram(scope = instagramLogin.scopes) {
  const client = new MetaClient(await start(), instagramLogin);
  const token = await client.connect({ scope });
  const host = "graph.instagram.com/v26.0";
  const me = await client.call("GET", `${host}/me?fields=user_id`, token);
  const id = String(me.body["user_id"]);
  return {
    client,
    id,
    make: (form: Record<string, string>, account = id) => client.call("POST", `${host}/${account}/media`, token, form),
    publish: (container: string) =>
      client.call("POST", `${host}/${id}/media_publish`, token, { creation_id: container }),
    get: (path: string) => client.call("GET", `${host}${path}`, token),
    send: (container: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>, scheme = "OAuth") =>
      fetch(`${client.url}/rupload.facebook.com/ig-api-upload/v26.0/${container}`, {
        method: "POST",
        headers: { authorization: `${scheme} ${token}`, ...headers },
        body,
      }),
  };
}

const text = { media_type: "TEXT", text: "Hello" };

test("Threads: too early it is not there; ready it is published, once; after a day it is gone", async () => {
  const { client, make, publish, get } = await threads();
  const { id } = (await make(text)).body;
  expect((await publish(id)).body.error).toMatchObject({ code: 24, error_subcode: 4279009 });
  expect((await get(`/${id}?fields=status`)).body).toEqual({ id, status: "IN_PROGRESS" });
  await client.advance(2);
  expect((await get(`/${id}?fields=status,error_message`)).body).toEqual({ id, status: "FINISHED" });
  expect((await publish(id)).status).toBe(200);
  expect((await publish(id)).body.error.error_subcode).toBe(4279009);
  expect((await get(`/${id}?fields=status`)).body["status"]).toBe("PUBLISHED");
  const late = (await make(text)).body.id;
  await client.advance(86_400);
  expect((await get(`/${late}?fields=status`)).body["status"]).toBe("EXPIRED");
  expect((await publish(late)).body.error.error_subcode).toBe(4279009);
});

test.each([
  ["no kind", { text: "Hi" }, "media_type must be one of"],
  ["no text", { media_type: "TEXT" }, "text is required"],
  ["501 characters", { media_type: "TEXT", text: "a".repeat(501) }, "at most 500"],
  ["an emoji too many", { media_type: "TEXT", text: `${"a".repeat(497)}🍞` }, "at most 500"],
  [
    "six links",
    { media_type: "TEXT", text: [1, 2, 3, 4, 5, 6].map((n) => `https://a.example/${n}`).join(" ") },
    "LINK_LIMIT",
  ],
  ["a link and a poll", { ...text, link_attachment: "https://a.example", poll_attachment: "{}" }, "not compatible"],
  ["a poll of one", { ...text, poll_attachment: '{"option_a":"1"}' }, "poll_attachment"],
  ["a long option", { ...text, poll_attachment: `{"option_a":"${"a".repeat(26)}","option_b":"b"}` }, "poll_attachment"],
  ["an unknown control", { ...text, reply_control: "nobody" }, "reply_control"],
  ["a topic with a dot", { ...text, topic_tag: "a.b" }, "topic_tag"],
  ["a video without one", { media_type: "VIDEO" }, "video_url"],
  ["a carousel of one", { media_type: "CAROUSEL", children: "17900000000000007" }, "2 to 20"],
  ["an answer to nothing", { ...text, reply_to_id: "1" }, "does not exist"],
])("Threads refuses %s", async (_, form, words) => {
  const { make } = await threads();
  const { status, body } = await make(form as Record<string, string>);
  expect(status).toBe(400);
  expect(body.error.message).toContain(words);
});

test("Threads: without its permission nothing is done; another's post and container are not there", async () => {
  const reader = await threads("threads_basic");
  expect((await reader.make(text)).body.error).toMatchObject({ code: 10 });
  const { client, get, other, publish } = await threads();
  const { id } = (await other(text)).body;
  await client.advance(2);
  expect((await get(`/${id}?fields=status`)).body.error).toMatchObject({ code: 100, error_subcode: 33 });
  expect((await publish(id)).body.error.error_subcode).toBe(4279009);
  expect((await get("/me?fields=colour")).body.error.message).toContain("nonexisting field (colour)");
});

test("Threads: children must be ready, and items are not published by themselves", async () => {
  const media = await mediaServer();
  const { client, make, publish } = await threads();
  const item = { media_type: "IMAGE", image_url: `${media.url}/square.jpg`, is_carousel_item: "true" };
  const ids = [(await make(item)).body.id, (await make(item)).body.id];
  const whole = { media_type: "CAROUSEL", children: ids.join(",") };
  expect((await make(whole)).body.error.error_subcode).toBe(4279009);
  await client.advance(3);
  expect((await publish(ids[0] ?? "")).body.error.error_subcode).toBe(4279009);
  expect((await make(whole)).status).toBe(200);
});

test.each([
  ["picture.png", 36001, 2207005],
  ["film.mp4", 36001, 2207005],
  ["nothing.jpg", 9004, 2207052],
  ["text.jpg", 9004, 2207052],
  ["huge.jpg", 36000, 2207004],
  ["wide.jpg", 36003, 2207009],
])("Instagram fetches %s, and refuses it with %i/%i", async (name, code, subcode) => {
  const media = await mediaServer();
  const square = readFileSync(fileOf("a.jpg", "\xff\xd8\xff", 8 * 1024 * 1024 + 1));
  media.files.set("huge.jpg", square);
  media.files.set("text.jpg", Buffer.from("<html>log in first</html>"));
  media.files.set("wide.jpg", Buffer.from("ffd8ffc0000b08006401f4010111000000", "hex"));
  const { make } = await instagram();
  const { status, body } = await make({ image_url: `${media.url}/${name}` });
  expect({ status, ...body.error }).toMatchObject({ status: 400, code, error_subcode: subcode });
  expect(media.asked).toEqual([`/${name}`]);
});

test.each([
  ["an unknown kind", { media_type: "POEM" }, 2207023],
  ["VIDEO outside a carousel", { media_type: "VIDEO", video_url: "https://a.example/a.mp4" }, 2207067],
  ["a long caption", { image_url: "http://127.0.0.1:1/", caption: "a".repeat(2201) }, 2207010],
  ["31 hashtags", { image_url: "http://127.0.0.1:1/", caption: "#a ".repeat(31) }, 2207010],
  ["21 mentions", { image_url: "http://127.0.0.1:1/", caption: "@a ".repeat(21) }, 2207040],
  ["a carousel of one", { media_type: "CAROUSEL", children: "17900000000000007" }, 2207028],
  ["a cover before the beginning", { media_type: "REELS", video_url: "x", thumb_offset: "-1" }, 2207057],
])("Instagram refuses %s", async (_, form, subcode) => {
  const { make } = await instagram();
  expect((await make(form as Record<string, string>)).body.error.error_subcode).toBe(subcode);
});

test("Instagram: too early, too late, another's account, and without the permission", async () => {
  const media = await mediaServer();
  const { client, id, make, publish, get } = await instagram();
  const picture = { image_url: `${media.url}/square.jpg` };
  const container = (await make(picture)).body.id;
  expect((await publish(container)).body.error).toMatchObject({ code: 9007, error_subcode: 2207027 });
  await client.advance(2);
  expect((await get(`/${container}?fields=status_code,status`)).body).toMatchObject({
    status_code: "FINISHED",
    status: expect.stringMatching(/^Finished/),
  });
  await client.advance(86_400);
  expect((await publish(container)).body.error).toMatchObject({ code: 24, error_subcode: 2207008 });
  expect((await make(picture, `${id.slice(0, -1)}0`)).status).toBe(400);
  const reader = await instagram("instagram_business_basic");
  expect((await reader.make(picture)).body.error.code).toBe(10);
});

test("Instagram: a video is sent with its own scheme, from where it is, and no more than was announced", async () => {
  const { client, make, send, get } = await instagram();
  const film = new Uint8Array(readFileSync(fileOf("a.mp4", "\0\0\0\x18ftypmp42\0\0\0\0mp42isom", 5000)));
  const begun = (await make({ media_type: "REELS", upload_type: "resumable" })).body;
  expect(begun["uri"]).toBe(`https://rupload.facebook.com/ig-api-upload/v26.0/${begun.id}`);
  const size = { file_size: "5000" };
  expect((await send(begun.id, film, { offset: "0", ...size }, "Bearer")).status).toBe(400);
  expect(await (await send(begun.id, film, { offset: "10", ...size })).json()).toMatchObject({
    debug_info: { retriable: false, type: "OffsetInvalidError" },
  });
  expect(await (await send(begun.id, film.slice(0, 2000), { offset: "0", ...size })).json()).toMatchObject({
    debug_info: { retriable: true },
  });
  const { body } = await get(`/${begun.id}?fields=video_status,status_code`);
  expect(body).toMatchObject({
    status_code: "IN_PROGRESS",
    video_status: { uploading_phase: { bytes_transferred: 2000 } },
  });
  expect((await send(begun.id, film.slice(2000), { offset: "2000", ...size })).status).toBe(200);
  await client.advance(10);
  expect((await get(`/${begun.id}?fields=status_code`)).body["status_code"]).toBe("FINISHED");
  expect((await send(begun.id, film, { offset: "5000", file_size: "10000" })).status).toBe(400);
});
