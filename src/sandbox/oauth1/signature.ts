/**
 * Verifies a signed request as a server does, RFC 5849 section 3.2. Written apart from the client's signer, over what came
 * in letter by letter, so that neither can repeat the other's mistake.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export type Protocol = ReadonlyMap<string, string>;

const required = ["oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp"];

/** The protocol parameters of an Authorization header (section 3.5.1); null where one is missing, repeated or malformed. */
export function readProtocol(authorization: string | undefined): Protocol | null {
  const listed = /^OAuth\s+(.+)$/i.exec(authorization ?? "")?.[1];
  if (listed === undefined) return null;
  const parameters = new Map<string, string>();
  for (const item of listed.split(/,\s*/)) {
    const [, name, value] = /^([A-Za-z0-9_]+)="([^"]*)"$/.exec(item.trim()) ?? [];
    const decoded = value === undefined ? null : decode(value);
    if (name === undefined || decoded === null || parameters.has(name)) return null;
    if (name !== "realm") parameters.set(name, decoded);
  }
  return isComplete(parameters) ? parameters : null;
}

function isComplete(parameters: Protocol): boolean {
  return (
    required.every((name) => parameters.get(name)) &&
    parameters.get("oauth_signature_method") === "HMAC-SHA1" &&
    (parameters.get("oauth_version") ?? "1.0") === "1.0" &&
    /^\d{10}$/.test(parameters.get("oauth_timestamp") ?? "") &&
    // X takes ASCII nonces only.
    /^[\x21-\x7e]+$/.test(parameters.get("oauth_nonce") ?? "")
  );
}

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  /** Its body where that is a form; else empty. */
  readonly form: string;
}

/** Section 3.4.2, compared in constant time. */
export function isSignedBy(
  request: ReceivedRequest,
  protocol: Protocol,
  { consumerSecret, tokenSecret }: { readonly consumerSecret: string; readonly tokenSecret: string },
): boolean {
  const base = baseString(request, protocol);
  if (base === null) return false;
  const key = `${encode(consumerSecret)}&${encode(tokenSecret)}`;
  const expected = createHmac("sha1", key).update(base).digest();
  const given = Buffer.from(protocol.get("oauth_signature") ?? "", "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function baseString({ method, url, form }: ReceivedRequest, protocol: Protocol): string | null {
  const [address = "", query = ""] = (url.split("#")[0] ?? "").split(/\?(.*)/s);
  const pairs = [...pairsIn(query), ...pairsIn(form)];
  for (const [name, value] of protocol) if (name !== "oauth_signature") pairs.push([name, value]);
  if (pairs.some((pair) => pair.includes(null))) return null;
  const sorted = pairs
    .map(([name, value]) => `${encode(name ?? "")}=${encode(value ?? "")}`.split("="))
    .sort(
      ([a = "", x = ""], [b = "", y = ""]) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)) || Buffer.compare(Buffer.from(x), Buffer.from(y)),
    )
    .map((pair) => pair.join("="));
  return [method.toUpperCase(), address, sorted.join("&")].map(encode).join("&");
}

/** As application/x-www-form-urlencoded: a plus is a space, and a name alone has an empty value. */
function pairsIn(text: string): (string | null)[][] {
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
      return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))];
    });
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Section 3.6, byte by byte. */
function encode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}
