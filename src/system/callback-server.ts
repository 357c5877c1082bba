/** The loopback server an authorization response comes back to (RFC 8252 section 7.3 and 8.3): one path, one use. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Failure } from "../domain/failure.ts";
import type { Callback, CallbackPage, CallbackServer, CallbackServerOptions } from "../domain/ports/machine.ts";
import { callbackPage, pageHeaders } from "./callback-page.ts";

type Arrival = Callback & { readonly accepted: boolean };

/** How long the browser is given to fetch the closing page (milliseconds). */
const farewell = 2000;

/** How often a free port is looked for that both address families have. */
const attempts = 5;

export async function startCallbackServer(options: CallbackServerOptions): Promise<CallbackServer> {
  if (!/^(localhost|::1|127(\.\d{1,3}){3})$/.test(options.host)) {
    throw new Failure("usage", `${options.host} is not an address of this machine alone`, { hint: "use 127.0.0.1" });
  }
  const desk = new CallbackDesk(options);
  const servers = await listenOnAll(options, desk);
  const [first] = servers;
  desk.port = first ? (first.address() as AddressInfo).port : options.port;
  return {
    port: desk.port,
    next: (signal) => desk.next(signal),
    close: async () => void (await Promise.all(servers.map(close))),
  };
}

async function listenOnAll(options: CallbackServerOptions, desk: CallbackDesk, tried = 1): Promise<Server[]> {
  const hosts = options.host === "localhost" ? ["127.0.0.1", "::1"] : [options.host];
  const servers: Server[] = [];
  let { port } = options;
  try {
    for (const host of hosts) {
      const server = await serverFor(options, (request, response) => desk.receive(request, response));
      server.on("clientError", (_error, socket) => refuseNonsense(socket));
      const bound = await listen(server, host, port, servers.length === 0);
      if (bound === null) continue;
      port = bound;
      servers.push(server);
    }
    return servers;
  } catch (error) {
    await Promise.all(servers.map(close));
    // A port that was free in one family was taken in the other: with any port allowed, another will do.
    const another = options.port === 0 && error instanceof Failure && error.code === "port_taken" && tried < attempts;
    if (another) return listenOnAll(options, desk, tried + 1);
    throw error;
  }
}

async function serverFor(
  { certificate }: CallbackServerOptions,
  receive: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  if (!certificate) return createServer(receive);
  const { createServer: createSecureServer } = await import("node:https");
  const { key, certificate: cert } = certificate;
  const server = createSecureServer({ key, cert, minVersion: "TLSv1.2" }, receive);
  // Who shakes no hands: a browser that refuses the certificate, or one that asks in plain text.
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
  keepTrack(server);
  return server;
}

/** Connections before their handshake: `closeAllConnections` does not know them, and closing would wait for them. */
const connections = new WeakMap<Server, Set<Socket>>();

function keepTrack(server: Server): void {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
}

/** What is not HTTP is answered by hand, with the headers of every other answer. */
function refuseNonsense(socket: Duplex): void {
  if (!socket.writable) return;
  const headers = Object.entries(pageHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${headers.join("")}content-length: 0\r\n\r\n`);
}

/** The port that was bound; null where this machine lacks the second address family. */
function listen(server: Server, host: string, port: number, first: boolean): Promise<number | null> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      if (!first && (cause.code === "EADDRNOTAVAIL" || cause.code === "EAFNOSUPPORT")) return resolve(null);
      if (cause.code !== "EADDRINUSE" && cause.code !== "EACCES") return reject(cause);
      const why = cause.code === "EACCES" ? "may not be opened by you" : "is in use by another program";
      return reject(
        new Failure("port_taken", `port ${port} ${why}`, { hint: "choose another with --port PORT", cause }),
      );
    });
    server.listen({ host, port, exclusive: true }, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    for (const socket of connections.get(server) ?? []) socket.destroy();
  });
}

class CallbackDesk {
  port = 0;
  readonly #options: CallbackServerOptions;
  #arrived: Arrival | null = null;
  #waiting: ((arrival: Arrival) => void) | null = null;
  #page: CallbackPage | null = null;
  #pageFetched: () => void = () => {};

  constructor(options: CallbackServerOptions) {
    this.#options = options;
  }

  next(signal: AbortSignal): Promise<Arrival> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#arrived) return resolve(this.#arrived);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#waiting = resolve;
    });
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    const url = this.#urlOf(request);
    if (!url) return plain(response, 421, "This address is not served here.");
    if (url.pathname === this.#donePath) return this.#showPage(request, response);
    if (url.pathname !== this.#options.path) return plain(response, 404, "There is nothing here.");
    if (request.method === "HEAD") return plain(response, 200, "");
    if (request.method !== "GET") return plain(response, 405, "Only GET is answered here.", { allow: "GET, HEAD" });
    if (this.#arrived) return plain(response, 410, "This address was used already. Start again from the terminal.");
    this.#arrive(url, response);
  }

  get #donePath(): string {
    return `${this.#options.path.replace(/\/$/, "")}/done`;
  }

  /** A Host header that names another place is a rebound DNS name, not the person's browser. */
  #urlOf(request: IncomingMessage): URL | null {
    const host = request.headers.host?.toLowerCase() ?? "";
    if (!this.#isOurs(host) || !request.url?.startsWith("/")) return null;
    const text = `${this.#options.certificate ? "https" : "http"}://${host}${request.url}`;
    return URL.canParse(text) ? new URL(text) : null;
  }

  /** By loopback names only. Browsers leave out the scheme's own port. */
  #isOurs(host: string): boolean {
    const named = this.#options.host.includes(":") ? `[${this.#options.host}]` : this.#options.host;
    const names = ["127.0.0.1", "[::1]", "localhost", named];
    const usual = this.#options.certificate ? 443 : 80;
    return names.some((name) => host === `${name}:${this.port}` || (this.port === usual && host === name));
  }

  #arrive(url: URL, response: ServerResponse): void {
    const arrival: Arrival = {
      url,
      accepted: this.#options.accepts(url),
      finish: (page) => this.#finish(response, page),
    };
    this.#arrived = arrival;
    this.#waiting?.(arrival);
  }

  /** Moves the browser to an address without the code, so that it stays in no history (RFC 9700 section 4.2). */
  async #finish(response: ServerResponse, page: CallbackPage): Promise<void> {
    this.#page = page;
    const fetched = new Promise<void>((resolve) => {
      this.#pageFetched = resolve;
      setTimeout(resolve, farewell).unref();
    });
    response.writeHead(303, { ...pageHeaders, location: this.#donePath });
    response.end();
    await fetched;
  }

  #showPage(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#page) return plain(response, 404, "There is nothing here.");
    if (request.method === "HEAD") return plain(response, 200, "");
    if (request.method !== "GET") return plain(response, 405, "Only GET is answered here.", { allow: "GET, HEAD" });
    response.writeHead(this.#page.ok ? 200 : 400, { ...pageHeaders, "content-type": "text/html; charset=utf-8" });
    // Only when the browser has it all: the caller closes the server next.
    response.once("close", () => this.#pageFetched());
    response.end(callbackPage(this.#page));
  }
}

function plain(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...pageHeaders, ...headers, "content-type": "text/plain; charset=utf-8" });
  response.end(text === "" ? undefined : `${text}\n`);
}
