import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type Http, HttpFailure, type HttpRequest, type StreamedBody, textOf } from "../../src/domain/ports/http.ts";
import { createHttp } from "../../src/system/http.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function http(): Http {
  const made = createHttp({ version: "1.2.3", environment: {} });
  closing.push(() => made.close());
  return made;
}

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const web = (handle: RequestListener) => listening(createServer(handle));
const tcp = (handle: (socket: Socket) => void) => listening(createTcp(handle));

/** Pieces of 64 KiB of one byte each, and how many are out of the door. */
function pieces(count: number, { pause = 0, announced = count * 65_536 } = {}) {
  const seen = { taken: 0, opened: 0, closed: 0 };
  const body: StreamedBody = {
    length: announced,
    open: async function* () {
      seen.opened += 1;
      try {
        for (let index = 0; index < count; index += 1) {
          if (pause > 0) await sleep(pause);
          seen.taken += 1;
          yield new Uint8Array(65_536).fill(index % 256);
        }
      } finally {
        seen.closed += 1;
      }
    },
  };
  return { body, seen };
}

const post = (url: string, body: StreamedBody, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "POST",
  url,
  body,
  ...more,
});

async function failureOf(request: HttpRequest): Promise<HttpFailure> {
  const outcome = await http()
    .send(request)
    .catch((error: unknown) => error);
  if (outcome instanceof HttpFailure) return outcome;
  throw new Error(`not an HttpFailure: ${String(outcome)}`);
}

test("a streamed body arrives whole, with its length announced and not in chunks", async () => {
  const url = await web(async (request, response) => {
    const hash = createHash("sha256");
    for await (const chunk of request) hash.update(chunk as Buffer);
    const { "content-length": length, "transfer-encoding": encoding = "none" } = request.headers;
    response.end([hash.digest("hex"), length, encoding].join(" "));
  });
  const { body, seen } = pieces(300);
  const hash = createHash("sha256");
  for await (const piece of body.open()) hash.update(piece);
  const answer = textOf(await http().send(post(url, body)));
  expect(answer).toBe(`${hash.digest("hex")} ${300 * 65_536} none`);
  expect(seen).toEqual({ taken: 600, opened: 2, closed: 2 });
});

test("the same request can be sent again: its body is opened anew", async () => {
  const url = await web(async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += (chunk as Buffer).length;
    response.end(String(size));
  });
  const request = post(url, pieces(3).body);
  const client = http();
  for (const fresh of [false, false, true]) {
    expect(textOf(await client.send({ ...request, fresh }))).toBe(String(3 * 65_536));
  }
});

test("a slow upload lives as long as something moves, and longer than its limit", async () => {
  const url = await web(async (request, response) => {
    for await (const _chunk of request);
    response.end("late but whole");
  });
  const started = performance.now();
  const { body } = pieces(12, { pause: 60 });
  expect(textOf(await http().send(post(url, body, { timeout: 300 })))).toBe("late but whole");
  expect(performance.now() - started).toBeGreaterThan(600);
});

test("a server that stops reading: timeout, and only so much was taken from the file", async () => {
  const url = await tcp((socket) => socket.pause());
  const { body, seen } = pieces(2000);
  const failure = await failureOf(post(url, body, { timeout: 300 }));
  expect(failure).toMatchObject({ code: "timeout", sent: true });
  // What the kernel holds for a socket, and no more: the rest was never read.
  expect(seen.taken).toBeLessThan(500);
  await expect.poll(() => seen.closed).toBe(1);
});

test("a server that says nothing after the last byte: timeout, may have been sent", async () => {
  const url = await tcp((socket) => socket.resume());
  const failure = await failureOf(post(url, pieces(2).body, { timeout: 200 }));
  expect(failure).toMatchObject({ code: "timeout", sent: true });
});

test("a stop in the middle: aborted, and the body is closed", async () => {
  const stop = new AbortController();
  const url = await tcp((socket) =>
    socket.once("data", () => {
      socket.pause();
      stop.abort();
    }),
  );
  const { body, seen } = pieces(2000);
  expect(await failureOf(post(url, body, { signal: stop.signal }))).toMatchObject({ code: "aborted", sent: true });
  await expect.poll(() => seen.closed).toBe(1);
});

test("a refusal in the middle of the upload is the answer, not a broken connection", async () => {
  const url = await web((_request, response) => {
    response.writeHead(413, { connection: "close" }).end("too much");
  });
  const { body, seen } = pieces(2000);
  const response = await http().send(post(url, body));
  expect([response.status, textOf(response)]).toEqual([413, "too much"]);
  await expect.poll(() => seen.closed).toBe(1);
});

test("a connection that is cut in the middle: may have been sent", async () => {
  const url = await tcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
  expect(await failureOf(post(url, pieces(2000).body))).toMatchObject({ sent: true });
});

test("a body that is shorter than announced fails, and is no whole request to the server", async () => {
  const ended: boolean[] = [];
  const url = await web((request) => {
    request.on("data", () => {}).on("error", () => {});
    request.on("close", () => ended.push(request.complete));
  });
  const failure = await failureOf(post(url, pieces(3, { announced: 4 * 65_536 }).body));
  expect(failure.code).toBe("UND_ERR_REQ_CONTENT_LENGTH_MISMATCH");
  await expect.poll(() => ended).toEqual([false]);
});

test("a body that is longer than announced fails", async () => {
  const url = await web((request) => request.on("error", () => {}).resume());
  const failure = await failureOf(post(url, pieces(3, { announced: 2 * 65_536 }).body));
  expect(failure.code).toBe("UND_ERR_REQ_CONTENT_LENGTH_MISMATCH");
});

test("a body that breaks off is told with its own cause", async () => {
  const url = await web((request) => request.on("error", () => {}).resume());
  const broken = new Error("the file is gone");
  const failure = await failureOf(
    post(url, {
      length: 100_000,
      open: async function* () {
        yield new Uint8Array(50_000);
        throw broken;
      },
    }),
  );
  expect(failure).toMatchObject({ sent: true, cause: broken });
});

test("to a server that is not there, nothing is opened", async () => {
  const { body, seen } = pieces(1);
  expect(await failureOf(post("http://127.0.0.1:1/", body))).toMatchObject({ code: "ECONNREFUSED", sent: false });
  expect(seen.opened).toBe(0);
});
