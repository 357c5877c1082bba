/** How platforms depart from RFC 6749 and 7636, at servers on loopback that insist on their own way. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { jsonOf } from "../../src/domain/ports/http.ts";
import { beginAuthorization, finishAuthorization } from "../../src/oauth/authorization-code.ts";
import { createParty, type Party } from "../../src/oauth/party.ts";
import { requestRefresh } from "../../src/oauth/refresh.ts";
import { revokeToken } from "../../src/oauth/revocation.ts";
import type { OAuth2Method } from "../../src/platforms/platform.ts";
import { systemClock } from "../../src/system/clock.ts";
import { createHttp } from "../../src/system/http.ts";
import { systemRandom } from "../../src/system/random.ts";

interface Asked {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** Answers every form with what `answer` says, as text: JSON.stringify cannot write what some platforms send. */
async function server(answer: (asked: Asked) => { status?: number; body: string }) {
  const asked: Asked[] = [];
  const listening = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const one = {
      path: request.url ?? "",
      form: Object.fromEntries(new URLSearchParams(body)),
      headers: request.headers,
    };
    asked.push(one);
    const { status = 200, body: told } = answer(one);
    response.writeHead(status, { "content-type": "application/json" }).end(told);
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  onTestFinished(() => void listening.close());
  return { asked, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` };
}

async function partyAt(url: string, dialect: Partial<OAuth2Method>, readReply?: (body: unknown) => unknown) {
  const http = createHttp({ version: "test", environment: {} });
  onTestFinished(() => http.close());
  const method: OAuth2Method = {
    kind: "oauth2",
    id: "oauth2",
    endpoints: { authorize: "https://platform.example/authorize/", token: `${url}/token`, revoke: `${url}/revoke` },
    pkce: "S256",
    clientAuthentication: "client_secret_post",
    scopes: [],
    redirect: { loopbackPort: "fixed", host: "127.0.0.1" },
    ...dialect,
  };
  return createParty({
    method,
    metadata: null,
    clientId: "the-app",
    clientSecret: "its-secret",
    dpopKey: null,
    clockSkew: 0,
    http,
    clock: systemClock,
    readReply,
  });
}

const redirectUri = "http://127.0.0.1:8791/callback/";

function begin(party: Party, scopes = ["one", "two"]) {
  return beginAuthorization(party, { redirectUri, scopes, parameters: {} }, systemRandom);
}

/** The person approves, and the platform brings the browser back with `more`. */
async function login(party: Party, more = "") {
  const request = await begin(party);
  const finish = () =>
    finishAuthorization(party, request, new URL(`${redirectUri}?code=a-code&state=${request.state}${more}`));
  return { query: new URL(request.url).searchParams, finish };
}

const tokens = JSON.stringify({
  access_token: "access",
  token_type: "Bearer",
  expires_in: 7200,
  refresh_token: "next",
});

describe("the proof of possession of a code", () => {
  it("S256-hex is the digest of the verifier in lower-case hexadecimal", async () => {
    const { url, asked } = await server(() => ({ body: tokens }));
    const { query, finish } = await login(await partyAt(url, { pkce: "S256-hex" }));
    await finish();
    const verifier = asked[0]?.form["code_verifier"] ?? "";
    expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(query.get("code_challenge")).toBe(createHash("sha256").update(verifier).digest("hex"));
    expect(query.get("code_challenge_method")).toBe("S256");
  });

  it("S256 is what RFC 7636 says", async () => {
    const { url, asked } = await server(() => ({ body: tokens }));
    const { query, finish } = await login(await partyAt(url, {}));
    await finish();
    const verifier = asked[0]?.form["code_verifier"] ?? "";
    expect(query.get("code_challenge")).toBe(createHash("sha256").update(verifier).digest("base64url"));
  });

  it("none leaves every trace of it away", async () => {
    const { url, asked } = await server(() => ({ body: tokens }));
    const { query, finish } = await login(await partyAt(url, { pkce: "none" }));
    await finish();
    expect([...query.keys()].sort()).toEqual(["client_id", "redirect_uri", "response_type", "scope", "state"]);
    expect(Object.keys(asked[0]?.form ?? {}).sort()).toEqual([
      "client_id",
      "client_secret",
      "code",
      "grant_type",
      "redirect_uri",
    ]);
  });
});

it("a platform's own name for the client goes out everywhere, and the usual one nowhere", async () => {
  const { url, asked } = await server(({ path }) => ({ body: path === "/token" ? tokens : "{}" }));
  const party = await partyAt(url, { clientIdParameter: "client_key", scopeSeparator: "," });
  const { query, finish } = await login(party);
  await finish();
  await requestRefresh(party, "present");
  await revokeToken(party, "access", "access_token");
  expect(query.get("client_key")).toBe("the-app");
  expect(query.has("client_id")).toBe(false);
  expect(query.get("scope")).toBe("one,two");
  expect(asked.map(({ form }) => form["grant_type"])).toEqual(["authorization_code", "refresh_token", undefined]);
  for (const { form } of asked) {
    expect(form).toMatchObject({ client_key: "the-app", client_secret: "its-secret" });
    expect(form).not.toHaveProperty("client_id");
  }
});

describe("an answer that is not RFC 6749's", () => {
  const readData = (body: unknown) => {
    const { data, error } = body as { data?: Record<string, unknown>[]; error?: { message: string } };
    if (error) return { error: "invalid_grant", error_description: error.message };
    const [first = {}] = data ?? [];
    return { token_type: "bearer", ...first, scope: (first["permissions"] as string[]).join(",") };
  };

  it("is put right for the code exchange too: wrapped, without token_type, an id beyond 2^53", async () => {
    const body = '{"data":[{"access_token":"short","user_id":17841400000000000001,"permissions":["a","b"]}]}';
    const { url } = await server(() => ({ body }));
    let told: unknown;
    const party = await partyAt(url, { pkce: "none" }, (given) => {
      told = given;
      return readData(given);
    });
    const { finish } = await login(party);
    expect(await finish()).toMatchObject({ accessToken: "short", tokenType: "Bearer", scopes: ["a", "b"] });
    expect(told).toMatchObject({ data: [{ user_id: "17841400000000000001" }] });
  });

  it("the method's own rules win over the platform's", async () => {
    const { url } = await server(() => ({ body: '{"token":"own"}' }));
    const own = {
      reuse: { kind: "unknown" },
      defaultLifetime: null,
      readReply: (body: unknown) => ({ access_token: (body as { token: string }).token, token_type: "bearer" }),
    } as const;
    const { finish } = await login(await partyAt(url, { tokens: own }, readData));
    expect(await finish()).toMatchObject({ accessToken: "own" });
  });

  it("an error with status 200 is an error", async () => {
    const { url } = await server(() => ({ body: '{"error":{"message":"Code has been used"}}' }));
    const { finish } = await login(await partyAt(url, {}, readData));
    await expect(finish()).rejects.toMatchObject({
      code: "code_expired",
      message: expect.stringContaining("Code has been used"),
    });
  });

  it("what the rules make nothing of is no token", async () => {
    const { url } = await server(() => ({ body: '{"odd":true}' }));
    const { finish } = await login(await partyAt(url, {}, () => null));
    await expect(finish()).rejects.toMatchObject({ code: "authorization_failed" });
  });
});

it.each([
  ["user_cancelled_login", "consent_denied"],
  ["user_cancelled_authorize", "consent_denied"],
  ["unauthorized_scope_error", "app_refused"],
])("the redirect's error %s means %s", async (error, code) => {
  const party = await partyAt("http://127.0.0.1:1", {});
  const request = await begin(party);
  const callback = new URL(`${redirectUri}?error=${error}&state=${request.state}`);
  await expect(finishAuthorization(party, request, callback)).rejects.toMatchObject({ code });
});

describe("integers in JSON", () => {
  const read = (json: string) => jsonOf({ status: 200, headers: {}, body: new TextEncoder().encode(json) });

  it("are text beyond 2^53, and numbers as far as numbers go", () => {
    expect(read('{"id":17841400000000000001,"n":-9007199254740993,"safe":9007199254740991,"few":12}')).toEqual({
      id: "17841400000000000001",
      n: "-9007199254740993",
      safe: 9_007_199_254_740_991,
      few: 12,
    });
    expect(read("[12345678901234567890, 1]")).toEqual(["12345678901234567890", 1]);
  });

  it("stay what they are in strings, and in numbers that are no integers", () => {
    expect(read(String.raw`{"a \"17841400000000000001\" b":"say 17841400000000000001"}`)).toEqual({
      'a "17841400000000000001" b': "say 17841400000000000001",
    });
    const inexact = "[0.12345678901234567890, 12345678901234567890.5, 12345678901234567890e2]";
    expect(read(inexact)).toEqual(JSON.parse(inexact));
  });
});
