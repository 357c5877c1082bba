/** Signed requests, RFC 5849 section 3, with HMAC-SHA1: the one method of OAuth 1.0a that platforms still speak. */
import type { HttpRequest } from "../domain/ports/http.ts";

/** The two halves of a signature's key, and whose they are. */
export interface SigningKeys {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** Empty before there is one: the request for a request token (RFC 5849 section 2.1). */
  readonly token: string;
  readonly tokenSecret: string;
}

/** What makes a request the only one of its kind (section 3.3). */
export interface Stamp {
  /** Seconds since 1970, by the server's clock as far as it is known. */
  readonly timestamp: number;
  /** ASCII, never used before with this timestamp and token. */
  readonly nonce: string;
}

type Pair = readonly [name: string, value: string];
type Signable = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

/**
 * The request with its Authorization header (section 3.5.1). `parameters`: protocol parameters beyond the usual ones, such as
 * `oauth_callback`. A body is signed where it is a form, and only there: JSON and multipart are not part of the signature.
 */
export async function signed(
  request: HttpRequest,
  keys: SigningKeys,
  stamp: Stamp,
  parameters: Readonly<Record<string, string>> = {},
): Promise<HttpRequest> {
  const protocol: Pair[] = Object.entries({
    ...parameters,
    oauth_consumer_key: keys.consumerKey,
    oauth_nonce: stamp.nonce,
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(stamp.timestamp),
    ...(keys.token === "" ? {} : { oauth_token: keys.token }),
    oauth_version: "1.0",
  });
  const signature = await signatureOf(request, protocol, keys);
  const header = [...protocol, ["oauth_signature", signature] as const]
    .map(([name, value]) => `${percentEncoded(name)}="${percentEncoded(value)}"`)
    .join(", ");
  return {
    ...request,
    url: withPlainQuery(request.url),
    headers: { ...request.headers, authorization: `OAuth ${header}` },
  };
}

/** Section 3.4.2: HMAC-SHA1 of the base string, in base64. */
export async function signatureOf(
  request: Signable,
  protocol: readonly Pair[],
  { consumerSecret, tokenSecret }: Pick<SigningKeys, "consumerSecret" | "tokenSecret">,
): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const secret = bytes(`${percentEncoded(consumerSecret)}&${percentEncoded(tokenSecret)}`);
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, bytes(signatureBase(request, protocol)));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/** Section 3.4.1: what is signed, in the one spelling that both sides can make of it. */
export function signatureBase(request: Signable, protocol: readonly Pair[]): string {
  const url = new URL(request.url);
  const all = [...url.searchParams, ...formOf(request), ...protocol];
  return [request.method.toUpperCase(), `${url.origin}${url.pathname}`, normalized(all)].map(percentEncoded).join("&");
}

/** Section 3.4.1.3.2. What is compared is ASCII by then, so code units are bytes. */
function normalized(parameters: readonly Pair[]): string {
  const encoded = parameters.map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const);
  const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
  return encoded
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join("="))
    .join("&");
}

function formOf({ headers, body }: Signable): Pair[] {
  const type = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (typeof body !== "string" || !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return [];
  return [...new URLSearchParams(body)];
}

/** Section 3.6: RFC 3986's unreserved characters stay as they are, and no others do. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** In the signature's own spelling, so that no server has to know that a plus may mean a space. */
function withPlainQuery(text: string): string {
  const url = new URL(text);
  url.search = [...url.searchParams].map((pair) => pair.map(percentEncoded).join("=")).join("&");
  return url.href;
}
