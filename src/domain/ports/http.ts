/** HTTP as the use cases need it: one request, one answer, and a plain word on whether bytes left. */

/** A body that is made while it is sent: a file, or parts of one between texts. Never whole in memory. */
export interface StreamedBody {
  /** Bytes; what `open` gives must be exactly as long. */
  readonly length: number;
  /** From the start, as often as it is asked: a request that was refused for its token is sent again. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";

export interface HttpRequest {
  readonly method: HttpMethod;
  /** The platform's true URL (`https://api.x.com/2/tweets`); the endpoint override is applied below this port. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | StreamedBody;
  /**
   * From the first byte sent to the last byte received, in milliseconds (default 30,000). With a streamed body: how long
   * nothing may move, since an upload takes as long as it takes (default 60,000).
   */
  readonly timeout?: number;
  /** A new connection that is closed afterwards: for token requests, which must never be repeated by a pool. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 1 MiB; longer answers fail. */
  readonly body: Uint8Array;
}

export interface Http {
  /**
   * Follows no redirect and repeats nothing.
   * @throws HttpFailure
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Where a person's browser must go for a platform URL: the same, or the endpoint override's. */
  browserUrl(url: string): Promise<string>;
  close(): Promise<void>;
}

/** A request without an answer. `sent` says whether its bytes may have reached the server. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly sent: boolean;
  /** `ECONNREFUSED`, `UND_ERR_CONNECT_TIMEOUT`, `ENOTFOUND`, `timeout`, `too_large`, … */
  readonly code: string;

  constructor(code: string, message: string, sent: boolean, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.sent = sent;
  }
}

/** The body as text (UTF-8). */
export function textOf(response: HttpResponse): string {
  return new TextDecoder().decode(response.body);
}

/**
 * The body as JSON, or undefined where it is none. Integers that a number cannot hold (beyond 2^53: some platforms send
 * their ids so) are given as text.
 */
export function jsonOf(response: HttpResponse): unknown {
  try {
    return JSON.parse(withLongIntegersAsText(textOf(response)));
  } catch {
    return undefined;
  }
}

/** A string literal as a whole, so that digits in it are left alone; or an integer of at least 16 digits. */
const stringOrLongInteger = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

function withLongIntegersAsText(json: string): string {
  if (!/\d{16}/.test(json)) return json;
  return json.replace(stringOrLongInteger, (found) =>
    found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : `"${found}"`,
  );
}
