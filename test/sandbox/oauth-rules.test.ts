/** What the authorization servers of the twins can be told by rules, each as strict as it is told. */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { consentHandlers } from "../../src/sandbox/oauth/consent.ts";
import { oauthEndpoints } from "../../src/sandbox/oauth/endpoints.ts";
import { anyLoopback, httpsOnly, httpsOrLocalhost, portWildcard } from "../../src/sandbox/oauth/redirect-uris.ts";
import { type OAuthRules, standardRefusals } from "../../src/sandbox/oauth/rules.ts";
import type { TwinBindings } from "../../src/sandbox/twin.ts";
import { createWorld } from "../../src/sandbox/world.ts";
import { clock, random } from "../conformance/ports.ts";
import { requestIdIn } from "./x-client.ts";

const redirectUri = "https://localhost:8791/callback/it";
const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789";
const digest = (encoding: "hex" | "base64url") => createHash("sha256").update(verifier).digest(encoding);

type Fields = Readonly<Record<string, string>>;

/** An authorization server by these rules, and a person with a browser in front of it. */
function platform(own: Partial<OAuthRules> = {}) {
  const world = createWorld({ port: 0, clock, random });
  world.clients.seed([
    { platform: "it", clientId: "app", clientSecret: "secret", redirectUris: [redirectUri] },
    { platform: "it", clientId: "other", clientSecret: "other-secret", redirectUris: [redirectUri] },
  ]);
  const rules: OAuthRules = {
    platform: "it",
    name: "It",
    scopes: { read: "Read", write: "Write" },
    refreshScope: null,
    pkceMethods: ["S256"],
    stateMaximum: 100,
    confidentialClients: "post",
    codeLifetime: 60,
    accessTokenLifetime: 7200,
    refreshTokenLifetime: 86_400,
    refreshGrace: 0,
    tokenType: "bearer",
    refusals: standardRefusals,
    revoked: {},
    ...own,
  };
  const app = new Hono<{ Bindings: TwinBindings }>();
  const consent = consentHandlers(world, rules);
  const { token, exchange } = oauthEndpoints(world, rules);
  app.get("/authorize", consent.show).post("/authorize", consent.decide);
  app.post("/token", token).get("/token", exchange);
  const send = async (path: string, init?: RequestInit) =>
    app.request(`http://it.example${path}`, init, { withoutRefreshToken: false });
  const asked: Fields = {
    client_id: "app",
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "read",
    state: "s",
  };
  const authorize = (fields: Fields) => send(`/authorize?${new URLSearchParams({ ...asked, ...fields })}`);
  const decide = async (fields: Fields, decision = "approve") => {
    const page = await (await authorize(fields)).text();
    const form = new URLSearchParams({ request: requestIdIn(page), person: "acme", decision });
    const answer = await send("/authorize", { method: "POST", body: form });
    return new URL(answer.headers.get("location") ?? "nowhere:");
  };
  const form = async (fields: Fields) => {
    const answer = await send("/token", { method: "POST", body: new URLSearchParams(fields) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const redeem = (code: string, fields: Fields = {}) =>
    form({
      grant_type: "authorization_code",
      client_id: "app",
      client_secret: "secret",
      redirect_uri: redirectUri,
      code,
      ...fields,
    });
  const login = async (fields: Fields = {}, redeemed: Fields = {}) =>
    redeem((await decide(fields)).searchParams.get("code") ?? "", redeemed);
  const exchanged = async (fields: Fields) => {
    const answer = await send(`/token?${new URLSearchParams(fields)}`);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { world, authorize, decide, form, redeem, login, exchanged };
}

/** Where the browser is sent at once, without a page. */
const redirected = async (answer: Promise<Response>) =>
  new URL((await answer).headers.get("location") ?? "nowhere:").searchParams;

describe("PKCE", () => {
  const hex = { code_challenge: digest("hex"), code_challenge_method: "S256" };
  const usual = { code_challenge: digest("base64url"), code_challenge_method: "S256" };

  it("in hexadecimal: the usual challenge is malformed, the right one proves the code", async () => {
    const it = platform({ challengeEncoding: "hex" });
    expect((await redirected(it.authorize(usual))).get("error_description")).toBe("code_challenge is malformed");
    expect((await redirected(it.authorize({}))).get("error_description")).toBe("code_challenge is missing");
    expect(await it.login(hex, { code_verifier: verifier })).toMatchObject({ status: 200 });
    expect(await it.login(hex, { code_verifier: `${verifier}x` })).toMatchObject({ status: 400 });
    expect(await it.login(hex)).toMatchObject({ body: { error_description: "Missing parameter: code_verifier" } });
  });

  it("refused: neither a challenge nor a verifier", async () => {
    const it = platform({ pkce: "refused" });
    expect((await redirected(it.authorize(usual))).get("error")).toBe("invalid_request");
    expect(await it.login()).toMatchObject({ status: 200 });
    expect(await it.login({}, { code_verifier: verifier })).toMatchObject({ status: 400 });
  });

  it("optional: what was promised must be shown, and nothing else", async () => {
    const it = platform({ pkce: "optional" });
    expect(await it.login()).toMatchObject({ status: 200 });
    expect(await it.login(usual, { code_verifier: verifier })).toMatchObject({ status: 200 });
    expect(await it.login(usual)).toMatchObject({ status: 400 });
    expect(await it.login({}, { code_verifier: verifier })).toMatchObject({ status: 400 });
  });

  it("ignored: whatever is sent counts for nothing", async () => {
    const it = platform({ pkce: "ignored" });
    expect(await it.login(usual)).toMatchObject({ status: 200 });
    expect(await it.login({}, { code_verifier: "short" })).toMatchObject({ status: 200 });
  });
});

it("a client by another name, and scopes between commas", async () => {
  const it = platform({
    pkce: "ignored",
    clientIdParameter: "client_key",
    scopeSeparator: ",",
    replyScopeSeparator: ",",
  });
  expect(await (await it.authorize({})).text()).toContain("The parameter client_key is missing");
  expect((await redirected(it.authorize({ client_key: "app", scope: "read write" }))).get("error")).toBe(
    "invalid_scope",
  );
  const fields = { client_key: "app", scope: "read,write" };
  expect(await it.login(fields, { client_key: "app" })).toMatchObject({ body: { scope: "read,write" } });
  expect(await it.login(fields)).toMatchObject({ body: { error: "invalid_client" } });
});

describe("redirect URIs", () => {
  it.each([
    [httpsOnly, "https://localhost:1/a", true],
    [httpsOnly, "https://localhost:2/a", false],
    [httpsOnly, "http://localhost:1/a", false],
    [httpsOrLocalhost, "http://localhost:99/any", true],
    [httpsOrLocalhost, "http://127.0.0.1:99/any", false],
    [httpsOrLocalhost, "https://localhost:99/any", false],
    [portWildcard, "http://127.0.0.1:8791/callback/", true],
    [portWildcard, "http://127.0.0.1:8791/callback", false],
    [portWildcard, "http://127.0.0.1/callback/", false],
    [portWildcard, "http://localhost:8791/callback/", false],
    [anyLoopback, "http://127.0.0.1:5/any", true],
    [anyLoopback, "http://[::1]:5/any", true],
    [anyLoopback, "http://agency.example/any", false],
    [anyLoopback, "https://127.0.0.1:5/any", false],
  ])("%o and %s: %s", (rule, uri, accepted) => {
    const registered = ["https://localhost:1/a", "http://localhost:1/a", "http://127.0.0.1:*/callback/"];
    expect(rule(registered, uri)).toBe(accepted);
  });

  it("what comes back says it in the platform's words, its fragment included", async () => {
    const it = platform({
      pkce: "ignored",
      redirectFragment: "#_=_",
      redirectErrors: {
        denied: { error: "access_denied", error_reason: "user_denied" },
        scope: { error: "unauthorized_scope_error" },
      },
      redirectParameters: ({ scopes }) => ({ scopes: scopes.join(",") }),
    });
    const approved = await it.decide({});
    expect(approved.hash).toBe("#_=_");
    expect(approved.searchParams.get("scopes")).toBe("read");
    const denied = await it.decide({}, "deny");
    expect(denied.href).toBe(`${redirectUri}?error=access_denied&error_reason=user_denied&state=s#_=_`);
    expect((await redirected(it.authorize({ scope: "all" }))).get("error")).toBe("unauthorized_scope_error");
  });
});

describe("replies", () => {
  it("are in the platform's own shape, refusals with status 200 too", async () => {
    const it = platform({
      pkce: "ignored",
      refusals: { ...standardRefusals, invalid_code: { ...standardRefusals.invalid_code, status: 200 } },
      tokenReply: ({ access_token, grant, refreshExpiresIn }) => ({
        data: [{ access_token, user: grant.person, refresh_expires_in: refreshExpiresIn }],
      }),
      refusalBody: ({ error, description }) => ({ error, error_description: description, log_id: "1" }),
    });
    expect(await it.login()).toMatchObject({ body: { data: [{ user: "acme", refresh_expires_in: 86_400 }] } });
    expect(await it.redeem("no-code")).toEqual({
      status: 200,
      body: { error: "invalid_grant", error_description: "The authorization code is invalid", log_id: "1" },
    });
  });

  it("a refresh token that is kept works again and again; one that rotates does not", async () => {
    const refresh = { grant_type: "refresh_token", client_id: "app", client_secret: "secret" };
    for (const [refreshRotation, again] of [
      ["kept", 200],
      ["rotates", 400],
    ] as const) {
      const it = platform({ pkce: "ignored", refreshRotation });
      const { body } = await it.login();
      const token = String(body["refresh_token"]);
      const first = await it.form({ ...refresh, refresh_token: token });
      expect(first.body["access_token"]).not.toBe(body["access_token"]);
      expect(first.body["refresh_token"] === token).toBe(refreshRotation === "kept");
      expect(await it.form({ ...refresh, refresh_token: token })).toMatchObject({ status: again });
    }
  });

  it("a refresh token is given by what was asked, and by whether the person allowed it before", async () => {
    const it = platform({
      pkce: "ignored",
      refreshable: ({ parameters }, before) =>
        parameters["access_type"] === "offline" && (!before || parameters["prompt"] === "consent"),
    });
    const offline = { access_type: "offline" };
    expect((await it.login()).body).not.toHaveProperty("refresh_token");
    it.world.grants.revokeAll("it", null);
    expect((await it.login(offline)).body).toHaveProperty("refresh_token");
    expect((await it.login(offline)).body).not.toHaveProperty("refresh_token");
    expect((await it.login({ ...offline, prompt: "consent" })).body).toHaveProperty("refresh_token");
  });
});

describe("an exchange of tokens", () => {
  const rules: Partial<OAuthRules> = {
    pkce: "ignored",
    codeTokenLifetime: 3600,
    refreshable: () => false,
    exchanges: [
      { grantType: "long", tokenParameter: "access_token", with: "secret", takes: "short", lifetime: 5_184_000 },
      {
        grantType: "renew",
        tokenParameter: "access_token",
        with: "nothing",
        takes: "long",
        lifetime: 5_184_000,
        minimumAge: 86_400,
        scope: "read",
      },
      {
        grantType: "either",
        tokenParameter: "token",
        with: "client",
        takes: "any",
        lifetime: 100_000,
        extendsAfter: 86_400,
      },
    ],
  };

  const shortLived = async (it: ReturnType<typeof platform>, fields: Fields = {}) => {
    const { body } = await it.login(fields);
    expect(body).toMatchObject({ expires_in: 3600 });
    expect(body).not.toHaveProperty("refresh_token");
    return String(body["access_token"]);
  };
  const longLived = async (it: ReturnType<typeof platform>, fields: Fields = {}) => {
    const access_token = await shortLived(it, fields);
    const { body } = await it.exchanged({ grant_type: "long", client_secret: "secret", access_token });
    expect(body).toMatchObject({ expires_in: 5_184_000 });
    return String(body["access_token"]);
  };
  const refusal = (error: string, status = 400) => ({ status, body: { error } });

  it("brings a long life once, for the app's secret", async () => {
    const it = platform(rules);
    const access_token = await shortLived(it);
    const wish = { grant_type: "long", client_secret: "secret", access_token };
    const long = await it.exchanged(wish);
    expect(long).toMatchObject({ status: 200, body: { expires_in: 5_184_000, token_type: "bearer" } });
    expect(it.world.grants.access("it", String(long.body["access_token"]))).toMatchObject({ longLived: true });
    expect(await it.exchanged({ ...wish, access_token: String(long.body["access_token"]) })).toMatchObject(
      refusal("invalid_grant"),
    );
    expect(await it.exchanged({ ...wish, client_secret: "wrong" })).toMatchObject(refusal("invalid_client", 401));
    expect(await it.exchanged({ ...wish, access_token: "none" })).toMatchObject(refusal("invalid_grant"));
    expect(await it.exchanged({ ...wish, grant_type: "other" })).toMatchObject(refusal("unsupported_grant_type"));
    expect(await it.exchanged({ grant_type: "long", access_token })).toMatchObject(refusal("invalid_request"));
  });

  it("renews what is a day old, is not over, and has the scope", async () => {
    const it = platform(rules);
    const [access_token, writer] = [await longLived(it), await longLived(it, { scope: "write" })];
    const renew = (token: string) => it.exchanged({ grant_type: "renew", access_token: token });
    expect(await renew(access_token)).toMatchObject({ body: { error_description: "The access token is too young" } });
    it.world.clock.advance(86_400_000);
    const renewed = await renew(access_token);
    expect(renewed).toMatchObject({ status: 200, body: { expires_in: 5_184_000 } });
    expect(renewed.body["access_token"]).not.toBe(access_token);
    expect(await renew(writer)).toMatchObject(refusal("invalid_grant"));
    it.world.clock.advance(60 * 86_400_000);
    expect(await renew(access_token)).toMatchObject(refusal("invalid_grant"));
  });

  it("extends at most once in its time, and only for the app that the token was given to", async () => {
    const it = platform(rules);
    const first = await shortLived(it);
    const either = (token: string, fields: Fields = {}) =>
      it.exchanged({ grant_type: "either", client_id: "app", client_secret: "secret", token, ...fields });
    const long = String((await either(first)).body["access_token"]);
    it.world.clock.advance(3_600_000);
    expect(await either(long)).toMatchObject({ body: { access_token: long, expires_in: 96_400 } });
    it.world.clock.advance(82_800_000);
    const extended = await either(long);
    expect(extended).toMatchObject({ status: 200, body: { expires_in: 100_000 } });
    expect(extended.body["access_token"]).not.toBe(long);
    const others = { client_id: "other", client_secret: "other-secret" };
    expect(await either(long, others)).toMatchObject({
      body: { error_description: "The token belongs to another client" },
    });
  });
});
