import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { Failure } from "../../src/domain/failure.ts";
import type { CallbackPage, CallbackServer, CallbackServerOptions } from "../../src/domain/ports/machine.ts";
import { startCallbackServer } from "../../src/system/callback-server.ts";

const open: (CallbackServer | Server)[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(options: Partial<CallbackServerOptions> = {}): Promise<CallbackServer> {
  const server = await startCallbackServer({
    host: "127.0.0.1",
    port: 0,
    path: "/callback/x",
    accepts: (url) => url.searchParams.get("state") === "right",
    ...options,
  });
  open.push(server);
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

interface Ask {
  readonly port: number;
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
  readonly address?: string;
}

/** By hand, since fetch hides redirects and forbids a Host header. */
function ask({ port, path = "/callback/x?code=secret-code&state=right", method = "GET", host, address }: Ask) {
  return new Promise<Answer>((resolve, reject) => {
    const headers = { host: host ?? `127.0.0.1:${port}` };
    const request = httpRequest(
      { host: address ?? "127.0.0.1", port, path, method, headers, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    request.on("error", reject);
    request.end();
  });
}

const soon = () => AbortSignal.timeout(5000);
const good: CallbackPage = { ok: true, title: "X is connected", text: `for <script>alert(1)</script> & "you", 'me'` };

/** Plays the browser to the end: the callback, the redirect, the page. */
async function complete(server: CallbackServer, path?: string): Promise<{ accepted: boolean; redirect: Answer }> {
  const first = ask({ port: server.port, ...(path ? { path } : {}) });
  const callback = await server.next(soon());
  const finished = callback.finish(good);
  const redirect = await first;
  await ask({ port: server.port, path: "/callback/x/done" });
  await finished;
  return { accepted: callback.accepted, redirect };
}

/** What every answer carries, whatever it is. */
function expectGuarded({ headers }: Answer): void {
  expect(headers["cache-control"]).toBe("no-store");
  expect(headers["referrer-policy"]).toBe("no-referrer");
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
  expect(headers["connection"]).toBe("close");
}

test("a callback is handed over whole, and the browser is moved to an address without the code", async () => {
  const server = await start();
  const first = ask(server);
  const callback = await server.next(soon());
  expect(callback.accepted).toBe(true);
  expect(callback.url.searchParams.get("code")).toBe("secret-code");
  const finished = callback.finish(good);
  const answer = await first;
  expect(answer.status).toBe(303);
  expect(answer.headers["location"]).toBe("/callback/x/done");
  expectGuarded(answer);
  const page = await ask({ port: server.port, path: "/callback/x/done" });
  const started = performance.now();
  await finished;
  expect(performance.now() - started).toBeLessThan(500);
  expect(page.status).toBe(200);
  expectGuarded(page);
  expect(page.body).toContain("X is connected");
  expect(page.body).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;you&quot;, &#39;me&#39;");
  expect(page.body).not.toMatch(/<script|secret-code|https?:/);
});

test("a browser that does not come for the page is waited for 2 s, no longer", async () => {
  const server = await start();
  const first = ask(server);
  const callback = await server.next(soon());
  const started = performance.now();
  await callback.finish({ ...good, ok: false });
  expect(performance.now() - started).toBeGreaterThan(1900);
  expect(performance.now() - started).toBeLessThan(3000);
  expect((await first).status).toBe(303);
});

test("a browser that left before the end does not matter", async () => {
  const server = await start();
  const socket = connect(server.port, "127.0.0.1");
  socket.write(`GET /callback/x?state=right HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n\r\n`);
  const callback = await server.next(soon());
  socket.destroy();
  await callback.finish(good);
});

test("what failed is told with an error's status", async () => {
  const server = await start();
  const first = ask(server);
  const callback = await server.next(soon());
  const finished = callback.finish({ ok: false, title: "X was not connected", text: "you said no" });
  await first;
  const page = await ask({ port: server.port, path: "/callback/x/done" });
  await finished;
  expect(page.status).toBe(400);
  expect(page.body).toContain("you said no");
});

test("a response with another state is handed over as not accepted", async () => {
  const { accepted } = await complete(await start(), "/callback/x?code=a&state=wrong");
  expect(accepted).toBe(false);
});

test("it is used once: a second response is turned away", async () => {
  const server = await start();
  const first = ask(server);
  const callback = await server.next(soon());
  const second = await ask(server);
  expect(second.status).toBe(410);
  expectGuarded(second);
  const finished = callback.finish(good);
  await first;
  await ask({ port: server.port, path: "/callback/x/done" });
  await finished;
});

test("the port is closed after the end", async () => {
  const server = await start();
  await server.close();
  await expect(ask(server)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("closing waits for nobody: connections that browsers keep open or never finish are cut", async () => {
  const server = await start();
  const idle = connect(server.port, "127.0.0.1");
  const unfinished = connect(server.port, "127.0.0.1");
  await Promise.all([once(idle, "connect"), once(unfinished, "connect")]);
  unfinished.write("GET /callback/x?code=a HTTP/1.1\r\nhost: 127.0.0.1\r\n");
  // Answered after both: the server has them.
  await ask({ port: server.port, path: "/nothing" });
  const cut = Promise.all(
    [idle, unfinished].map((socket) =>
      once(
        socket.on("error", () => {}),
        "close",
      ),
    ),
  );
  await server.close();
  await cut;
}, 3000);

test("a callback that came before anybody waited for it is not lost", async () => {
  const server = await start();
  const first = ask(server);
  while ((await ask(server)).status !== 410);
  const callback = await server.next(soon());
  expect(callback.url.searchParams.get("code")).toBe("secret-code");
  const finished = callback.finish(good);
  await first;
  await ask({ port: server.port, path: "/callback/x/done" });
  await finished;
});

test("waiting ends with the signal's own reason", async () => {
  const server = await start();
  const stop = new AbortController();
  const waiting = server.next(stop.signal);
  const reason = new Failure("authorization_timeout", "nobody came");
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(server.next(AbortSignal.abort(reason))).rejects.toBe(reason);
});

describe("everything else", () => {
  test.each([
    ["another path", { path: "/callback/y?code=a&state=right" }, 404],
    ["a longer path", { path: "/callback/x/?code=a&state=right" }, 404],
    ["the path in other letters", { path: "/callback/X?code=a&state=right" }, 404],
    ["the favicon", { path: "/favicon.ico" }, 404],
    ["the page before there is one", { path: "/callback/x/done" }, 404],
    ["a path that looks like a host", { path: "//evil.example/callback/x" }, 404],
    ["POST", { method: "POST" }, 405],
    ["DELETE", { method: "DELETE" }, 405],
    ["a whole URL of another host", { path: "http://evil.example/callback/x?state=right" }, 421],
    ["a rebound name", { host: "evil.example" }, 421],
    ["a rebound name with our port", { host: "evil.example:PORT" }, 421],
    ["our name with another port", { host: "127.0.0.1:1" }, 421],
    ["no port", { host: "127.0.0.1" }, 421],
    ["a name that begins like ours", { host: "localhost.evil.example:PORT" }, 421],
    ["HEAD", { method: "HEAD" }, 200],
  ] as const)("%s is answered without being taken for the callback", async (_name, request, status) => {
    const server = await start();
    const host = "host" in request ? { host: request.host.replace("PORT", String(server.port)) } : {};
    const answer = await ask({ port: server.port, ...request, ...host });
    expect(answer.status).toBe(status);
    expect(answer.headers["location"]).toBeUndefined();
    expectGuarded(answer);
    expect((await complete(server)).accepted).toBe(true);
  });

  test("no redirect leads anywhere else, whatever the query asks for", async () => {
    const path = "/callback/x?state=right&redirect_uri=https://evil.example&next=//evil.example";
    const { redirect } = await complete(await start(), path);
    expect(redirect.headers["location"]).toBe("/callback/x/done");
  });

  test("what is not HTTP gets the same headers", async () => {
    const server = await start();
    const socket = connect(server.port, "127.0.0.1");
    socket.end("nonsense\r\n\r\n");
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("cache-control: no-store");
  });
});

describe("addresses", () => {
  const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

  test("127.0.0.1 is not reachable from another address of this machine", async () => {
    const server = await start();
    for (const address of outerAddresses()) {
      await expect(ask({ ...server, port: server.port, address })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    }
  });

  test.runIf(ipv6)("localhost is both families on one port", async () => {
    const server = await start({ host: "localhost" });
    for (const address of ["127.0.0.1", "::1"]) {
      const host = `localhost:${server.port}`;
      expect((await ask({ port: server.port, address, host, path: "/nothing" })).status).toBe(404);
    }
  });

  test.runIf(ipv6)("::1 is named in brackets", async () => {
    const server = await start({ host: "::1" });
    const host = `[::1]:${server.port}`;
    expect((await ask({ port: server.port, address: "::1", host, path: "/nothing" })).status).toBe(404);
  });

  test("a name in capitals is the same name", async () => {
    const server = await start({ host: "localhost" });
    const host = `LOCALHOST:${server.port}`;
    expect((await ask({ port: server.port, host, path: "/nothing" })).status).toBe(404);
  });

  test("another loopback address is its own name", async () => {
    const server = await start({ host: "127.0.0.2" });
    const host = `127.0.0.2:${server.port}`;
    expect((await ask({ port: server.port, address: "127.0.0.2", host, path: "/nothing" })).status).toBe(404);
  });

  test.each(["0.0.0.0", "::", "192.0.2.1", "example.com", ""])("%j is refused", async (host) => {
    await expect(startCallbackServer({ host, port: 0, path: "/", accepts: () => true })).rejects.toMatchObject({
      code: "usage",
    });
  });

  test("a port in use is told with the flag that changes it", async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({
      code: "port_taken",
      hint: expect.stringContaining("--port"),
    });
  });

  test.runIf(ipv6)("localhost whose port is taken in the other family is taken, and leaves nothing open", async () => {
    const other = createServer();
    other.listen({ host: "::1", port: 0 });
    await once(other, "listening");
    open.push(other);
    const { port } = other.address() as AddressInfo;
    await expect(start({ host: "localhost", port })).rejects.toMatchObject({ code: "port_taken" });
    await expect(ask({ port, path: "/" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

function outerAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter(({ internal, family }) => !internal && family === "IPv4").map(({ address }) => address);
}
