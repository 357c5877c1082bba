/** Files on their way to a platform: what a server gets, what it is told of, and what is tried again. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Observation, Services } from "../../src/app/services.ts";
import type { Failure } from "../../src/domain/failure.ts";
import type { FileSlice } from "../../src/platforms/platform.ts";
import { x } from "../../src/platforms/x.ts";
import { mediaFiles } from "../../src/system/media-files.ts";
import { clock } from "../conformance/ports.ts";
import { pngHead } from "../platforms/connected-x.ts";
import { apiOf } from "./platform-client.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serving(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Node's own reader of multipart bodies. */
async function formOf(request: IncomingMessage): Promise<FormData> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  return new Response(Buffer.concat(chunks), { headers }).formData();
}

const png = Buffer.concat([Buffer.from(pngHead, "latin1"), Buffer.alloc(300_000, 7)]);

async function sliceOf(content: Buffer, start = 0, end = content.length): Promise<FileSlice> {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-media-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'picture of "me".png');
  writeFileSync(path, content);
  return { source: await mediaFiles(tmpdir()).open(path), start, end };
}

/** Waits that are only counted. */
function counted(): { services: Partial<Services>; waits: number[] } {
  const waits: number[] = [];
  const sleep = async (milliseconds: number) => void waits.push(milliseconds);
  return { services: { clock: { ...clock, sleep } }, waits };
}

const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as Failure,
  );

test("texts and a part of a file arrive as a form, in order, and the file's own name stays here", async () => {
  const seen: Record<string, unknown>[] = [];
  const url = await serving(async (request, response) => {
    for (const [name, value] of await formOf(request)) {
      if (typeof value === "string") seen.push({ name, value });
      else {
        const bytes = Buffer.from(await value.arrayBuffer());
        seen.push({ name, file: value.name, type: value.type, bytes: bytes.equals(png.subarray(100, 250_100)) });
      }
    }
    response.end('{"ok":true}');
  });
  const api = apiOf(x, "t");
  const multipart = { segment_index: "3", 'a "name"\r\nx: y': "é\r\n--", media: await sliceOf(png, 100, 250_100) };
  expect(await api.post(url, { multipart })).toEqual({ ok: true });
  expect(seen).toEqual([
    { name: "segment_index", value: "3" },
    { name: 'a "name"\r\nx: y', value: "é\r\n--" },
    { name: "media", file: "media", type: "image/png", bytes: true },
  ]);
});

test("a file goes as it is, with its type and length", async () => {
  const url = await serving(async (request, response) => {
    const hash = createHash("sha256");
    for await (const chunk of request) hash.update(chunk as Buffer);
    const { "content-type": type, "content-length": length } = request.headers;
    response.end(JSON.stringify({ type, length, hash: hash.digest("hex") }));
  });
  expect(await apiOf(x, "t").post(url, { file: await sliceOf(png) })).toEqual({
    type: "image/png",
    length: String(png.length),
    hash: createHash("sha256").update(png).digest("hex"),
  });
});

test("how far it is, is told in bytes of the whole file, up to the part's end", async () => {
  const url = await serving(async (request, response) => {
    for await (const _chunk of request);
    response.end("{}");
  });
  const told: Observation[] = [];
  const api = apiOf(x, "t", { observe: (event) => told.push(event) });
  const slice = await sliceOf(png, 100_000, 300_000);
  await api.post(url, { multipart: { media: slice } });
  const done = told.map((event) => (event.kind === "upload" ? event.done : Number.NaN));
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  expect(done[0]).toBeGreaterThan(100_000);
  expect(done.at(-1)).toBe(300_000);
  expect(told[0]).toMatchObject({ kind: "upload", platform: "x", file: slice.source.path, total: png.length });
});

test("a file that shrank meanwhile is told as such, and not taken for a broken network", async () => {
  const url = await serving(async (request) => void request.on("error", () => {}).resume());
  const slice = await sliceOf(png);
  truncateSync(slice.source.path, 150_000);
  const { services, waits } = counted();
  const failure = await failureOf(apiOf(x, "t", services).post(url, { multipart: { media: slice }, repeatable: true }));
  expect(failure).toMatchObject({ code: "media_changed", message: expect.stringContaining(slice.source.path) });
  expect(waits).toEqual([]);
});

test("what makes nothing public is sent again, whole, after 1, 2 and 4 seconds", async () => {
  const sizes: number[] = [];
  const url = await serving(async (request, response) => {
    if (sizes.length === 1) {
      sizes.push(0);
      request.socket.destroy();
      return;
    }
    let size = 0;
    for await (const chunk of request) size += (chunk as Buffer).length;
    sizes.push(size);
    response.statusCode = sizes.length < 4 ? 500 : 200;
    response.end('{"data":{}}');
  });
  const { services, waits } = counted();
  const api = apiOf(x, "t", services);
  const multipart = { media: await sliceOf(png) };
  expect(await api.post(url, { multipart, repeatable: true })).toEqual({ data: {} });
  expect(waits).toEqual([1000, 2000, 4000]);
  expect(new Set(sizes)).toEqual(new Set([sizes[0], 0]));
});

test("after the last try it may simply be run again: nothing is in doubt", async () => {
  let asked = 0;
  const url = await serving((request) => {
    asked += 1;
    request.socket.destroy();
  });
  const { services } = counted();
  const failure = await failureOf(apiOf(x, "t", services).post(url, { json: {}, repeatable: true }));
  expect(failure).toMatchObject({ code: "network", category: "later" });
  expect(asked).toBe(4);
});

test("a refusal is final at once, and what could be public is never sent twice", async () => {
  let asked = 0;
  const status = { now: 400 };
  const url = await serving((_request, response) => {
    asked += 1;
    response.writeHead(status.now, { "content-type": "application/json" }).end('{"detail":"no"}');
  });
  const { services, waits } = counted();
  const api = apiOf(x, "t", services);
  expect(await failureOf(api.post(url, { json: {}, repeatable: true }))).toMatchObject({ code: "content_invalid" });
  status.now = 500;
  expect(await failureOf(api.post(url, { json: {} }))).toMatchObject({ code: "delivery_unknown" });
  expect([asked, waits]).toEqual([2, []]);
});

test("asked to end, an upload stops at once, and says that it can go on later", async () => {
  const stopping = new AbortController();
  const url = await serving((request) => {
    request.once("data", () => {
      request.pause();
      stopping.abort();
    });
  });
  const { services, waits } = counted();
  const api = apiOf(x, "t", { ...services, stopping: stopping.signal });
  const big = Buffer.alloc(20_000_000);
  const failure = await failureOf(api.post(url, { multipart: { media: await sliceOf(big) }, repeatable: true }));
  expect(failure).toMatchObject({ code: "network", category: "later" });
  expect(waits).toEqual([]);
});
