/** Ways in by a pasted key: what is taken, what is refused and leaves nothing, how it is told; against a network on loopback. */
import { describe, expect, it } from "vitest";
import { disconnectAccount } from "../../src/app/disconnect.ts";
import { apiForAccount } from "../../src/app/platform-api.ts";
import { refreshAccounts } from "../../src/app/refresh-accounts.ts";
import { checkLive, tokenStatuses } from "../../src/app/token-status.ts";
import { Failure } from "../../src/domain/failure.ts";
import { days } from "../../src/domain/time.ts";
import { keysStage } from "./keys-platform.ts";

const key = "acme:a-key-of-twenty-signs";

describe("connecting by a key", () => {
  it.each(["header", "basic", "path"])("keeps one that is presented in: %s", async (method) => {
    const stage = await keysStage();
    stage.network.keys.set(key, "1");
    const [account] = await stage.connect(`  ${key}\n`, { method });
    expect(account).toMatchObject({ handle: "account-1", externalId: "1", issuer: null });
    expect(account?.facts).toEqual(method === "path" ? { channel: "@acme" } : {});
    // Though tokens of the platform's other ways in end after an hour.
    expect(account?.credentials).toMatchObject([
      { method, refreshable: false, accessExpiresAt: null, nextRefreshAt: null, status: "active" },
    ]);
    const [status] = await tokenStatuses(stage.services, [await stage.account()]);
    expect(status).toMatchObject({ status: "healthy", expiresAt: null, refreshable: false });
    expect(await checkLive(stage.services, await stage.account())).toMatchObject({ ok: true, detail: "it is 1" });
    // The whole and the password in it; in base64 and in the address.
    expect([...stage.kept]).toEqual(expect.arrayContaining([key, "a-key-of-twenty-signs"]));
    if (method === "basic") expect(stage.kept).toContain(Buffer.from(key).toString("base64"));
    if (method === "path") expect(stage.kept).toContain(`/path/bot${key}/me`);
  });

  it("takes the place of the key before it, and a key by another way stands beside it", async () => {
    const stage = await keysStage();
    stage.network.keys.set(key, "1").set("a-second-key", "1");
    await stage.connect(key);
    await stage.connect("a-second-key");
    expect((await stage.account()).credentials).toMatchObject([{ method: "header", generation: 2 }]);
    await stage.connect(key, { method: "basic" });
    expect((await stage.account()).credentials).toMatchObject([{ method: "header" }, { method: "basic" }]);
    // The first is deleted at the platform: the other one stands in, and what mends the first is told.
    stage.network.keys.delete("a-second-key");
    // But not where the first one's address is asked: what is there knows nothing of it.
    const api = apiForAccount(stage.services, stage.platform, await stage.account());
    await expect(api.get(`${stage.network.url}/header/me`)).rejects.toMatchObject({ code: "needs_reauth" });
    expect(await api.method()).toBe("basic");
    expect(await api.get(`${stage.network.url}/basic/me`)).toMatchObject({ id: "1" });
    expect((await stage.account()).credentials.map(({ status }) => status)).toEqual(["reauth_required", "active"]);
    expect(stage.told()).toMatchObject([
      { kind: "needs_reauth", command: "agencyiq connect keys" },
      { kind: "fallback", command: "agencyiq connect keys" },
    ]);
  });

  it.each([
    ["an empty one", " \n", "usage", /^no API key was given$/],
    ["one of the wrong shape", "short", "usage", /^that is no key of Keys: it is too short$/],
    ["several lines", `${key}\nx-other: header`, "usage", /^what was given is no API key: it has several lines$/],
    ["one that the platform refuses", key, "needs_reauth", /^Keys does not take this API key: Keys answered 401: /],
  ])("stores nothing of %s, even under a name", async (_what, pasted, code, message) => {
    const stage = await keysStage();
    const failure = (await stage.connect(pasted, { as: "mine" }).catch((error) => error)) as Failure;
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(failure.hint).toBeDefined();
    expect(await stage.vault.accounts()).toEqual([]);
  });

  it("stores nothing while the platform cannot say whether it is one", async () => {
    const stage = await keysStage();
    stage.network.broken = true;
    await expect(stage.connect(key, { as: "mine" })).rejects.toMatchObject({ category: "later" });
    expect(stage.network.asked).toHaveLength(3);
    expect(await stage.vault.accounts()).toEqual([]);
  });

  it.each([
    [{ mode: "device" as const }, "--device"],
    [{ mode: "manual" as const }, "--manual"],
    [{ https: true }, "--https"],
    [{ port: 1 }, "--port"],
    [{ redirectUri: "http://127.0.0.1/" }, "--redirect-uri"],
    [{ clientId: "app" }, "--client-id"],
    [{ scopes: ["write"] }, "--scope"],
    [{ dpop: true }, "--dpop"],
    [{ issuer: "https://other.example" }, "--issuer"],
    [{ instance: "other.example" }, "--instance"],
  ])("says that %o means nothing to it", async (request, flag) => {
    const stage = await keysStage();
    await expect(stage.connect(key, request)).rejects.toMatchObject({
      code: "usage",
      message: `${flag} is nothing that the credential header knows`,
    });
    expect(stage.network.asked).toEqual([]);
  });

  it("asks what it needs beside the key, and takes no answer that nobody asked for", async () => {
    const stage = await keysStage();
    stage.network.keys.set(key, "1");
    const path = { method: "path", answers: { channel: "@given", thread: "7" } };
    const [account] = await stage.connect(key, path);
    expect(account?.facts).toEqual({ channel: "@given", thread: "7" });
    await expect(stage.connect(key, { method: "path", answers: { chanel: "@x" } })).rejects.toMatchObject({
      message: 'Keys asks for no "chanel"',
      hint: "--set takes: channel, thread",
    });
    await expect(stage.connect(key, { method: "path" }, { answer: async () => " " })).rejects.toMatchObject({
      hint: "give it with --set channel=VALUE",
    });
  });
});

describe("a key that is connected", () => {
  it("is refused one day: the account needs a person, with the exact command; it is not refreshable all the same", async () => {
    const stage = await keysStage();
    stage.network.keys.set(key, "1");
    await stage.connect(key, { method: "basic" });
    stage.clock.advance(days(400));
    expect(await refreshAccounts(stage.services, [await stage.account()], { force: true })).toMatchObject([
      { outcome: "not_refreshable", failure: null },
    ]);
    stage.network.keys.clear();
    expect(await checkLive(stage.services, await stage.account())).toMatchObject({ ok: false });
    const [status] = await tokenStatuses(stage.services, [await stage.account()]);
    expect(status?.status).toBe("needs_reauth");
    expect(stage.told()).toMatchObject([{ kind: "needs_reauth", command: "agencyiq connect keys --credential basic" }]);
    expect(await refreshAccounts(stage.services, [await stage.account()], { force: true })).toMatchObject([
      { outcome: "needs_reauth", failure: { hint: "agencyiq connect keys --credential basic" } },
    ]);
  });

  it("is to be deleted by hand where nothing can end it", async () => {
    const stage = await keysStage();
    stage.network.keys.set(key, "1");
    await stage.connect(key, { method: "path" });
    expect(await disconnectAccount(stage.services, await stage.account(), { revoke: true })).toMatchObject({
      revoked: false,
      keysLeft: ["bot token"],
      removeAccessAt: `${stage.network.url}/settings`,
    });
    expect(await stage.vault.accounts()).toEqual([]);
  });

  it("is ended by the platform's own call, where that is for this way in", async () => {
    const stage = await keysStage({
      revoke: async (api) => {
        if ((await api.method()) !== "header") throw new Failure("platform_cannot", "only by hand");
        await api.delete(`${stage.network.url}/header/key`);
      },
    });
    stage.network.keys.set(key, "1").set("a-second-key", "1");
    await stage.connect(key);
    await stage.connect("a-second-key", { method: "basic" });
    expect(await disconnectAccount(stage.services, await stage.account(), { revoke: true })).toMatchObject({
      revoked: true,
      keysLeft: ["application password"],
      removeAccessAt: `${stage.network.url}/settings`,
    });
    expect([...stage.network.keys.keys()]).toEqual(["a-second-key"]);
  });
});

describe("a last step by hand", () => {
  it("opens the page in the browser; where there is none, says so", async () => {
    const stage = await keysStage();
    stage.network.keys.set(key, "1");
    await stage.connect(key);
    const pages: string[] = [];
    for (const opens of [true, false]) {
      const browser = { open: async (page: string) => pages.push(page) > 0 && opens };
      const api = apiForAccount({ ...stage.services, browser }, stage.platform, await stage.account());
      const shown = api.browse("http://127.0.0.1/submit?title=a%20b");
      if (opens) await shown;
      else await expect(shown).rejects.toMatchObject({ code: "platform_cannot" });
    }
    expect(pages).toEqual(Array(2).fill("http://127.0.0.1/submit?title=a%20b"));
  });
});
