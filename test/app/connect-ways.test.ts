/**
 * Connecting to a platform that wants https, and that gives a code's token an hour: a real vault, a real callback server, and
 * a platform on loopback that keeps to its rules.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ConnectEvents } from "../../src/app/authorize.ts";
import { callbackCertificate } from "../../src/app/callback-certificate.ts";
import { type ConnectRequest, connectAccount } from "../../src/app/connect.ts";
import type { Services } from "../../src/app/services.ts";
import { days } from "../../src/domain/time.ts";
import type { OAuth2Method, Platform } from "../../src/platforms/platform.ts";
import { x } from "../../src/platforms/x.ts";
import { makeCallbackCertificate } from "../../src/system/callback-certificate.ts";
import { startCallbackServer } from "../../src/system/callback-server.ts";
import { createHttp } from "../../src/system/http.ts";
import { systemRandom } from "../../src/system/random.ts";
import { newVault } from "../vault/home.ts";

interface Answer {
  readonly status?: number;
  readonly body: unknown;
  /** The connection is cut in place of an answer. */
  readonly cut?: boolean;
}

/** Codes become short-lived tokens; what an exchange of one is answered with, by the how manieth it is. */
async function platformThat(exchange: (count: number) => Answer) {
  const asked: { path: string; parameters: Record<string, string> }[] = [];
  const server = createServer(async (incoming, response) => {
    let form = "";
    for await (const chunk of incoming) form += String(chunk);
    const { pathname, searchParams } = new URL(incoming.url ?? "", "http://server");
    asked.push({ path: pathname, parameters: Object.fromEntries([...searchParams, ...new URLSearchParams(form)]) });
    const exchanges = asked.filter(({ path }) => path === "/exchange").length;
    const answer: Answer =
      pathname === "/token"
        ? { body: { data: [{ access_token: "short", user_id: 1, permissions: ["publish"] }] } }
        : exchange(exchanges);
    if (answer.cut) return void incoming.socket.destroy();
    response.writeHead(answer.status ?? 200, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const longLived = { body: { access_token: "long", token_type: "bearer", expires_in: 5_184_000 } };

/** A platform as Meta's are, with one account; `said` is what the person is told and asked. */
async function stage(exchange: (count: number) => Answer, clientSecret: string | null = "app-secret") {
  const { url, asked } = await platformThat(exchange);
  const renewal = {
    endpoint: `${url}/renew`,
    grantType: "renew",
    tokenParameter: "access_token",
    with: "nothing",
  } as const;
  const method: OAuth2Method = {
    kind: "oauth2",
    id: "oauth2",
    endpoints: { authorize: "https://platform.example/authorize", token: `${url}/token` },
    pkce: "none",
    scopeSeparator: ",",
    clientAuthentication: "client_secret_post",
    scopes: ["publish", "read"],
    redirect: { loopbackPort: "fixed", host: "localhost", https: "required", path: "/back/" },
    afterLogin: { endpoint: `${url}/exchange`, grantType: "long", tokenParameter: "access_token", with: "secret" },
  };
  const platform: Platform = {
    ...x,
    name: "Strict",
    methods: [method],
    tokens: {
      renewal,
      defaultLifetime: 5_184_000,
      reuse: { kind: "idempotent" },
      readReply: (body) => {
        const [first] = (body as { data?: { access_token: string; permissions: string[] }[] }).data ?? [];
        return first ? { ...first, token_type: "bearer", scope: first.permissions.join(",") } : body;
      },
    },
    identify: async () => [{ externalId: "1", handle: "acme", name: null, url: null }],
  };
  const home = await newVault();
  // The certificate is looked at by a client that goes by the machine's clock.
  const now = Math.floor(Date.now() / 1000) * 1000;
  home.clock.set(now);
  const http = createHttp({ version: "test", environment: {} });
  onTestFinished(() => http.close());
  const secrets = new Set<string>();
  const services = {
    clock: home.clock,
    random: systemRandom,
    http,
    platformIds: ["x"],
    loadPlatform: async () => platform,
    vault: async () => home.vault,
    vaultOrNew: async () => home.vault,
    appFromEnvironment: () => ({ clientId: "client", clientSecret }),
    uninterrupted: (work: () => Promise<unknown>) => work(),
    keepSecret: (secret: string | null | undefined) => void (secret && secrets.add(secret)),
    browser: { open: async () => false },
    startCallbackServer,
    makeCertificate: () => makeCallbackCertificate(home.clock, systemRandom),
  } as unknown as Services;
  return { ...home, now, services, asked, secrets };
}

type Staged = Awaited<ReturnType<typeof stage>>;

/** Connects; the person pastes the address with the right state, or the browser fetches it, trusting the certificate. */
async function connect(
  { services }: Pick<Staged, "services">,
  wish: Partial<ConnectRequest>,
  chooses: "https" | "manual" | "nothing" = "nothing",
) {
  const told: Record<string, unknown>[] = [];
  const visits: Promise<string>[] = [];
  let address = "";
  let trusted = "";
  const events: ConnectEvents = {
    app: () => {},
    certificate: (event) => {
      trusted = event.certificate.certificate;
      told.push({ certificate: event.redirectUri, fingerprint: event.certificate.fingerprint });
    },
    chooseRedirect: async (event) => {
      told.push({ choose: event.redirectUri });
      if (chooses === "nothing") throw new Error("nobody was to be asked");
      return chooses;
    },
    authorize: ({ url, redirectUri, manual }) => {
      const state = new URL(url).searchParams.get("state") ?? "";
      address = `${redirectUri}?code=a-code&state=${state}#_`;
      told.push({ redirectUri, manual });
      if (!manual) visits.push(visit(address, trusted));
    },
    device: async () => undefined,
    unusable: () => {},
    choose: null,
    paste: async () => address,
    answer: async () => "",
    key: async () => "",
  };
  const asked: ConnectRequest = {
    platform: "x",
    brand: "main",
    mode: "no-browser",
    timeout: 10_000,
    dpop: false,
    signal: new AbortController().signal,
    ...wish,
  };
  const [account] = await connectAccount(services, asked, events);
  if (!account) throw new Error("no account");
  return { account, told, pages: await Promise.all(visits) };
}

async function visit(address: string, ca: string): Promise<string> {
  const dispatcher = new Agent({ connect: { ca } });
  const redirect = await request(address.replace(/#.*/, ""), { dispatcher });
  await redirect.body.dump();
  const page = await request(new URL(String(redirect.headers["location"]), address), { dispatcher });
  const text = await page.body.text();
  await dispatcher.close();
  return text;
}

describe("a platform that wants https", () => {
  const secure = "https://localhost:8791/back/";

  it("asks how, where nothing was said: by a server with a certificate", async () => {
    const made = await stage(() => longLived);
    const { account, told, pages } = await connect(made, { port: 0 }, "https");
    expect(account.handle).toBe("acme");
    expect(told[0]).toEqual({ choose: "https://localhost:0/back/" });
    const { redirectUri } = told[2] as { redirectUri: string };
    expect(redirectUri).toMatch(/^https:\/\/localhost:[1-9]\d*\/back\/$/);
    expect(told[1]).toMatchObject({ certificate: redirectUri });
    expect(pages[0]).toContain("agencyiq can now act for acme");
    expect(made.asked[0]?.parameters["redirect_uri"]).toBe(redirectUri);
    const { key = "" } = (await made.vault.callbackCertificate()) ?? {};
    expect(key).toContain("PRIVATE KEY");
    expect(made.secrets).toContain(key);
  });

  it("by the address that the person pastes", async () => {
    const { told } = await connect(await stage(() => longLived), {}, "manual");
    expect(told).toEqual([{ choose: secure }, { redirectUri: secure, manual: true }]);
  });

  it.each<[string, Partial<ConnectRequest>, string]>([
    ["--manual", { mode: "manual" }, secure],
    ["an own redirect URI", { redirectUri: "https://agency.example/back" }, "https://agency.example/back"],
  ])("asks nothing with %s", async (_name, wish, redirectUri) => {
    const { told } = await connect(await stage(() => longLived), wish);
    expect(told).toEqual([{ redirectUri, manual: true }]);
  });

  it("says so to a redirect URI that is http", async () => {
    const made = await stage(() => longLived);
    const wish = { redirectUri: "http://localhost:8791/back/" };
    await expect(connect(made, wish)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("https"),
    });
  });

  it("has the same certificate again until it ends, and then another", async () => {
    const made = await stage(() => longLived);
    const fingerprint = async () => (await connect(made, { port: 0, https: true })).told[0]?.["fingerprint"];
    const first = await fingerprint();
    expect(await fingerprint()).toBe(first);
    const { expiresAt = 0 } = (await made.vault.callbackCertificate()) ?? {};
    expect(expiresAt - made.now).toBeLessThanOrEqual(days(825));
    made.clock.set(expiresAt - 1000);
    expect((await made.vault.callbackCertificate())?.fingerprint).toBe(first);
    expect((await callbackCertificate(made.services, made.vault)).fingerprint).not.toBe(first);
  });
});

describe("a login whose token lives for an hour", () => {
  const manual = { mode: "manual" } as const;

  it("keeps only what it is exchanged for", async () => {
    const made = await stage(() => longLived);
    const { account } = await connect(made, manual);
    const [credential] = account.credentials;
    if (!credential) throw new Error("no credential");
    expect(await made.vault.secret(credential, "access_token")).toBe("long");
    expect(await made.vault.secret(credential, "refresh_token")).toBeNull();
    expect(credential).toMatchObject({
      refreshable: true,
      // The exchange names none: those that the code's answer told.
      scopes: ["publish"],
      accessExpiresAt: made.now + 5_184_000_000,
    });
    expect(made.asked.map(({ path }) => path)).toEqual(["/token", "/exchange"]);
    expect(made.asked[1]?.parameters).toEqual({
      grant_type: "long",
      client_secret: "app-secret",
      access_token: "short",
    });
    expect(made.secrets).toContain("short");
    expect(made.secrets).toContain("long");
  });

  it("asks again where no answer comes, or a broken one", async () => {
    const made = await stage(
      (count) => [{ body: "", cut: true }, { status: 503, body: "" }, longLived][count - 1] ?? longLived,
    );
    expect((await connect(made, manual)).account.handle).toBe("acme");
    expect(made.asked.filter(({ path }) => path === "/exchange")).toHaveLength(3);
  });

  it.each<[string, Answer, string, number]>([
    ["no answer", { body: "", cut: true }, "network", 3],
    ["a broken server", { status: 500, body: "" }, "platform_fault", 3],
    ["too many requests", { status: 429, body: {} }, "rate_limited", 1],
    [
      "Meta's refusal",
      { status: 400, body: { error: { code: 190, message: "Session invalid" } } },
      "authorization_failed",
      1,
    ],
    ["a refused app", { status: 400, body: { error: "invalid_client" } }, "app_refused", 1],
    ["a refused token", { status: 400, body: { error: "invalid_grant" } }, "authorization_failed", 1],
    ["no token", { body: { odd: true } }, "authorization_failed", 1],
  ])("%s: says that it signed in for nothing, and keeps nothing", async (_name, answer, code, times) => {
    const made = await stage(() => answer);
    await expect(connect(made, manual)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^signed in, but the token could not be exchanged/),
      hint: expect.stringContaining("nothing was stored"),
    });
    expect(made.asked.filter(({ path }) => path === "/exchange")).toHaveLength(times);
    expect(await made.vault.accounts()).toEqual([]);
  });

  it("without the app's secret is not begun", async () => {
    const made = await stage(() => longLived, null);
    await expect(connect(made, manual)).rejects.toMatchObject({
      code: "app_missing",
      hint: expect.stringContaining("apps set x"),
    });
    expect(made.asked).toEqual([]);
  });
});
