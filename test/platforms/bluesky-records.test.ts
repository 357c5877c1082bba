/** What goes into a record: marks in a text, keys, pictures; and who is found by what somebody typed. */
import { readFileSync, statSync } from "node:fs";
import { expect, it } from "vitest";
import { messagesOf } from "../../src/app/messages.ts";
import type { MediaSource } from "../../src/domain/ports/media.ts";
import { draftOf } from "../../src/domain/post.ts";
import { facetsOf } from "../../src/platforms/bluesky/facets.ts";
import { findPds } from "../../src/platforms/bluesky/identity.ts";
import { withoutMetadata } from "../../src/platforms/bluesky/picture-metadata.ts";
import { recordKey } from "../../src/platforms/bluesky/record-key.ts";
import {
  doubtsOf,
  findAuthorizationServer,
  loopbackClientId,
  openSession,
  readReply,
} from "../../src/platforms/bluesky/session.ts";
import { bluesky } from "../../src/platforms/bluesky.ts";
import type { ApiRequest, Step } from "../../src/platforms/platform.ts";
import { apiOf } from "../app/platform-client.ts";
import { httpTo } from "../conformance/ports.ts";
import { start } from "../sandbox/start.ts";
import { mediaFile } from "./connected-x.ts";

interface DidDocument {
  readonly id: string;
  readonly service: readonly object[];
}

const dids = new Map([["acme.bsky.social", "did:plc:acme"]]);

/** The bytes that each facet points to, and what it is. */
function marked(text: string): (string | undefined)[][] {
  const bytes = Buffer.from(text);
  return facetsOf(text, dids).map(({ index, features: [feature = {}] }) => [
    bytes.subarray(index.byteStart, index.byteEnd).toString(),
    feature["uri"] ?? feature["did"] ?? feature["tag"],
  ]);
}

it.each<[string, (string | undefined)[][]]>([
  ["nothing, not even a domain: example.com", []],
  ["👨‍👩‍👧 https://a.example/x?y=1#z.", [["https://a.example/x?y=1#z", "https://a.example/x?y=1#z"]]],
  ["(https://a.example/b)", [["https://a.example/b", "https://a.example/b"]]],
  ["https://a.example/b_(c)…", [["https://a.example/b_(c)…", "https://a.example/b_(c)…"]]],
  ["see https://a.example/b_(c)), ok", [["https://a.example/b_(c)", "https://a.example/b_(c)"]]],
  ["日本語 https://例え.jp/パス!?", [["https://例え.jp/パス", "https://例え.jp/パス"]]],
  [
    "e\u0301 @acme.bsky.social, (@Acme.bsky.social)",
    [
      ["@acme.bsky.social", "did:plc:acme"],
      ["@Acme.bsky.social", "did:plc:acme"],
    ],
  ],
  ["mail@acme.bsky.social @nobody.example @acme", []],
  [
    "#bread #パン! #1 #1a #️⃣ # #a-b. x#no",
    [
      ["#bread", "bread"],
      ["#パン", "パン"],
      ["#1a", "1a"],
      ["#a-b", "a-b"],
    ],
  ],
  [
    "＃全角 #x\u200by",
    [
      ["＃全角", "全角"],
      ["#x", "x"],
    ],
  ],
  [`#${"a".repeat(65)}`, []],
  [
    "https://a.example/#tag @acme.bsky.social",
    [
      ["https://a.example/#tag", "https://a.example/#tag"],
      ["@acme.bsky.social", "did:plc:acme"],
    ],
  ],
])("marks what a reader can follow in %j", (text, expected) => {
  expect(marked(text)).toEqual(expected);
});

it("names a record by its time and by what it is, in the order of time", () => {
  const key = recordKey(1_700_000_000_000, "delivery.0.1");
  expect(key).toMatch(/^[234567abcdefghij][234567a-z]{12}$/);
  expect(recordKey(1_700_000_000_000, "delivery.0.1")).toBe(key);
  expect(recordKey(1_700_000_000_000, "delivery.1.1")).not.toBe(key);
  expect(recordKey(1_700_000_000_001, "delivery.0.1") > key).toBe(true);
});

function source(bytes: Uint8Array, type: string): MediaSource {
  const facts = { path: "x", type, size: bytes.length, width: 1, height: 1, modifiedAt: 0, moving: false };
  const unknown = { frames: null, seconds: null, framesPerSecond: null, codec: null };
  return {
    ...facts,
    ...unknown,
    read: async function* (from, to) {
      yield bytes.subarray(from, to);
    },
  };
}

async function bare(bytes: Uint8Array, type: string): Promise<Buffer> {
  const stripped = await withoutMetadata(source(bytes, type));
  const pieces: Uint8Array[] = [];
  for await (const piece of stripped.read(0, stripped.size)) pieces.push(piece);
  return Buffer.concat(pieces);
}

it("takes out of pictures where and with what they were made, and leaves which side is up", async () => {
  const { default: sharp } = await import("sharp");
  const marks = { IFD0: { Make: "Secretcam" }, IFD3: { GPSLatitude: "48/1 12/1 0/1" } };
  const made = (await sharp(mediaFile("photo.jpg")).resize(40).toBuffer()) as Buffer;
  for (const [type, picture] of [
    ["image/jpeg", sharp(made).jpeg()],
    ["image/png", sharp(made).png()],
    ["image/webp", sharp(made).webp()],
  ] as const) {
    const told = await picture.withExif(marks).withMetadata({ orientation: 6, exif: marks }).toBuffer();
    expect(told.includes("Secretcam")).toBe(true);
    const silent = await bare(told, type);
    expect(silent.includes("Secretcam")).toBe(false);
    const [before, after] = [await sharp(told).metadata(), await sharp(silent).metadata()];
    expect([after.width, after.height]).toEqual([before.width, before.height]);
    if (type === "image/jpeg") expect(after.orientation).toBe(6);
    expect(await sharp(silent).raw().toBuffer()).toEqual(await sharp(told).raw().toBuffer());
  }
  const plain = readFileSync(mediaFile("picture.png"));
  expect(await bare(plain, "image/gif")).toEqual(plain);
  expect(statSync(mediaFile("turned.jpg")).size).toBeGreaterThan(0);
});

it("reads a session's lifetimes out of its tokens, and errors in RFC 6749's words", () => {
  const jwt = (iat: number, exp: number) => `x.${Buffer.from(JSON.stringify({ iat, exp })).toString("base64url")}.y`;
  const body = { accessJwt: jwt(1000, 8200), refreshJwt: jwt(1000, 1000 + 90 * 86_400) };
  expect(readReply(body)).toMatchObject({ expires_in: 7200, refresh_token_expires_in: 7_776_000 });
  expect(readReply({ error: "ExpiredToken", message: "gone" })).toEqual({
    error: "ExpiredToken",
    error_description: "gone",
  });
  expect(doubtsOf("abcd-efgh-ijkl-mnop")).toBeNull();
  expect(doubtsOf("hunter22")).toContain("main password");
});

it("finds the server of an account by handle, DID or address, and takes nobody's word alone", async () => {
  const sandbox = await start();
  const api = apiOf(bluesky, "", { http: httpTo(sandbox.url) });
  const instance = "https://morel.us-east.host.bsky.network";
  const found = await findPds(api, "@Acme.bsky.social");
  expect(found).toMatchObject({ instance, loginHint: "acme.bsky.social" });
  expect(await findPds(api, found.answers?.["did"] ?? "")).toEqual(found);
  expect(await findPds(api, `${instance}/`)).toEqual({ instance, metadata: null });
  expect(await findAuthorizationServer(api, "acme.bsky.social")).toMatchObject({
    metadata: { issuer: "https://bsky.social" },
  });
  const document = (await api.get(`https://plc.directory/${found.answers?.["did"]}`)) as DidDocument;
  for (const [typed, code] of [
    ["nobody.bsky.social", "not_found"],
    ["acme", "usage"],
    ["https://bsky.social", "usage"],
    ["http://pds.example", "usage"],
    ["did:key:abc", "usage"],
  ] as const) {
    await expect(findPds(api, typed)).rejects.toMatchObject({ code });
  }
  const unsafe = {
    ...api,
    get: async () => ({ ...document, service: [{ ...document.service[0], serviceEndpoint: "http://pds.example" }] }),
  };
  await expect(findPds(unsafe, document.id)).rejects.toMatchObject({ code: "not_found" });
  const lying = {
    ...api,
    get: async (url: string) =>
      url.includes("resolveHandle") ? { did: found.answers?.["did"] } : api.get(url, { authorization: "nobody" }),
  };
  await expect(findPds(lying, "globex.bsky.social")).rejects.toMatchObject({ code: "protocol" });
});

it("names the client by what stands in its id, whatever the port", () => {
  expect(loopbackClientId("http://127.0.0.1:8791/callback/bluesky", ["atproto", "transition:generic"])).toBe(
    "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback%2Fbluesky&scope=atproto+transition%3Ageneric",
  );
});

it("waits where few requests of a short window are left, and looks for a post by its key", async () => {
  const now = 1_700_000_000_000;
  const pace = (left: number, seconds: number) =>
    bluesky.paceOf?.({ "ratelimit-remaining": String(left), "ratelimit-reset": String(now / 1000 + seconds) }, now);
  expect(pace(3, 60)).toMatchObject({ until: now + 60_000 });
  expect([pace(5, 60), pace(0, -1), pace(0, 86_400), bluesky.paceOf?.({}, now)]).toEqual([null, null, null, null]);

  const sandbox = await start();
  const password = (await (await fetch(`${sandbox.url}/keys/bluesky?person=acme`)).text()).trim();
  const http = httpTo(sandbox.url);
  const { answers = {}, instance } = await findPds(apiOf(bluesky, "", { http }), "acme.bsky.social");
  const at = (token: string) => ({ ...apiOf(bluesky, token, { http }), instance, externalId: answers["did"] ?? null });
  const opener = {
    ...at(""),
    post: (url: string, request?: ApiRequest) => apiOf(bluesky, "", { http }).post(url, request),
  };
  const session = (await openSession(opener, password, answers)) as { access_token: string };
  const api = at(session.access_token);
  const [message] = messagesOf(draftOf({ text: "Looked for" }), bluesky.limits);
  const { prepare, commit, confirm } = bluesky.publish ?? {};
  if (!message || !prepare || !commit || !confirm) throw new Error("nothing to publish with");
  const step: Step = (_name, work) => work();
  const sending = { prepared: await prepare(api, message, step), idempotencyKey: "delivery.0.1", step };
  expect(await confirm(api, message, sending, 0)).toBeNull();
  const published = await commit(api, message, sending);
  expect(await confirm(api, message, sending, 0)).toEqual(published);
  expect(await commit(api, message, sending)).toEqual(published);
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: unknown[] };
  expect(posts).toHaveLength(1);
});
