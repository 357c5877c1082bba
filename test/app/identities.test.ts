/** One login, several identities: a real vault, real requests to a strict server on loopback, a clock that is set. */
import { describe, expect, it } from "vitest";
import type { ConnectEvents } from "../../src/app/authorize.ts";
import { disconnectAccount } from "../../src/app/disconnect.ts";
import { apiForAccount } from "../../src/app/platform-api.ts";
import { refreshAccounts } from "../../src/app/refresh-accounts.ts";
import { tokenStatuses } from "../../src/app/token-status.ts";
import { checkAccounts } from "../../src/app/watch.ts";
import { bringsAnother, inOrderOfUse } from "../../src/domain/credential.ts";
import { days } from "../../src/domain/time.ts";
import type { Identity, TokenRules } from "../../src/platforms/platform.ts";
import { pagesStage, type Stage } from "./pages-platform.ts";

async function postAs(
  { services, platform, network, account }: Stage,
  handle: string,
  message = "Soup",
): Promise<void> {
  const api = apiForAccount(services, platform, await account(handle));
  await api.post(`${network.url}/${api.externalId}/feed`, { form: { message } });
}

async function secretsOf({ vault, account }: Stage, handle: string): Promise<Record<string, string | null>> {
  const { credentials } = await account(handle);
  const entries = credentials.map(async (each) => [each.method, await vault.secret(each, "access_token")] as const);
  return Object.fromEntries(await Promise.all(entries));
}

describe("identities after a login", () => {
  it("become an account each, with a token of its own and the login behind it", async () => {
    const stage = await pagesStage();
    const unusable: Identity[] = [];
    const accounts = await stage.connect(
      {},
      {
        unusable: (identity) => unusable.push(identity),
        choose: async (offers) => offers.map(({ identity }) => identity),
      },
    );
    expect(accounts.map(({ handle, externalId }) => [handle, externalId])).toEqual([
      ["Acme Bakery", "100"],
      ["Acme Café", "200"],
    ]);
    expect(unusable.map(({ externalId }) => externalId)).toEqual(["300"]);
    for (const { credentials } of accounts) {
      const [page, login] = credentials;
      expect(credentials).toHaveLength(2);
      expect(page).toMatchObject({
        method: "page",
        derivedFrom: login?.id,
        subject: "7",
        accessExpiresAt: null,
        refreshable: true,
        nextRefreshAt: null,
      });
      expect(login).toMatchObject({ method: "oauth2", derivedFrom: null, subject: "7", refreshable: true });
      expect(login?.accessExpiresAt).toBe(stage.clock.now() + days(60));
      expect(inOrderOfUse(credentials).map(({ method }) => method)).toEqual(["page"]);
      expect(credentials.map((each) => bringsAnother(each, credentials))).toEqual([false, true]);
    }
    for (const { handle } of accounts)
      for (const secret of Object.values(await secretsOf(stage, handle))) expect(stage.kept).toContain(secret);
    await postAs(stage, "Acme Café");
    const { page } = await secretsOf(stage, "Acme Café");
    expect(stage.network.posts).toEqual([{ page: "200", text: "Soup", token: page }]);
  });

  it("are chosen by id, handle or name; those connected already are shown as such", async () => {
    const stage = await pagesStage();
    const [café] = await stage.connect({ select: ["acme café"] });
    expect(café?.externalId).toBe("200");
    const [bakery] = await stage.connect({ select: ["100"] });
    expect(bakery?.handle).toBe("Acme Bakery");
    let offered: unknown[] = [];
    await stage.connect(
      {},
      {
        choose: async (offers) => {
          offered = offers.map(({ identity, connected }) => [identity.externalId, connected]);
          return offers.slice(0, 1).map(({ identity }) => identity);
        },
      },
    );
    expect(offered).toEqual([
      ["100", true],
      ["200", true],
    ]);
    expect(await stage.vault.accounts()).toHaveLength(2);
  });

  it("connected again keep their account and get new tokens", async () => {
    const stage = await pagesStage();
    const before = await stage.connect({ select: ["all"] });
    const old = await secretsOf(stage, "Acme Bakery");
    const after = await stage.connect({ select: ["all"] });
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(after.flatMap(({ credentials }) => credentials.map(({ id }) => id))).toEqual(
      before.flatMap(({ credentials }) => credentials.map(({ id }) => id)),
    );
    const now = await secretsOf(stage, "Acme Bakery");
    expect(now["page"]).not.toBe(old["page"]);
    expect(now["oauth2"]).not.toBe(old["oauth2"]);
  });

  it("are told by id and name where nobody can be asked, and nothing is stored", async () => {
    const stage = await pagesStage();
    await expect(stage.connect()).rejects.toMatchObject({
      code: "question_without_terminal",
      hint: "give --select all, or --select with an id: 100 (Acme Bakery, Page), 200 (Acme Café, Page)",
    });
    await expect(stage.connect({ select: ["400"] })).rejects.toMatchObject({ code: "usage" });
    await expect(stage.connect({ select: ["300"] })).rejects.toMatchObject({
      code: "not_permitted",
      message: expect.stringContaining("may not create content"),
    });
    await expect(stage.connect({ select: ["all"], as: "acme" })).rejects.toMatchObject({ code: "usage" });
    expect(await stage.vault.accounts()).toEqual([]);
  });

  it("of which one can be used need no choice; of which none can are refused with the reason", async () => {
    const stage = await pagesStage();
    stage.network.loseRole("7", "200");
    const [only] = await stage.connect({ as: "bread" });
    expect(only).toMatchObject({ handle: "bread", externalId: "100" });
    stage.network.loseRole("7", "100");
    await expect(stage.connect()).rejects.toMatchObject({
      code: "not_permitted",
      message: expect.stringContaining("Globex: your role there may not create content"),
      hint: expect.stringContaining("agencyiq connect pages"),
    });
    stage.network.loseRole("7", "300");
    await expect(stage.connect()).rejects.toMatchObject({
      message: "this login has nothing on Pages that can be posted as",
    });
  });

  it("by a second credential of the owner's are kept beside the first, each with its own login", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["100"] });
    const [account] = await stage.connect({ select: ["100"], method: "oauth2.backup" });
    expect(account?.credentials.map(({ method }) => method)).toEqual([
      "page",
      "oauth2",
      "page.backup",
      "oauth2.backup",
    ]);
    expect(inOrderOfUse(account?.credentials ?? []).map(({ method }) => method)).toEqual(["page", "page.backup"]);
    const backup = account?.credentials[2];
    expect(backup?.derivedFrom).toBe(account?.credentials[3]?.id);
  });

  const person = (externalId: string): Identity => ({ externalId, handle: externalId, name: null, url: null });
  const shared = { derived: undefined, identify: async () => [person("7"), { ...person("100"), login: "7" }] };

  it("without tokens of their own keep a copy of the login's", async () => {
    const stage = await pagesStage(shared);
    const accounts = await stage.connect({ select: ["all"] });
    expect(accounts.map(({ credentials }) => credentials.map(({ method, subject }) => [method, subject]))).toEqual([
      [["oauth2", "7"]],
      [["oauth2", "7"]],
    ]);
    expect(await secretsOf(stage, "7")).toEqual(await secretsOf(stage, "100"));
    const kept = await disconnectAccount(stage.services, await stage.account("100"), { revoke: true });
    expect(kept).toMatchObject({ revoked: false, keptFor: ["pages/7"] });
  });

  it("must not share refresh tokens that rotate, and must say whose login they came by", async () => {
    const unnamed = await pagesStage({ ...shared, identify: async () => [person("7"), person("100")] });
    await expect(unnamed.connect({ select: ["all"] })).rejects.toMatchObject({
      message: expect.stringContaining("does not say whose login"),
    });
    const tokens = (kind: "grace" | "non_rotating"): TokenRules => ({
      defaultLifetime: null,
      reuse: kind === "grace" ? { kind, seconds: 30 } : { kind },
      readReply: (body) => ({ ...(body as object), refresh_token: "refresh-of-all" }),
    });
    const rotating = await pagesStage({ ...shared, tokens: tokens("grace") });
    await expect(rotating.connect({ select: ["all"] })).rejects.toMatchObject({
      message: expect.stringContaining("cannot be shared"),
    });
    expect(await rotating.vault.accounts()).toEqual([]);
    expect(await rotating.connect({ select: ["100"] })).toHaveLength(1);
    const asked: string[] = [];
    const choose: NonNullable<ConnectEvents["choose"]> = async (offers, most) => {
      asked.push(most);
      return offers.slice(0, 1).map(({ identity }) => identity);
    };
    await rotating.connect({}, { choose });
    const reusable = await pagesStage({ ...shared, tokens: tokens("non_rotating") });
    expect(await reusable.connect({ select: ["all"] })).toHaveLength(2);
    await reusable.connect({}, { choose });
    expect(asked).toEqual(["one", "several"]);
  });
});

describe("a token that is got with a login", () => {
  it("is got anew when the platform refuses it, and the post goes out", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["all"] });
    const { page: old } = await secretsOf(stage, "Acme Bakery");
    stage.network.end(String(old));
    await postAs(stage, "Acme Bakery");
    const { page } = await secretsOf(stage, "Acme Bakery");
    expect(page).not.toBe(old);
    expect(stage.network.posts).toEqual([{ page: "100", text: "Soup", token: page }]);
    const [credential] = (await stage.account("Acme Bakery")).credentials;
    expect(credential).toMatchObject({ status: "active", generation: 2 });
    const actions = (await stage.vault.ledger({})).map(({ action }) => action);
    expect(actions.slice(-2)).toEqual(["token.refresh_sent", "token.refreshed"]);
  });

  it("is got anew on demand, after the login was renewed", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["100"] });
    const old = await secretsOf(stage, "Acme Bakery");
    expect(await refreshAccounts(stage.services, await stage.vault.accounts(), { force: false })).toMatchObject([
      { outcome: "fresh", login: null },
    ]);
    expect(await refreshAccounts(stage.services, await stage.vault.accounts(), { force: true })).toMatchObject([
      { outcome: "refreshed", login: null },
    ]);
    const now = await secretsOf(stage, "Acme Bakery");
    expect(now["page"]).not.toBe(old["page"]);
    expect(now["oauth2"]).not.toBe(old["oauth2"]);
  });

  it("needs a person once the role is lost, and nothing is ever posted with the login", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["all"] });
    stage.network.loseRole("7", "100");
    await expect(postAs(stage, "Acme Bakery")).rejects.toMatchObject({
      code: "needs_reauth",
      message: expect.stringContaining("has lost the role"),
    });
    const [page, login] = (await stage.account("Acme Bakery")).credentials;
    expect(page).toMatchObject({ status: "reauth_required" });
    expect(login).toMatchObject({ status: "active" });
    const asked = stage.network.asked.filter((line) => line.endsWith("/feed")).length;
    await expect(postAs(stage, "Acme Bakery")).rejects.toMatchObject({ code: "needs_reauth" });
    expect(stage.network.asked.filter((line) => line.endsWith("/feed"))).toHaveLength(asked);
    expect(stage.network.posts).toEqual([]);
    await postAs(stage, "Acme Café");
    expect(stage.network.posts).toHaveLength(1);
    expect(stage.told().map(({ subject }) => subject)).toEqual(["pages/Acme Bakery must be connected again"]);
  });

  it("goes on posting when its login has ended; the owner is told once for all accounts", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["all"] });
    for (const { credentials } of await stage.vault.accounts()) {
      for (const each of credentials.filter(({ method }) => method === "oauth2")) {
        stage.network.end(String(await stage.vault.secret(each, "access_token")));
      }
    }
    stage.clock.advance(days(50));
    const results = await refreshAccounts(stage.services, await stage.vault.accounts(), { force: false });
    expect(results).toMatchObject([
      { outcome: "fresh", failure: null, login: { code: "needs_reauth" } },
      { outcome: "fresh", failure: null, login: { code: "needs_reauth" } },
    ]);
    await postAs(stage, "Acme Bakery");
    expect(stage.network.posts).toHaveLength(1);
    expect(stage.told()).toMatchObject([
      {
        kind: "needs_reauth",
        subject: "the login of pages/Acme Bakery, pages/Acme Café must be made again",
        command: "agencyiq connect pages",
      },
    ]);
    const statuses = await tokenStatuses(stage.services, await stage.vault.accounts());
    expect(statuses).toMatchObject([
      { status: "healthy", method: "page", expiresAt: null, login: { method: "oauth2", status: "needs_reauth" } },
      { status: "healthy", login: { status: "needs_reauth" } },
    ]);
    // Now the Page's own token is refused too: nothing but a person helps.
    stage.network.changePassword("7");
    await expect(postAs(stage, "Acme Bakery")).rejects.toMatchObject({
      code: "needs_reauth",
      message: expect.stringContaining("login"),
    });
    expect(stage.network.posts).toHaveLength(1);
    await stage.connect({ select: ["all"] });
    await postAs(stage, "Acme Bakery");
    expect(stage.network.posts).toHaveLength(2);
  });

  it("stays as it is while the platform cannot be reached", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["100"] });
    const before = await secretsOf(stage, "Acme Bakery");
    const services = { ...stage.services, http: unreachable(stage) };
    const results = await refreshAccounts(services, await stage.vault.accounts(), { force: true });
    expect(results).toMatchObject([{ outcome: "retry_later" }]);
    expect(await secretsOf(stage, "Acme Bakery")).toEqual(before);
    const [page] = (await stage.account("Acme Bakery")).credentials;
    expect(page?.status).toBe("active");
  });

  it("whose login ended while nobody was there is told of", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["all"] });
    stage.clock.advance(days(61));
    await checkAccounts(stage.services);
    await checkAccounts(stage.services);
    expect(stage.told().map(({ subject }) => subject)).toEqual([
      "the login of pages/Acme Bakery, pages/Acme Café must be made again now",
    ]);
  });
});

function unreachable({ services }: Stage): Stage["services"]["http"] {
  return { ...services.http, send: (request) => services.http.send({ ...request, url: "http://127.0.0.1:9/" }) };
}

describe("disconnecting one of several accounts of a login", () => {
  it("leaves the login alone while another lives by it, in whatever brand, and ends it with the last", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["100"] });
    await stage.connect({ select: ["200"], brand: "globex" });
    expect(await disconnectAccount(stage.services, await stage.account("Acme Bakery"), { revoke: true })).toEqual({
      address: "pages/Acme Bakery",
      revoked: false,
      keptFor: ["globex:pages/Acme Café"],
      keysLeft: [],
      removeAccessAt: null,
    });
    expect(stage.network.asked).not.toContain("DELETE /me/permissions");
    await postAs(stage, "Acme Café");
    const last = await disconnectAccount(stage.services, await stage.account("Acme Café"), { revoke: true });
    expect(last).toMatchObject({ revoked: true, keptFor: [] });
    expect([...stage.network.tokens.values()].every(({ dead }) => dead)).toBe(true);
    expect(await stage.vault.accounts()).toEqual([]);
  });

  it("forgets an account whose login is dead, and says where to take the app's access away", async () => {
    const stage = await pagesStage();
    await stage.connect({ select: ["100"] });
    stage.network.changePassword("7");
    expect(await disconnectAccount(stage.services, await stage.account("Acme Bakery"), { revoke: true })).toMatchObject(
      {
        revoked: false,
        removeAccessAt: `${stage.network.url}/settings`,
      },
    );
    expect(await stage.vault.accounts()).toEqual([]);
  });
});
