/** HTTP over undici. Repeats nothing, follows nothing, and knows whether a request may have reached its server. */
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { isLoopbackHost } from "../domain/loopback.ts";
import {
  type Http,
  HttpFailure,
  type HttpRequest,
  type HttpResponse,
  type StreamedBody,
} from "../domain/ports/http.ts";
import { seconds } from "../domain/time.ts";
import { Deadline } from "./deadline.ts";
import { type Connections, openConnections } from "./http-connections.ts";

export interface HttpSettings {
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long a server or proxy may take to accept a connection (milliseconds, default 10 s). */
  readonly connectTimeout?: number;
}

const defaultTimeout = seconds(30);
/** For each step of an upload; the last one is the answer to all of it. */
const defaultStillness = seconds(60);
const bodyLimit = 1_048_576;

export function createHttp(settings: HttpSettings): Http {
  // Two sets: what asks for a connection of its own must never be given one that was used before.
  const sets: { kept?: Promise<Connections>; fresh?: Promise<Connections> } = {};
  const connections = (kind: keyof typeof sets) => {
    const open = sets[kind] ?? openConnections(settings);
    sets[kind] = open;
    return open;
  };
  return {
    send: async (request) => {
      requireSafe(request.url);
      return exchange(await connections(request.fresh ? "fresh" : "kept"), request, settings.version);
    },
    browserUrl: async (url) => url,
    // Connections that never opened need no closing.
    close: async () => {
      for (const set of Object.values(sets)) await (await set?.catch(() => null))?.close();
    },
  };
}

/** Tokens travel over TLS, except to a server on this very machine. */
function requireSafe(url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname))) return;
  throw new HttpFailure("insecure", `${protocol}//${hostname} is not https`, false);
}

async function exchange(connections: Connections, request: HttpRequest, version: string): Promise<HttpResponse> {
  const deadline = new Deadline(request.timeout ?? (isStreamed(request.body) ? defaultStillness : defaultTimeout));
  const signal = request.signal ? AbortSignal.any([request.signal, deadline.signal]) : deadline.signal;
  let sent = false;
  const leaving = () => {
    sent = !signal.aborted;
  };
  try {
    const answer = connections
      .request(toOptions(request, version, signal, deadline), leaving)
      .then(async (response) => ({
        status: response.statusCode,
        headers: flat(response.headers),
        body: await read(response),
      }));
    // undici hears a signal only once it is connected; we do not wait for that.
    return await Promise.race([answer, rejectedBy(signal)]);
  } catch (error) {
    throw toFailure(error, { sent, timedOut: deadline.passed, stopped: request.signal?.aborted ?? false });
  } finally {
    deadline.end();
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function isStreamed(body: HttpRequest["body"]): body is StreamedBody {
  return typeof body === "object" && "open" in body;
}

/** As it is taken: undici asks for the next piece when the connection has room for it. */
async function* moving({ open }: StreamedBody, deadline: Deadline): AsyncGenerator<Uint8Array> {
  for await (const piece of open()) {
    deadline.postpone();
    yield piece;
  }
  deadline.postpone();
}

function toOptions(
  request: HttpRequest,
  version: string,
  signal: AbortSignal,
  deadline: Deadline,
): Dispatcher.RequestOptions {
  const { body } = request;
  const { origin, pathname, search } = new URL(request.url);
  const given = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const headers = {
    "user-agent": `agencyiq/${version}`,
    accept: "application/json",
    ...(Object.fromEntries(given) as Record<string, string>),
    // Without it the body would go in chunks of unknown sum, which platforms refuse.
    ...(isStreamed(body) ? { "content-length": String(body.length) } : {}),
  };
  return {
    origin,
    path: pathname + search,
    method: request.method,
    headers,
    // undici takes an iterable, and says so in words only.
    body: isStreamed(body) ? (moving(body, deadline) as unknown as Readable) : (body ?? null),
    signal,
    // Says `connection: close` and means it.
    reset: request.fresh ?? false,
  };
}

async function read(response: Dispatcher.ResponseData): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > bodyLimit) throw new HttpFailure("too_large", "the answer is larger than 1 MiB", true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flat(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(", ") : String(value),
  ]);
  return Object.fromEntries(pairs);
}

interface Circumstances {
  readonly sent: boolean;
  readonly timedOut: boolean;
  readonly stopped: boolean;
}

function toFailure(error: unknown, { sent, timedOut, stopped }: Circumstances): HttpFailure {
  if (error instanceof HttpFailure) return error;
  if (stopped) return new HttpFailure("aborted", "the request was stopped", sent, error);
  if (timedOut) return new HttpFailure("timeout", "no answer in time", sent, error);
  const { code, message, name } = error as NodeJS.ErrnoException;
  // undici has a message for it, but no code of its own.
  const refusal = /^Proxy response \((\d+)\).*HTTP Tunneling/.exec(message);
  if (refusal) return new HttpFailure("proxy_refused", `the proxy refused to connect (${refusal[1]})`, sent, error);
  return new HttpFailure(code ?? name, message || code || name, sent, error);
}
