/**
 * The ways tokens are renewed, each as a platform's page states it: a real vault, real requests to a server on loopback that
 * keeps the platform's rules, and a clock that is set.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { refreshCredential } from "../../src/app/refresh-accounts.ts";
import type { Services } from "../../src/app/services.ts";
import { checkAccounts } from "../../src/app/watch.ts";
import { days, hours, minutes, seconds } from "../../src/domain/time.ts";
import type { TokenSet } from "../../src/domain/token.ts";
import type { Platform, TokenRules } from "../../src/platforms/platform.ts";
import { x } from "../../src/platforms/x.ts";
import { createHttp } from "../../src/system/http.ts";
import { systemRandom } from "../../src/system/random.ts";
import { accountOf, credentialOf, newVault, raw, start, tokens } from "../vault/home.ts";

interface Asked {
  readonly method: string;
  readonly parameters: Readonly<Record<string, string>>;
}

type Answer = (asked: Asked, count: number) => { status?: number; body: unknown; headers?: Record<string, string> };

async function serverThat(answer: Answer) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { searchParams } = new URL(request.url ?? "", "http://server");
    const parameters = Object.fromEntries([...searchParams, ...new URLSearchParams(body)]);
    asked.push({ method: request.method ?? "", parameters });
    const {
      status = 200,
      body: told,
      headers = {},
    } = answer({ method: request.method ?? "", parameters }, asked.length);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(told));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked };
}

/** X with other rules for its tokens, one account, and its token endpoint at `url`. */
async function stage(url: string, rules: Partial<TokenRules>, token: Partial<TokenSet> = {}) {
  const [method] = x.methods;
  if (method?.kind !== "oauth2" || method.endpoints === "discovery") throw new Error("x has no method");
  const platform: Platform = {
    ...x,
    methods: [{ ...method, endpoints: { ...method.endpoints, token: url } }],
    tokens: { defaultLifetime: null, reuse: { kind: "non_rotating" }, ...rules },
  };
  const home = await newVault();
  const http = createHttp({ version: "test", environment: {} });
  onTestFinished(() => http.close());
  const refreshable = rules.renewal === undefined ? token.refreshToken !== null : rules.renewal !== "none";
  await home.vault.connect(
    accountOf("alice"),
    credentialOf("one", { refreshable, tokens: tokens("one", token), timing: platform.tokens }),
  );
  const services = {
    clock: home.clock,
    random: systemRandom,
    http,
    platformIds: ["x"],
    loadPlatform: async () => platform,
    vault: async () => home.vault,
    appFromEnvironment: () => ({ clientId: "client", clientSecret: "client-secret" }),
    uninterrupted: (work: () => Promise<unknown>) => work(),
    keepSecret: () => {},
  } as unknown as Services;
  const account = async () => {
    const [found] = await home.vault.accounts();
    if (!found) throw new Error("no account");
    return found;
  };
  const credential = async () => {
    const [found] = (await account()).credentials;
    if (!found) throw new Error("no credential");
    return found;
  };
  const refresh = async (force = false) => refreshCredential(services, await account(), await credential(), { force });
  const told = () =>
    raw(home.path, (database) =>
      database.prepare("select kind, subject, body, command from notifications order by rowid").all(),
    ) as {
      kind: string;
      subject: string;
      body: string;
      command: string | null;
    }[];
  return { ...home, services, refresh, credential, told };
}

const lives = (length: number): Partial<TokenSet> => ({ obtainedAt: start, accessExpiresAt: start + length });

describe("a refresh token that is used again and again", () => {
  it("is kept when none comes back", async () => {
    const server = await serverThat((_asked, count) => ({
      body: { access_token: `access-${count}`, token_type: "bearer", expires_in: 3600 },
    }));
    const { refresh, clock, vault, credential } = await stage(server.url, {}, lives(hours(1)));
    for (const round of [1, 2]) {
      clock.advance(minutes(55));
      expect(await refresh()).toMatchObject({ outcome: "refreshed", failure: null });
      expect(await vault.secret(await credential(), "access_token")).toBe(`access-${round}`);
    }
    expect(server.asked.map(({ parameters }) => parameters["refresh_token"])).toEqual(["refresh-one", "refresh-one"]);
  });
});

describe("a refresh token that rotates", () => {
  it("with a grace answers a replay; what came with the lost answer is not missed", async () => {
    // Works once more after it was used: the pair is the same.
    const server = await serverThat((_asked, count) =>
      count === 1
        ? { status: 502, body: "proxy" }
        : {
            body: { access_token: "access-two", refresh_token: "refresh-two", token_type: "bearer", expires_in: 3600 },
          },
    );
    const { refresh, clock, vault, credential } = await stage(
      server.url,
      { reuse: { kind: "grace", seconds: 30 } },
      lives(hours(1)),
    );
    clock.advance(minutes(55));
    const refreshing = refresh();
    expect(await refreshing).toMatchObject({ outcome: "refreshed" });
    expect(await vault.secret(await credential(), "refresh_token")).toBe("refresh-two");
    expect(server.asked.map(({ parameters }) => parameters["refresh_token"])).toEqual(["refresh-one", "refresh-one"]);
  });

  it("where reuse ends the family is not presented again while the access token lives, and once in its last minute", async () => {
    const server = await serverThat((_asked, count) =>
      count === 1 ? { status: 502, body: "proxy" } : { status: 400, body: { error: "invalid_grant" } },
    );
    const { refresh, clock, credential, told } = await stage(
      server.url,
      { reuse: { kind: "revokes_family" } },
      lives(hours(2)),
    );
    clock.advance(minutes(100));
    expect(await refresh()).toMatchObject({ outcome: "retry_later", failure: { code: "platform_fault" } });
    const { nextRefreshAt } = await credential();
    expect(nextRefreshAt).toBe(start + hours(2) - minutes(1));
    expect(await refresh()).toMatchObject({ outcome: "retry_later", failure: { code: "refresh_outcome_unknown" } });
    expect(server.asked).toHaveLength(1);
    expect(told()).toMatchObject([{ kind: "outcome_unknown", command: "agencyiq connect x" }]);
    expect(told()[0]?.body).toContain("Until 2030-01-01T02:00:00Z posts still go out.");
    clock.advance(minutes(19) + seconds(30));
    expect(await refresh()).toMatchObject({ outcome: "needs_reauth" });
    expect((await credential()).reason).toBe("ambiguous_lost_response");
    expect(told().map(({ kind }) => kind)).toEqual(["outcome_unknown", "needs_reauth"]);
    expect(server.asked).toHaveLength(2);
  });
});

describe("a token that renews itself while it lives", () => {
  const threads = (url: string): Partial<TokenRules> => ({
    renewal: { endpoint: url, grantType: "th_refresh_token", tokenParameter: "access_token", with: "nothing" },
    minimumAge: hours(24),
    onlyWhileValid: true,
    deadGrantErrors: ["190"],
  });
  const renewed = { access_token: "access-two", token_type: "bearer", expires_in: 5_184_000 };

  it("is presented itself, not before its minimum age, and not after its end", async () => {
    const server = await serverThat(() => ({ body: renewed }));
    const { refresh, clock, vault, credential } = await stage(server.url, threads(server.url), {
      ...lives(days(60)),
      refreshToken: null,
    });
    clock.advance(hours(23));
    expect(await refresh(true)).toMatchObject({ outcome: "retry_later", failure: { retryAfterSeconds: 3600 } });
    expect(server.asked).toHaveLength(0);
    clock.advance(hours(2));
    expect(await refresh(true)).toMatchObject({ outcome: "refreshed" });
    expect(server.asked).toEqual([
      { method: "GET", parameters: { grant_type: "th_refresh_token", access_token: "access-one" } },
    ]);
    expect(await vault.secret(await credential(), "access_token")).toBe("access-two");
    expect(await credential()).toMatchObject({ refreshable: true, accessExpiresAt: start + hours(25) + days(60) });
    clock.advance(days(61));
    expect(await refresh()).toMatchObject({ outcome: "needs_reauth" });
    expect(server.asked).toHaveLength(1);
  });

  it("sends the app's id and secret where the platform wants them, and knows its word for a dead token", async () => {
    const server = await serverThat(() => ({
      status: 400,
      body: {
        error: {
          message: "Error validating access token: The session was invalidated",
          type: "OAuthException",
          code: 190,
        },
      },
    }));
    const facebook: Partial<TokenRules> = {
      renewal: {
        endpoint: server.url,
        grantType: "fb_exchange_token",
        tokenParameter: "fb_exchange_token",
        with: "client",
      },
      onlyWhileValid: true,
      deadGrantErrors: ["190"],
    };
    const { refresh, clock, credential } = await stage(server.url, facebook, {
      ...lives(days(60)),
      refreshToken: null,
    });
    clock.advance(days(50));
    expect(await refresh()).toMatchObject({ outcome: "needs_reauth", failure: { code: "needs_reauth" } });
    expect(server.asked[0]?.parameters).toEqual({
      grant_type: "fb_exchange_token",
      client_id: "client",
      client_secret: "client-secret",
      fb_exchange_token: "access-one",
    });
    expect((await credential()).status).toBe("reauth_required");
  });
});

describe("a reply that is not one of RFC 6749", () => {
  it("is read by the platform's own rule, an error with status 200 included", async () => {
    const server = await serverThat((_asked, count) => ({
      body:
        count === 1
          ? { ok: false, error: "ratelimited" }
          : { ok: true, authed: { token: "access-two", seconds: 3600 } },
    }));
    const readReply = (body: unknown) => {
      const { ok, error, authed } = body as {
        ok: boolean;
        error?: string;
        authed?: { token: string; seconds: number };
      };
      return ok ? { access_token: authed?.token, token_type: "bearer", expires_in: authed?.seconds } : { error };
    };
    const { refresh, clock, vault, credential } = await stage(server.url, { readReply }, lives(hours(1)));
    clock.advance(minutes(59));
    expect(await refresh()).toMatchObject({ outcome: "retry_later", failure: { code: "platform_fault" } });
    clock.advance(minutes(31));
    expect(await refresh()).toMatchObject({ outcome: "refreshed" });
    expect(await vault.secret(await credential(), "access_token")).toBe("access-two");
  });
});

describe("a token that cannot be refreshed", () => {
  it("is warned about 14, 7, 3 days and 1 day ahead, and when it has ended: each once", async () => {
    const { services, clock, told } = await stage(
      "http://127.0.0.1:9/",
      { renewal: "none" },
      { ...lives(days(60)), refreshToken: null },
    );
    for (let day = 0; day < 61; day += 1) {
      await checkAccounts(services);
      await checkAccounts(services);
      clock.advance(days(1));
    }
    await checkAccounts(services);
    expect(told().map(({ subject }) => subject)).toEqual([
      "x/alice must be connected again within 14 days",
      "x/alice must be connected again within 7 days",
      "x/alice must be connected again within 3 days",
      "x/alice must be connected again within a day",
      "x/alice must be connected again now",
    ]);
    expect(told().every(({ command }) => command === "agencyiq connect x")).toBe(true);
  });

  it("and does not end needs nothing", async () => {
    const { refresh, services, told } = await stage(
      "http://127.0.0.1:9/",
      { renewal: "none" },
      { obtainedAt: start, accessExpiresAt: null, refreshToken: null },
    );
    expect(await refresh()).toMatchObject({ outcome: "not_refreshable", failure: null });
    await checkAccounts(services);
    expect(told()).toEqual([]);
  });
});

describe("a refused app", () => {
  it("stops all its accounts with one notification, is asked after again by one of them, and frees them all", async () => {
    let refused = true;
    const server = await serverThat((_asked, count) =>
      refused
        ? { status: 401, body: { error: "invalid_client" } }
        : {
            body: {
              access_token: `access-${count}`,
              refresh_token: `refresh-${count}`,
              token_type: "bearer",
              expires_in: 7200,
            },
          },
    );
    const { services, vault, clock, told } = await stage(server.url, {}, lives(hours(2)));
    for (const name of ["bob", "carol"]) {
      await vault.connect(accountOf(name), credentialOf(name, { tokens: tokens(name, lives(hours(2))) }));
    }
    clock.advance(hours(3));
    const sweep = async (probe = true) => {
      for (const account of await vault.accounts()) {
        const [credential] = account.credentials;
        if (credential?.nextRefreshAt != null && credential.nextRefreshAt <= clock.now()) {
          await refreshCredential(services, account, credential, { force: false, probe });
        }
      }
    };
    const statuses = async () => (await vault.accounts()).map(({ credentials }) => credentials[0]?.status);
    await sweep();
    expect(await statuses()).toEqual(["paused", "paused", "paused"]);
    expect(server.asked).toHaveLength(1);
    clock.advance(hours(2));
    await sweep();
    expect(server.asked).toHaveLength(2);
    expect(told()).toMatchObject([{ kind: "app_refused", command: "agencyiq apps set x" }]);
    refused = false;
    clock.advance(hours(4));
    await sweep();
    expect(await statuses()).toEqual(["active", "active", "active"]);
    expect(told().map(({ kind }) => kind)).toEqual(["app_refused", "recovered"]);
  });
});
