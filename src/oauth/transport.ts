import type * as oauth from "oauth4webapi";
import { type Http, type HttpResponse, jsonOf, textOf } from "../domain/ports/http.ts";
import type { Instant } from "../domain/time.ts";

/** What was seen on the wire of the last exchange, kept for classification and for the clock. */
export interface Exchange {
  readonly sentAt: Instant;
  readonly response: HttpResponse | null;
}

/** oauth4webapi's transport over our port. Every request has a connection of its own: nothing below may repeat it. */
export interface Transport {
  readonly fetch: (url: string, options: FetchOptions) => Promise<Response>;
  /** The exchange that happened last. */
  readonly last: () => Exchange;
  /** What `fetch` made its answer of: where several are under way, the last is not the one that is meant. */
  readonly answerOf: (response: Response) => HttpResponse | null;
  /** Server clock minus ours by the last answer, in milliseconds. */
  readonly skew: () => number;
}

type FetchOptions = oauth.CustomFetchOptions<string, URLSearchParams | string | null | undefined | Uint8Array>;

const bodiless = new Set([101, 204, 205, 304]);

/** What a platform says in a shape of its own, put into RFC 6749's. */
export interface TokenReplies {
  /** Whose answers are read. */
  readonly endpoints: readonly (string | undefined)[];
  readonly read: (body: unknown) => unknown;
}

export interface TransportOptions {
  readonly signal?: AbortSignal | undefined;
  readonly replies?: TokenReplies | undefined;
  /** What the platform calls the form's `client_id`. */
  readonly clientIdParameter?: string | undefined;
}

export function transportOver(
  http: Http,
  now: () => Instant,
  { signal, replies, clientIdParameter }: TransportOptions = {},
): Transport {
  let last: Exchange = { sentAt: now(), response: null };
  const answers = new WeakMap<Response, HttpResponse>();
  const fetch = async (url: string, options: FetchOptions): Promise<Response> => {
    last = { sentAt: now(), response: null };
    const body = options.body instanceof URLSearchParams ? formText(options.body, clientIdParameter) : options.body;
    const response = await http.send({
      method: options.method as "GET" | "POST",
      url,
      headers: options.headers,
      fresh: true,
      ...(body ? { body } : {}),
      ...(signal ? { signal } : {}),
    });
    last = { ...last, response };
    if (replies?.endpoints.includes(url)) return standardReply(response, replies);
    const answer = asItIs(response);
    answers.set(answer, response);
    return answer;
  };
  return {
    fetch,
    answerOf: (response) => answers.get(response) ?? null,
    last: () => last,
    skew: () => measuredSkew(last, now()),
  };
}

function formText(form: URLSearchParams, clientIdParameter = "client_id"): string {
  const renamed = [...form].map(([name, value]): [string, string] => [
    name === "client_id" ? clientIdParameter : name,
    value,
  ]);
  return new URLSearchParams(renamed).toString();
}

function asItIs(response: HttpResponse): Response {
  const { status, headers } = response;
  return new Response(bodiless.has(status) ? null : textOf(response), { status, headers });
}

/** Some platforms tell an error with status 200; a protocol library looks at the status first. */
function standardReply(response: HttpResponse, { read }: TokenReplies): Response {
  const body = jsonOf(response);
  if (body === undefined) return asItIs(response);
  const told = read(body) as Record<string, unknown> | null;
  const status = response.status < 300 && typeof told?.["error"] === "string" ? 400 : response.status;
  return new Response(JSON.stringify(told), { status, headers: { "content-type": "application/json" } });
}

/** Plain http is for loopback test servers and the sandbox only (RFC 8252 section 8.3). */
export function isLoopbackUrl(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Server clock minus ours in milliseconds, by the `Date` header (one-second resolution); 0 where there is none. */
export function measuredSkew(exchange: Exchange, now: Instant): number {
  const header = exchange.response?.headers["date"];
  const serverTime = header === undefined ? Number.NaN : Date.parse(header);
  if (Number.isNaN(serverTime)) return 0;
  // The server stamped it somewhere between sending and receiving.
  const middle = (exchange.sentAt + now) / 2;
  const skew = Math.round(serverTime + 500 - middle);
  return Math.abs(skew) < 2000 ? 0 : skew;
}
