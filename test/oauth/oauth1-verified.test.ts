/** What we sign, verified by an implementation of others: oauthlib's protected resource (Debian's python3-oauthlib). */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { type SigningKeys, signed } from "../../src/oauth/oauth1-signature.ts";
import { needsPackages } from "../system/debian-package.ts";

const missing = needsPackages("python3-oauthlib");

interface Verdict {
  readonly valid: boolean;
  readonly reasons: { readonly client: boolean; readonly resource_owner: boolean; readonly signature: boolean };
  /** The query as the verifier read it. */
  readonly query: readonly (readonly [string, string])[];
}

const stamp = { timestamp: 1_700_000_000, nonce: "0123456789abcdef0123456789abcdef" };

/** Any characters there are, the awkward ones more often. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", "a b", "a+b", "a%20b", "&=?#", "!*'()", "~-._", "é", "名前", "👩‍👩‍👧", "\u0000", "\r\n"),
);
const pairs = fc.array(fc.tuple(text, text), { maxLength: 6 });
const secret = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });
const name = fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/);

const keysOf = fc.record({ consumerKey: name, consumerSecret: secret, token: name, tokenSecret: secret });

const requests: fc.Arbitrary<HttpRequest> = fc
  .record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
    origin: fc.constantFrom(
      "https://api.x.com",
      "HTTPS://API.X.COM:443",
      "http://127.0.0.1:8790",
      "http://example.com:80",
    ),
    path: fc.array(text, { maxLength: 4 }),
    query: pairs,
    body: fc.oneof(
      fc.record({ kind: fc.constant("form"), pairs }),
      fc.record({ kind: fc.constant("json"), pairs }),
      fc.constant(null),
    ),
  })
  .map(({ method, origin, path, query, body }) => ({
    method: method as HttpRequest["method"],
    url: `${origin}/${path.map(encodeURIComponent).join("/")}?${new URLSearchParams(query)}`,
    ...bodyOf(body),
  }));

function bodyOf(body: { kind: string; pairs: [string, string][] } | null): Pick<HttpRequest, "headers" | "body"> {
  if (body === null) return {};
  if (body.kind === "json") {
    return { headers: { "content-type": "application/json" }, body: JSON.stringify(body.pairs) };
  }
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { headers, body: new URLSearchParams(body.pairs).toString() };
}

describe.skipIf(missing.skip)(`signed requests under oauthlib${missing.note}`, () => {
  let verifier: ChildProcessWithoutNullStreams;
  const waiting: ((verdict: Verdict) => void)[] = [];

  beforeAll(() => {
    verifier = spawn("/usr/bin/python3", [fileURLToPath(new URL("verify-oauth1.py", import.meta.url))]);
    verifier.stderr.pipe(process.stderr);
    createInterface({ input: verifier.stdout }).on("line", (line) => waiting.shift()?.(JSON.parse(line) as Verdict));
  });
  afterAll(() => verifier.kill());

  function verify(request: HttpRequest, keys: SigningKeys): Promise<Verdict> {
    return new Promise((resolve) => {
      waiting.push(resolve);
      verifier.stdin.write(`${JSON.stringify({ ...keys, timestamp: stamp.timestamp, request })}\n`);
    });
  }

  it("are valid, whatever is in the path, the query, the form and the secrets", async () => {
    await fc.assert(
      fc.asyncProperty(requests, keysOf, async (request, keys) => {
        const sent = await signed(request, keys, stamp);
        const { valid, query } = await verify(sent, keys);
        expect(valid, sent.url).toBe(true);
        // What is signed is what was meant, too.
        expect(query).toEqual([...new URL(request.url).searchParams]);
      }),
      { numRuns: 500 },
    );
  });

  it("are refused with another secret, another query, another method, another form", async () => {
    await fc.assert(
      fc.asyncProperty(requests, keysOf, async (request, keys) => {
        const sent = await signed(request, keys, stamp);
        const changed: readonly [HttpRequest, SigningKeys][] = [
          [sent, { ...keys, consumerSecret: `${keys.consumerSecret}x` }],
          [sent, { ...keys, tokenSecret: `${keys.tokenSecret}x` }],
          [{ ...sent, url: `${sent.url}${sent.url.includes("?") ? "&" : "?"}more=1` }, keys],
          [{ ...sent, method: sent.method === "PUT" ? "POST" : "PUT" }, keys],
          [
            {
              ...sent,
              headers: { ...sent.headers, "content-type": "application/x-www-form-urlencoded" },
              body: "more=1",
            },
            keys,
          ],
        ];
        for (const [other, otherKeys] of changed) {
          const { valid, reasons } = await verify(other, otherKeys);
          // For nothing but the signature.
          expect({ valid, reasons }).toMatchObject({
            valid: false,
            reasons: { client: true, resource_owner: true, signature: false },
          });
        }
      }),
      { numRuns: 60 },
    );
  });
});
