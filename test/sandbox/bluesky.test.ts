/** The sandbox's Bluesky refuses what the real one refuses, in its own words. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { expect, it } from "vitest";
import { start } from "./start.ts";

const pds = "morel.us-east.host.bsky.network";

interface Asked {
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What answers at a host and path of the real Bluesky. */
async function sandbox() {
  const { url } = await start();
  const ask = async (address: string, { json, form, body, headers = {} }: Asked = {}) => {
    const sent = json === undefined ? (form ? new URLSearchParams(form) : body) : JSON.stringify(json);
    const response = await fetch(`${url}/${address}`, {
      method: sent === undefined ? "GET" : "POST",
      headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(sent === undefined ? {} : { body: sent }),
      redirect: "manual",
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
  };
  const password = (await (await fetch(`${url}/keys/bluesky?person=acme`)).text()).trim();
  const xrpc = (name: string, asked?: Asked) => ask(`${pds}/xrpc/${name}`, asked);
  return { ask, xrpc, password };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

it("opens sessions with the app password alone, renews them by the refresh token alone, and gives two hours of grace", async () => {
  const { xrpc, password } = await sandbox();
  const open = (json: unknown) => xrpc("com.atproto.server.createSession", { json });
  expect(await open({ identifier: "acme.bsky.social", password: "main" })).toMatchObject({
    status: 401,
    body: { error: "AuthenticationRequired", message: "Invalid identifier or password" },
  });
  const { body: session } = await open({ identifier: "acme.bsky.social", password });
  const refresh = (token: string) =>
    xrpc("com.atproto.server.refreshSession", { body: new Uint8Array(), headers: bearer(token) });
  expect((await refresh(session.accessJwt)).body).toMatchObject({ error: "ExpiredToken" });
  const { body: next } = await refresh(session.refreshJwt);
  expect((await refresh(session.refreshJwt)).body.refreshJwt).toBe(next.refreshJwt);
  const who = (token: string) => xrpc("com.atproto.server.getSession", { headers: bearer(token) });
  expect((await who(session.refreshJwt)).body).toMatchObject({ error: "InvalidToken" });
  expect((await who(next.accessJwt)).body).toMatchObject({ handle: "acme.bsky.social" });
  await xrpc("com.atproto.server.deleteSession", { body: new Uint8Array(), headers: bearer(next.refreshJwt) });
  expect((await who(next.accessJwt)).status).toBe(400);
  const tries = await Promise.all(
    Array.from({ length: 30 }, () => open({ identifier: "globex.bsky.social", password: "x" })),
  );
  expect(tries.every(({ status }) => status === 401)).toBe(true);
  expect(await open({ identifier: "globex.bsky.social", password: "x" })).toMatchObject({
    status: 429,
    body: { error: "RateLimitExceeded" },
  });
});

it("takes records that are posts, with files that were sent and are what they say", async () => {
  const { xrpc, password } = await sandbox();
  const { body: session } = await xrpc("com.atproto.server.createSession", {
    json: { identifier: "acme.bsky.social", password },
  });
  const { did, accessJwt } = session;
  const put = async (record: object, rkey = "3jzfcijpj2z2a") => {
    const post = { $type: "app.bsky.feed.post", text: "hello", createdAt: "2026-01-01T00:00:00Z", ...record };
    const json = { repo: did, collection: "app.bsky.feed.post", rkey, record: post };
    const { status, body } = await xrpc("com.atproto.repo.putRecord", { json, headers: bearer(accessJwt) });
    return status === 200 ? "taken" : `${body.error}: ${body.message}`;
  };
  expect(await put({})).toBe("taken");
  expect(await put({}, "not-a-tid")).toContain("record key");
  expect(await put({ text: "a".repeat(301) })).toContain("must not be longer than 300 graphemes");
  expect(await put({ text: "👩‍👩‍👧‍👦".repeat(200) })).toContain("must not be longer than 3000");
  expect(await put({ createdAt: "yesterday" })).toContain("datetime");
  expect(await put({ langs: ["en", "de", "fr", "it"] })).toContain("3 elements");
  const facet = (byteEnd: number) => ({
    text: "é x",
    facets: [{ index: { byteStart: 0, byteEnd }, features: [{ $type: "app.bsky.richtext.facet#tag", tag: "x" }] }],
  });
  expect(await put(facet(2))).toBe("taken");
  expect(await put(facet(1))).toContain("middle of a character");
  const image = { $type: "blob", ref: { $link: `baf${"a".repeat(56)}` }, mimeType: "image/png", size: 3 };
  const embed = (blob: object) => ({ $type: "app.bsky.embed.images", images: [{ image: blob, alt: "" }] });
  expect(await put({ embed: embed(image) })).toContain("Could not find blob");
  const sent = { body: new Uint8Array([1, 2, 3]), headers: { ...bearer(accessJwt), "content-type": "image/png" } };
  const { blob } = (await xrpc("com.atproto.repo.uploadBlob", sent)).body;
  expect(await put({ embed: embed(blob) })).toBe("taken");
  expect(await put({ embed: embed({ ...blob, mimeType: "image/jpeg" }) })).toContain("InvalidMimeType");
  expect(await put({ embed: embed({ ...blob, size: 4 }) })).toContain("InvalidSize");
  expect(await put({ embed: { $type: "app.bsky.embed.images", images: [{ image: blob }] } })).toContain(
    "alt must be a string",
  );
});

it("wants requests pushed, each with a fresh proof of the same key and its own nonce", async () => {
  const { ask } = await sandbox();
  const key = newKey();
  const clientId = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&scope=atproto";
  const form = {
    client_id: clientId,
    response_type: "code",
    redirect_uri: "http://127.0.0.1:4711/cb",
    scope: "atproto",
    state: "s",
    code_challenge: createHash("sha256").update("v".repeat(43)).digest("base64url"),
    code_challenge_method: "S256",
  };
  const par = (proof: string | null, more: Readonly<Record<string, string>> = {}) =>
    ask("bsky.social/oauth/par", { form: { ...form, ...more }, headers: proof === null ? {} : { dpop: proof } });
  expect((await par(null)).body).toMatchObject({ error: "invalid_dpop_proof" });
  const wanted = await par(proofBy(key, {}));
  expect([wanted.status, wanted.body.error]).toEqual([400, "use_dpop_nonce"]);
  const nonce = wanted.headers.get("dpop-nonce") ?? "";
  const proof = proofBy(key, { nonce });
  const pushed = await par(proof);
  expect(pushed.status).toBe(201);
  expect((await par(proof)).body.error_description).toContain("replayed");
  expect((await par(proofBy(key, { nonce, htu: "https://evil.example/oauth/par" }))).body.error_description).toContain(
    "htu",
  );
  expect((await par(`${proofBy(key, { nonce }).slice(0, -4)}AAAA`)).body.error_description).toContain("signature");
  for (const [more, error] of [
    [{ redirect_uri: "http://localhost:4711/cb" }, "invalid_request"],
    [{ redirect_uri: "http://127.0.0.1:4711/other" }, "invalid_request"],
    [{ scope: "transition:generic" }, "invalid_scope"],
    [{ scope: "atproto transition:generic" }, "invalid_scope"],
    [{ client_id: "http://localhost:8080/" }, "invalid_client_metadata"],
    [{ code_challenge_method: "plain" }, "invalid_request"],
  ] as const) {
    expect((await par(proofBy(key, { nonce }), more)).body, JSON.stringify(more)).toMatchObject({ error });
  }
  const page = `bsky.social/oauth/authorize?${new URLSearchParams({ client_id: clientId, request_uri: pushed.body.request_uri })}`;
  expect((await ask(`bsky.social/oauth/authorize?${new URLSearchParams(form)}`)).status).toBe(400);
  const shown = await ask(page);
  expect((await ask(page)).status).toBe(400);
  const request = /name="request" value="([^"]+)"/.exec(shown.text)?.[1] ?? "";
  const decided = await ask("bsky.social/oauth/authorize", { form: { request, person: "acme", decision: "approve" } });
  const back = new URL(decided.headers.get("location") ?? "");
  expect(back.searchParams.get("iss")).toBe("https://bsky.social");
  const exchange = (by: Key, code: string) =>
    ask("bsky.social/oauth/token", {
      form: {
        grant_type: "authorization_code",
        code,
        redirect_uri: form.redirect_uri,
        client_id: clientId,
        code_verifier: "v".repeat(43),
      },
      headers: { dpop: proofBy(by, { nonce, htu: "https://bsky.social/oauth/token" }) },
    });
  const code = back.searchParams.get("code") ?? "";
  expect((await exchange(newKey(), code)).body).toMatchObject({ error: "invalid_grant" });
  expect((await exchange(key, code)).body).toMatchObject({
    error: "invalid_grant",
    error_description: "Code replayed",
  });
});

interface Key {
  readonly privateKey: KeyObject;
  readonly jwk: unknown;
}

function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, jwk: publicKey.export({ format: "jwk" }) };
}

let proofs = 0;

function proofBy({ privateKey, jwk }: Key, claims: Readonly<Record<string, string>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  proofs += 1;
  const usual = {
    htm: "POST",
    htu: "https://bsky.social/oauth/par",
    iat: Math.floor(Date.now() / 1000),
    jti: `proof-${proofs}`,
  };
  const signed = `${part({ typ: "dpop+jwt", alg: "ES256", jwk })}.${part({ ...usual, ...claims })}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
