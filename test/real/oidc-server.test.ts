/** The server itself, through oauth4webapi alone: what the other tests rely on is what it does. */
import * as oauth from "oauth4webapi";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  callbackPath,
  confidentialClient,
  type OidcServer,
  type OidcServerOptions,
  publicClient,
  startOidcServer,
} from "./oidc-server.ts";
import { approve, approveDevice, type Decision } from "./person.ts";
import type { Grace } from "./refresh-families.ts";

const redirectUri = `http://127.0.0.1:45678${callbackPath}`;
const insecure = { [oauth.allowInsecureRequests]: true } as const;
const scope = "openid profile email offline_access";

interface Setting {
  readonly server: OidcServer;
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
}

async function start(options?: OidcServerOptions): Promise<Setting> {
  const server = await startOidcServer(options);
  onTestFinished(() => server.close());
  const issuer = new URL(server.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  return { server, as, client: publicClient, authentication: oauth.None() };
}

function endpoint(url: string | undefined): string {
  if (!url) throw new Error("the server does not offer it");
  return url;
}

interface Authorization {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
}

async function authorization({ as, client }: Setting, more: Record<string, string> = {}): Promise<Authorization> {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: "code",
    redirect_uri: redirectUri,
    scope,
    prompt: "consent",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  });
  return { url: `${endpoint(as.authorization_endpoint)}?${query}`, verifier, state };
}

async function connect(
  setting: Setting,
  { decision, DPoP }: { decision?: Decision; DPoP?: oauth.DPoPHandle } = {},
): Promise<oauth.TokenEndpointResponse> {
  const { as, client, authentication } = setting;
  const { url, verifier, state } = await authorization(setting);
  const back = new URL(await approve(url, decision));
  const answer = oauth.validateAuthResponse(as, client, back, state);
  const exchange = async () =>
    oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, redirectUri, verifier, {
        ...insecure,
        ...(DPoP ? { DPoP } : {}),
      }),
    );
  try {
    return await exchange();
  } catch (error) {
    if (oauth.isDPoPNonceError(error)) return exchange();
    throw error;
  }
}

async function refresh({ as, client, authentication }: Setting, token: string | undefined, DPoP?: oauth.DPoPHandle) {
  const options = { ...insecure, ...(DPoP ? { DPoP } : {}) };
  const response = await oauth.refreshTokenGrantRequest(as, client, authentication, token ?? "", options);
  return oauth.processRefreshTokenResponse(as, client, response);
}

async function userinfo({ as, client }: Setting, token: string) {
  return oauth.processUserInfoResponse(
    as,
    client,
    oauth.skipSubjectCheck,
    await oauth.userInfoRequest(as, client, token, insecure),
  );
}

describe("oidc-provider as the tests run it", () => {
  it("gives tokens for a code with PKCE and says who it is", async () => {
    const setting = await start();
    const tokens = await connect(setting, { decision: { login: "bob" } });
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3600, scope });
    expect(await userinfo(setting, tokens.access_token)).toMatchObject({
      sub: "bob",
      name: "Bob",
      preferred_username: "bob",
      email: "bob@example.com",
    });
    expect(setting.server.requests({ route: "token", grant: "authorization_code" })).toMatchObject([{ status: 200 }]);
  });

  it("serves a client with a secret, and only with the right one", async () => {
    const setting = await start();
    const { client_id, client_secret } = confidentialClient;
    const confidential = { ...setting, client: { client_id }, authentication: oauth.ClientSecretBasic(client_secret) };
    const tokens = await connect(confidential);
    const wrong = { ...confidential, authentication: oauth.ClientSecretBasic("wrong") };
    await expect(refresh(wrong, tokens.refresh_token)).rejects.toMatchObject({
      cause: [{ parameters: { error: "invalid_client" } }],
    });
    expect(await refresh(confidential, tokens.refresh_token)).toMatchObject({ scope });
  });

  it("wants PKCE", async () => {
    const setting = await start();
    const { url } = await authorization(setting);
    const back = new URL(await approve(url.replace(/&code_challenge(_method)?=[^&]*/g, "")));
    expect(back.searchParams.get("error")).toBe("invalid_request");
  });

  it("reports a denied consent with its issuer", async () => {
    const setting = await start();
    const { url, state } = await authorization(setting);
    const back = new URL(await approve(url, { deny: true }));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: "access_denied",
      iss: setting.server.issuer,
      state,
    });
  });

  it("gives no refresh token without consent to offline access", async () => {
    const setting = await start();
    const { url, verifier, state } = await authorization(setting, { scope: "openid" });
    const answer = oauth.validateAuthResponse(setting.as, setting.client, new URL(await approve(url)), state);
    const tokens = await oauth.processAuthorizationCodeResponse(
      setting.as,
      setting.client,
      await oauth.authorizationCodeGrantRequest(
        setting.as,
        setting.client,
        setting.authentication,
        answer,
        redirectUri,
        verifier,
        insecure,
      ),
    );
    expect(tokens.refresh_token).toBeUndefined();
  });

  it("lets an access token die after its few seconds", async () => {
    const setting = await start({ accessTokenLifetime: 1 });
    const { access_token } = await connect(setting);
    await expect
      .poll(
        () =>
          userinfo(setting, access_token).then(
            () => "alive",
            () => "dead",
          ),
        { timeout: 5_000 },
      )
      .toBe("dead");
  });

  it("rotates, and revokes the whole grant when a refresh token comes twice", async () => {
    const setting = await start();
    const first = await connect(setting);
    const second = await refresh(setting, first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await expect(refresh(setting, first.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(refresh(setting, second.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(userinfo(setting, second.access_token)).rejects.toThrow();
    expect(setting.server.requests({ route: "token", grant: "refresh_token" }).map(({ status }) => status)).toEqual([
      200, 400, 400,
    ]);
  });

  it("revokes on request", async () => {
    const setting = await start();
    const { as, client, authentication } = setting;
    const tokens = await connect(setting);
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, authentication, tokens.refresh_token ?? "", insecure),
    );
    await expect(refresh(setting, tokens.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("forgets every grant when told to", async () => {
    const setting = await start();
    const tokens = await connect(setting);
    await setting.server.revokeGrants();
    await expect(refresh(setting, tokens.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(userinfo(setting, tokens.access_token)).rejects.toThrow();
  });

  it("introspects", async () => {
    const setting = await start();
    const { as, client, authentication } = setting;
    const { access_token } = await connect(setting);
    const response = await oauth.introspectionRequest(as, client, authentication, access_token, insecure);
    expect(await oauth.processIntrospectionResponse(as, client, response)).toMatchObject({
      active: true,
      sub: "alice",
    });
  });

  it("takes part in the device flow", async () => {
    const setting = await start();
    const { as, client, authentication } = setting;
    const begin = async () =>
      oauth.processDeviceAuthorizationResponse(
        as,
        client,
        await oauth.deviceAuthorizationRequest(as, client, authentication, { scope, prompt: "consent" }, insecure),
      );
    const poll = async (code: string) =>
      oauth.processDeviceCodeResponse(
        as,
        client,
        await oauth.deviceCodeGrantRequest(as, client, authentication, code, insecure),
      );
    const device = await begin();
    expect(device.interval).toBe(1);
    await expect(poll(device.device_code)).rejects.toMatchObject({ error: "authorization_pending" });
    await approveDevice(endpoint(device.verification_uri_complete), { login: "carol" });
    const tokens = await poll(device.device_code);
    expect(tokens.refresh_token).toBeTypeOf("string");
    expect(await userinfo(setting, tokens.access_token)).toMatchObject({ sub: "carol" });

    const refused = await begin();
    await approveDevice(endpoint(refused.verification_uri_complete), { deny: true });
    await expect(poll(refused.device_code)).rejects.toMatchObject({ error: "access_denied" });
  });

  it("wants what was pushed, when pushing is required", async () => {
    const setting = await start({ requirePushedAuthorization: true });
    const { as, client, authentication } = setting;
    const plain = await authorization(setting);
    expect(new URL(await approve(plain.url)).searchParams.get("error")).toBe("invalid_request");
    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, authentication, new URL(plain.url).searchParams, insecure),
    );
    const query = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
    const back = new URL(await approve(`${endpoint(as.authorization_endpoint)}?${query}`));
    expect(oauth.validateAuthResponse(as, client, back, plain.state).get("code")).toBeTypeOf("string");
  });

  it("binds tokens to a DPoP key, with nonces of its own", async () => {
    const setting = await start({ requireDPoPNonce: true });
    const handle = async () => oauth.DPoP(setting.client, await oauth.generateKeyPair("ES256"));
    const DPoP = await handle();
    const tokens = await connect(setting, { DPoP });
    expect(tokens.token_type).toBe("dpop");
    await expect(refresh(setting, tokens.refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await refresh(setting, tokens.refresh_token, DPoP)).toMatchObject({ token_type: "dpop" });
    expect(
      setting.server.requests({ route: "token", grant: "authorization_code" }).map(({ status }) => status),
    ).toEqual([400, 200]);
  });

  it("registers a client for whoever asks", async () => {
    const setting = await start();
    const metadata = {
      application_type: "native",
      client_name: "a test",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none",
      scope,
    };
    const registered = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(setting.as, metadata, insecure),
    );
    expect((await connect({ ...setting, client: registered })).refresh_token).toBeTypeOf("string");
  });

  it("offers no registration when that is switched off", async () => {
    expect((await start({ registration: false })).as.registration_endpoint).toBeUndefined();
  });
});

describe("faults", () => {
  it("rotates and loses the answer", async () => {
    const setting = await start();
    const { refresh_token } = await connect(setting);
    setting.server.order({ route: "token", grant: "refresh_token" }, { kind: "drop-after" });
    await expect(refresh(setting, refresh_token)).rejects.toThrow("fetch failed");
    await expect(refresh(setting, refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(setting.server.requests({ route: "token", grant: "refresh_token" })).toMatchObject([
      { status: null },
      { status: 400 },
    ]);
  });

  it("cuts the connection before anything happened", async () => {
    const setting = await start();
    const { refresh_token } = await connect(setting);
    setting.server.order({ route: "token" }, { kind: "drop-before" });
    await expect(refresh(setting, refresh_token)).rejects.toThrow("fetch failed");
    expect(await refresh(setting, refresh_token)).toMatchObject({ scope });
  });

  it("answers in the server's place, as often as ordered", async () => {
    const setting = await start();
    const { refresh_token } = await connect(setting);
    const busy = { error: "temporarily_unavailable" };
    const answer = { kind: "answer", status: 503, body: busy, headers: { "retry-after": "7" } } as const;
    setting.server.order({ route: "token" }, answer, 2);
    for (let count = 0; count < 2; count += 1) {
      const failure = await refresh(setting, refresh_token).catch((error: unknown) => error);
      expect(failure).toMatchObject({ cause: { status: 503 } });
    }
    expect(await refresh(setting, refresh_token)).toMatchObject({ scope });
  });

  it("answers late", async () => {
    const setting = await start();
    const { refresh_token } = await connect(setting);
    setting.server.order({ route: "token" }, { kind: "late", milliseconds: 300 });
    const started = performance.now();
    await refresh(setting, refresh_token);
    expect(performance.now() - started).toBeGreaterThanOrEqual(290);
  });

  it("shows a clock that is off", async () => {
    const { server } = await start();
    server.skewClock(3600);
    const { headers } = await fetch(`${server.issuer}/jwks`);
    expect(Date.parse(headers.get("date") ?? "") - Date.now()).toBeGreaterThan(3_590_000);
  });

  it("answers as somebody else, or as nobody", async () => {
    const setting = await start();
    for (const issuer of ["https://evil.example", null]) {
      setting.server.answerAs(issuer);
      const { url, state } = await authorization(setting);
      const back = new URL(await approve(url));
      expect(back.searchParams.get("iss")).toBe(issuer);
      expect(() => oauth.validateAuthResponse(setting.as, setting.client, back, state)).toThrow("iss");
    }
  });
});

describe("refresh tokens that are presented twice", () => {
  const family = { label: "", grace: null };
  const same = { seconds: 30, answer: "same" } as const;
  const another = { seconds: 30, answer: "new" } as const;
  const presentedBy = async (setting: Setting, login: string, grace: Grace | null) => {
    const { refreshToken } = await setting.server.grantTo(login, { ...family, grace });
    return { first: refreshToken, second: (await refresh(setting, refreshToken)).refresh_token };
  };

  it("are a reuse event without a grace, and end the family", async () => {
    const setting = await start();
    const { families } = setting.server;
    const { first, second } = await presentedBy(setting, "alice", null);
    expect([families.stateOf(first), families.stateOf(second ?? "")]).toEqual(["spent", "live"]);
    await expect(refresh(setting, first)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(families.stateOf(second ?? "")).toBe("revoked");
    expect(families.refusalsOf(first)).toBe(1);
    await expect(refresh(setting, first)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(families.counts("")).toMatchObject({ presented: 3, rotations: 1, reuses: 2, forgiven: 0, refusedAgain: 1 });
  });

  it("bring the same pair within a grace, until that has been used", async () => {
    const setting = await start();
    const { families } = setting.server;
    const { first, second } = await presentedBy(setting, "alice", same);
    expect(families.stateOf(first)).toBe("grace");
    expect(await refresh(setting, first)).toMatchObject({ refresh_token: second });
    expect(families.counts("")).toMatchObject({ rotations: 1, reuses: 0, forgiven: 1 });
    const third = (await refresh(setting, second)).refresh_token;
    expect(families.stateOf(first)).toBe("spent");
    await expect(refresh(setting, first)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(families.stateOf(third ?? "")).toBe("revoked");
    expect(families.counts("")).toMatchObject({ rotations: 2, reuses: 1 });
  });

  it("bring another pair within a grace of the other kind, and the one before is void", async () => {
    const setting = await start({ grace: another });
    const { families } = setting.server;
    const { first, second } = await presentedBy(setting, "alice", another);
    const again = (await refresh(setting, first)).refresh_token;
    expect(again).not.toBe(second);
    expect([families.stateOf(second ?? ""), families.stateOf(again ?? "")]).toEqual(["revoked", "live"]);
    expect(await refresh(setting, again)).toMatchObject({ scope });
    expect(families.counts("")).toMatchObject({ reuses: 0, forgiven: 1 });
  });

  it("are a reuse event after the grace", async () => {
    const setting = await start();
    const { first } = await presentedBy(setting, "alice", { seconds: 0.2, answer: "same" });
    await new Promise((resolve) => setTimeout(resolve, 250));
    await expect(refresh(setting, first)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(setting.server.families.counts("")).toMatchObject({ reuses: 1 });
  });

  it("are a reuse event while the first answer is awaited, whatever the grace", async () => {
    const setting = await start();
    const { refreshToken } = await setting.server.grantTo("alice", { ...family, grace: same });
    setting.server.order({ route: "token" }, { kind: "hold-after", release: () => refreshed });
    const once = refresh(setting, refreshToken);
    const refreshed = expect(refresh(setting, refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
    await Promise.all([once, refreshed]);
    expect(setting.server.families.counts("")).toMatchObject({ presented: 2, reuses: 1 });
  });

  it("are remembered, however many came since", async () => {
    const setting = await start({ record: false });
    const { first } = await presentedBy(setting, "alice", null);
    for (let count = 0; count < 1500; count += 1) await setting.server.grantTo(`user-${count}`, family);
    await expect(refresh(setting, first)).rejects.toMatchObject({ error: "invalid_grant" });
    expect(setting.server.families.counts("")).toMatchObject({ reuses: 1 });
  });
});
