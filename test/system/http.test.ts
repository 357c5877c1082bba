import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Http, HttpFailure, type HttpRequest, textOf } from "../../src/domain/ports/http.ts";
import { createHttp } from "../../src/system/http.ts";
import { bundled, runProgram } from "./child-program.ts";
import { needsPackages } from "./debian-package.ts";
import { testCertificate } from "./test-certificate.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function http(environment: Record<string, string> = {}, connectTimeout?: number): Http {
  const limit = connectTimeout === undefined ? {} : { connectTimeout };
  const made = createHttp({ version: "1.2.3", environment, ...limit });
  closing.push(() => made.close());
  return made;
}

/** What a raw TCP server does with each connection. */
async function tcp(handle: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    handle(socket);
  });
  return `http://127.0.0.1:${await listening(server)}`;
}

async function web(handle: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createHttpServer(handle))}`;
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function failureOf(request: HttpRequest, environment: Record<string, string> = {}): Promise<HttpFailure> {
  return failureBy(http(environment), request);
}

async function failureBy(client: Http, request: HttpRequest): Promise<HttpFailure> {
  const outcome = await client.send(request).catch((error: unknown) => error);
  if (outcome instanceof HttpFailure) return outcome;
  throw new Error(`not an HttpFailure: ${String(outcome)}`);
}

const post = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "POST",
  url,
  body: "grant_type=refresh_token",
  ...more,
});

// The verdict must be the same with a pooled connection and with one of its own.
const connections: [string, Partial<HttpRequest>][] = [
  ["a pooled connection", {}],
  ["a fresh connection", { fresh: true }],
];

describe.each(connections)("over %s", (_name, kind) => {
  test("a refused port: not sent", async () => {
    const url = await tcp(() => {});
    await closing.pop()?.();
    expect(await failureOf(post(url, kind))).toMatchObject({ code: "ECONNREFUSED", sent: false });
  });

  test("a name that does not exist: not sent", async () => {
    const failure = await failureOf(post("https://nowhere.invalid/", kind));
    expect(failure.code).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect(failure.sent).toBe(false);
  });

  test("a server that reads the request and resets: may have been sent", async () => {
    const url = await tcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(await failureOf(post(url, kind))).toMatchObject({ sent: true });
  });

  test("a server that closes at once without an answer: may have been sent", async () => {
    const url = await tcp((socket) => socket.end());
    expect((await failureOf(post(url, kind))).sent).toBe(true);
  });

  test("a server that hangs: timeout, may have been sent", async () => {
    const url = await tcp(() => {});
    expect(await failureOf(post(url, { ...kind, timeout: 200 }))).toMatchObject({ code: "timeout", sent: true });
  });

  test("half an answer and then the end: may have been sent", async () => {
    const url = await tcp((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")),
    );
    expect((await failureOf(post(url, kind))).sent).toBe(true);
  });

  test("half an answer and then silence: timeout, may have been sent", async () => {
    const url = await tcp((socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")),
    );
    expect(await failureOf(post(url, { ...kind, timeout: 300 }))).toMatchObject({ code: "timeout", sent: true });
  });

  test("an answer that is not HTTP: may have been sent", async () => {
    const url = await tcp((socket) => socket.once("data", () => socket.end("220 smtp ready\r\n")));
    expect((await failureOf(post(url, kind))).sent).toBe(true);
  });

  test("more than 1 MiB: too_large, may have been sent; 1 MiB exactly is read", async () => {
    const size = { value: 1_048_577 };
    const url = await web((_request, response) => response.end(Buffer.alloc(size.value)));
    expect(await failureOf(post(url, kind))).toMatchObject({ code: "too_large", sent: true });
    size.value -= 1;
    expect((await http().send(post(url, kind))).body.length).toBe(1_048_576);
  });

  test("a stop while the server thinks: aborted, may have been sent", async () => {
    const stop = new AbortController();
    const url = await tcp((socket) => socket.once("data", () => stop.abort(new Error("stopped by a signal"))));
    const failure = await failureOf(post(url, { ...kind, signal: stop.signal }));
    expect(failure).toMatchObject({ code: "aborted", sent: true });
  });

  test("a stop before anything happened: aborted, not sent", async () => {
    const url = await tcp(() => {});
    const failure = await failureOf(post(url, { ...kind, signal: AbortSignal.abort() }));
    expect(failure).toMatchObject({ code: "aborted", sent: false });
  });
});

test("a server that takes no connection: not sent, at the request's limit or the connection's own", async () => {
  const full = await fullServer();
  const impatient = http({}, 500);
  const [short, long, fresh] = await Promise.all([
    failureOf(post(full, { fresh: true, timeout: 500 })),
    failureBy(impatient, post(full)),
    failureBy(impatient, post(full, { fresh: true })),
  ]);
  expect(short).toMatchObject({ code: "timeout", sent: false });
  expect(long).toMatchObject({ code: "UND_ERR_CONNECT_TIMEOUT", sent: false });
  expect(fresh).toMatchObject({ code: "UND_ERR_CONNECT_TIMEOUT", sent: false });
});

/** A listener that accepts nothing (its process is stopped) and whose queue is full: the kernel drops what comes. */
async function fullServer(): Promise<string> {
  const listener = `const s = require("node:net").createServer(() => {});
    s.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(s.address().port));`;
  const child = spawn(process.execPath, ["-e", listener], { stdio: ["ignore", "pipe", "inherit"] });
  closing.push(() => child.kill("SIGKILL"));
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGSTOP");
  for (let count = 0; count < 8; count += 1) {
    const filler = connect(Number(port), "127.0.0.1").on("error", () => {});
    closing.push(() => filler.destroy());
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  return `http://127.0.0.1:${Number(port)}`;
}

test("a redirect is an answer like any other", async () => {
  const asked: string[] = [];
  const url = await web((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  const response = await http().send(post(url));
  expect([response.status, response.headers["location"]]).toEqual([307, "/elsewhere"]);
  expect(asked).toEqual(["/"]);
});

test.each([false, true])("one request arrives once, whatever becomes of it (fresh: %s)", async (fresh) => {
  const seen = { connections: 0, requests: 0 };
  const url = await tcp((socket) => {
    seen.connections += 1;
    socket.on("data", () => {
      seen.requests += 1;
      socket.destroy();
    });
  });
  await failureOf({ method: "GET", url, fresh });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(seen).toEqual({ connections: 1, requests: 1 });
});

test("a request on a connection that the server closed meanwhile fails rather than being repeated", async () => {
  let requests = 0;
  const url = await tcp((socket) =>
    socket.on("data", () => {
      requests += 1;
      if (requests === 1) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      else socket.destroy();
    }),
  );
  const client = http();
  await client.send({ method: "GET", url });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await failureBy(client, { method: "GET", url })).toMatchObject({ sent: true });
  expect(requests).toBe(2);
});

test("names itself and asks for JSON unless told otherwise, whatever the case of a header", async () => {
  const url = await web((request, response) => response.end(JSON.stringify(request.headers)));
  const seen = async (headers?: Record<string, string>) =>
    JSON.parse(textOf(await http().send({ method: "GET", url, ...(headers ? { headers } : {}) })));
  expect(await seen()).toMatchObject({ "user-agent": "agencyiq/1.2.3", accept: "application/json" });
  expect(await seen({ Accept: "text/html" })).toMatchObject({ accept: "text/html" });
});

test("repeated headers are joined and names are lower case", async () => {
  const url = await web((_request, response) => response.writeHead(200, { "X-Thing": ["a", "b"] }).end("ä"));
  const response = await http().send({ method: "GET", url });
  expect(response.headers["x-thing"]).toBe("a, b");
  expect(textOf(response)).toBe("ä");
});

test("a fresh request has a connection of its own that is closed after it; others share one", async () => {
  const ports: (number | undefined)[] = [];
  const closes: (string | undefined)[] = [];
  const url = await web((request, response) => {
    ports.push(request.socket.remotePort);
    closes.push(request.headers.connection);
    response.end();
  });
  const client = http();
  for (const fresh of [false, false, true, true]) {
    await client.send({ method: "GET", url, fresh });
    // A pool knows of an idle connection only after the turn its answer ended in.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(ports[0]).toBe(ports[1]);
  expect(new Set(ports.slice(1)).size).toBe(3);
  expect(closes).toEqual(["keep-alive", "keep-alive", "close", "close"]);
});

test.each(["http://api.x.com/2/tweets", "http://127.0.0.1.evil.example/", "ftp://127.0.0.1/", "http://[::2]/"])(
  "%s is refused before anything is sent",
  async (url) => {
    expect(await failureOf(post(url))).toMatchObject({ code: "insecure", sent: false });
  },
);

describe("proxies", () => {
  test("a proxy that refuses the tunnel: not sent", async () => {
    const proxy = await tcp((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")),
    );
    const failure = await failureOf(post("https://platform.example/"), { https_proxy: proxy });
    expect(failure).toMatchObject({ code: "proxy_refused", sent: false, message: expect.stringContaining("407") });
  });

  test("a proxy is named with or without http://, and lower case wins", async () => {
    const asked: string[] = [];
    const proxyOf = (name: string) =>
      tcp((socket) => {
        asked.push(name);
        socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      });
    const [lower, upper] = [await proxyOf("lower"), await proxyOf("upper")];
    const both = { https_proxy: lower.replace("http://", ""), HTTPS_PROXY: upper };
    expect((await failureOf(post("https://platform.example/"), both)).code).toBe("proxy_refused");
    expect(asked).toEqual(["lower"]);
  });

  test("a proxy that is not there: not sent", async () => {
    const failure = await failureOf(post("https://platform.example/"), { HTTPS_PROXY: "http://127.0.0.1:1" });
    expect(failure).toMatchObject({ code: "ECONNREFUSED", sent: false });
  });

  test("a proxy that never answers: timeout, not sent", async () => {
    const proxy = await tcp(() => {});
    const failure = await failureOf(post("https://platform.example/", { timeout: 300 }), { HTTPS_PROXY: proxy });
    expect(failure).toMatchObject({ code: "timeout", sent: false });
  });

  test("a tunnel to a server that does not speak TLS: not sent", async () => {
    const proxy = await tcp((socket) =>
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.once("data", () => socket.end("nonsense"));
      }),
    );
    expect((await failureOf(post("https://platform.example/"), { HTTPS_PROXY: proxy })).sent).toBe(false);
  });

  test("a proxy that is no URL is told without its value", async () => {
    const failure = await failureOf(post("https://platform.example/"), { HTTPS_PROXY: "http://me:hunter2@:::" });
    expect(failure).toMatchObject({ code: "proxy_invalid", sent: false });
    expect(failure.message).not.toContain("hunter2");
  });

  // Nobody can be reached at a name that does not exist, but a proxy is asked for it.
  test.each([
    ["a host that NO_PROXY names", { NO_PROXY: "other.invalid, platform.invalid" }, false],
    ["a host under a domain that NO_PROXY names", { NO_PROXY: ".invalid" }, false],
    ["any host, with NO_PROXY=*", { no_proxy: "*" }, false],
    ["a host that NO_PROXY does not name", { NO_PROXY: "other.invalid" }, true],
    ["a host whose name only ends alike", { NO_PROXY: "form.invalid" }, true],
    ["any host, with NO_PROXY empty", { NO_PROXY: "" }, true],
  ])("%s", async (_name, noProxy: Record<string, string>, asked) => {
    const heads: string[] = [];
    const proxy = await tcp((socket) =>
      socket.once("data", (head) => {
        heads.push(head.toString().split("\r\n")[0] ?? "");
        socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      }),
    );
    const failure = await failureOf(post("https://platform.invalid/"), { HTTPS_PROXY: proxy, ...noProxy });
    expect(failure.sent).toBe(false);
    expect(heads).toEqual(asked ? ["CONNECT platform.invalid:443 HTTP/1.1"] : []);
    expect(failure.code).toMatch(asked ? /^proxy_refused$/ : /^(ENOTFOUND|EAI_AGAIN)$/);
  });

  test("a proxy is told the password in its URL, and nothing of the request", async () => {
    const heads: string[] = [];
    const proxy = await tcp((socket) =>
      socket.once("data", (head) => {
        heads.push(head.toString());
        socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      }),
    );
    const withPassword = proxy.replace("//", "//me:hunter2@");
    const request = post("https://platform.example/token?code=secret", { headers: { authorization: "Bearer secret" } });
    const failure = await failureOf(request, { HTTPS_PROXY: withPassword });
    expect(heads[0]).toContain(`proxy-authorization: Basic ${Buffer.from("me:hunter2").toString("base64")}`);
    expect(heads[0]).not.toMatch(/secret|token/);
    expect(failure.message).not.toContain("hunter2");
  });

  test.each(["127.0.0.1", "127.0.0.2", "[::1]", "localhost"])(
    "never for a server on this machine (%s)",
    async (host) => {
      const server = createHttpServer((_request, response) => response.end("direct"));
      server.listen(0, host.replace(/[[\]]/g, ""));
      await once(server, "listening");
      closing.push(() => server.close());
      const { port } = server.address() as AddressInfo;
      for (const noProxy of [{}, { NO_PROXY: "" }, { NO_PROXY: "elsewhere.example" }]) {
        const client = http({ HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1", ...noProxy });
        const response = await client.send({ method: "GET", url: `http://${host}:${port}/` });
        expect(textOf(response)).toBe("direct");
        await client.close();
      }
    },
  );
});

const openssl = needsPackages("openssl");

// Node reads extra authorities and its own TLS options at its start only: each case is a process of its own.
describe.skipIf(openssl.skip)(`TLS${openssl.note}`, () => {
  let entry = "";
  beforeAll(async () => {
    entry = await bundled(`
      import { readFileSync } from "node:fs";
      import { createServer } from "node:https";
      import { createServer as createTcp, connect } from "node:net";
      import { createHttp } from "system/http.ts";
      const settings = JSON.parse(process.argv[2]);
      let arrived = 0;
      const files = { key: readFileSync(settings.key), cert: readFileSync(settings.cert) };
      const server = createServer({ ...files, ...settings.server }, (request, response) => {
        arrived += 1;
        if (settings.reset) request.socket.destroy(); else response.end("secure");
      });
      await new Promise((done) => server.listen(0, "127.0.0.1", done));
      const asked = [];
      const proxy = createTcp((socket) => socket.on("error", () => {}).once("data", (head) => {
        asked.push(head.toString().split("\\r\\n")[0]);
        const far = connect(server.address().port, "127.0.0.1").on("error", () => {});
        socket.write("HTTP/1.1 200 OK\\r\\n\\r\\n");
        socket.pipe(far).pipe(socket);
      }));
      await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
      const environment = settings.proxied ? { HTTPS_PROXY: "http://127.0.0.1:" + proxy.address().port } : {};
      const url = settings.proxied ? "https://platform.example/token" : "https://localhost:" + server.address().port + "/token";
      const http = createHttp({ version: "1", environment });
      const outcome = await http.send({ method: "POST", url, body: "x", fresh: settings.fresh ?? false }).then(
        ({ status, body }) => ({ status, text: Buffer.from(body).toString() }),
        ({ name, code, sent }) => ({ name, code, sent }));
      console.log(JSON.stringify({ ...outcome, arrived, asked }));
      process.exit(0);
    `);
  });

  interface Case {
    readonly trusted?: boolean;
    readonly proxied?: boolean;
    readonly fresh?: boolean;
    readonly reset?: boolean;
    readonly names?: string;
    readonly server?: object;
    readonly nodeOptions?: string;
  }

  async function outcomeOf({ trusted = true, names, nodeOptions, ...settings }: Case) {
    const { key, cert } = testCertificate(names ?? "localhost,platform.example");
    const ended = await runProgram(process.execPath, [entry, JSON.stringify({ key, cert, ...settings })], {
      ...(trusted ? { NODE_EXTRA_CA_CERTS: cert } : {}),
      ...(nodeOptions ? { NODE_OPTIONS: nodeOptions } : {}),
    });
    if (!ended.stdout) throw new Error(ended.stderr);
    return JSON.parse(ended.stdout) as Record<string, unknown>;
  }

  test("a trusted server answers", async () => {
    expect(await outcomeOf({})).toMatchObject({ status: 200, text: "secure" });
  });

  test("a self-signed server is refused, nothing was sent", async () => {
    expect(await outcomeOf({ trusted: false })).toMatchObject({
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
      sent: false,
      arrived: 0,
    });
  });

  test("a certificate for another name is refused, nothing was sent", async () => {
    expect(await outcomeOf({ names: "elsewhere.example" })).toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
      sent: false,
      arrived: 0,
    });
  });

  test.each([false, true])("TLS 1.1 is refused even where Node was told to allow it (proxied: %s)", async (proxied) => {
    const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    const nodeOptions = "--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0";
    expect(await outcomeOf({ server: old, nodeOptions, proxied })).toMatchObject({ sent: false, arrived: 0 });
  });

  test.each([false, true])("through a tunnel (fresh: %s)", async (fresh) => {
    expect(await outcomeOf({ proxied: true, fresh })).toMatchObject({
      status: 200,
      text: "secure",
      asked: ["CONNECT platform.example:443 HTTP/1.1"],
    });
  });

  test.each([false, true])("a connection cut after the request, proxied %s: may have been sent", async (proxied) => {
    expect(await outcomeOf({ reset: true, proxied })).toMatchObject({ sent: true, arrived: 1 });
  });

  test("an untrusted server behind a tunnel: nothing was sent", async () => {
    expect(await outcomeOf({ proxied: true, trusted: false })).toMatchObject({ sent: false, arrived: 0 });
  });
});
