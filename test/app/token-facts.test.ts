/** What a platform says of its tokens: kept, compared, told; against the network of Pages on loopback. */
import { expect, it } from "vitest";
import { checkPost, problemsOf } from "../../src/app/check-post.ts";
import { missingScopes } from "../../src/app/missing-scopes.ts";
import type { Services } from "../../src/app/services.ts";
import { checkLive, tokenStatuses } from "../../src/app/token-status.ts";
import { checkAccounts } from "../../src/app/watch.ts";
import { draftOf } from "../../src/domain/post.ts";
import { days } from "../../src/domain/time.ts";
import type { Api, Platform, TokenCheck } from "../../src/platforms/platform.ts";
import { pagesStage, type Stage } from "./pages-platform.ts";

interface Debugged {
  readonly expires_at: number;
  readonly data_access_expires_at: number;
  readonly scopes?: readonly string[];
}

async function debugged(api: Api, url: string): Promise<TokenCheck> {
  const { clientId, clientSecret } = await api.app();
  const query = { input_token: await api.token(), access_token: `${clientId}|${clientSecret}` };
  const told = (await api.get(`${url}/debug`, { query, authorization: "none" })) as Debugged;
  return {
    say: "debugged",
    expiresAt: told.expires_at === 0 ? null : told.expires_at * 1000,
    dataAccessExpiresAt: told.data_access_expires_at * 1000,
    ...(told.scopes ? { scopes: told.scopes } : {}),
  };
}

/** Two Pages of one login, at a platform that tells of its tokens and wants a scope to publish. */
async function stageOf(): Promise<Stage & { readonly services: Services; readonly platform: Platform }> {
  const stage = await pagesStage({ neededToPublish: ["pages_manage_posts"] });
  const platform: Platform = {
    ...stage.platform,
    check: (api) => debugged(api, stage.network.url),
    publish: { commit: async () => ({ remoteId: "1", url: "https://pages.example/1" }) },
  };
  await stage.connect({ select: ["all"] });
  return { ...stage, platform, services: { ...stage.services, loadPlatform: async () => platform } };
}

const bakery = "Acme Bakery";
const corrections = async ({ vault }: Stage) =>
  (await vault.ledger({})).filter(({ action }) => action === "token.corrected");

it("what is as it was believed is no news, and goes into no ledger", async () => {
  const stage = await stageOf();
  const before = (await stage.account(bakery)).credentials;
  expect(await checkLive(stage.services, await stage.account(bakery))).toMatchObject({
    ok: true,
    detail: "page: debugged; oauth2: debugged",
    corrected: ["dataAccessExpiresAt"],
  });
  expect((await checkLive(stage.services, await stage.account(bakery))).corrected).toEqual([]);
  expect(await corrections(stage)).toEqual([]);
  const dataAccessExpiresAt = Math.floor((stage.clock.now() + days(90)) / 1000) * 1000;
  expect((await stage.account(bakery)).credentials).toEqual(before.map((each) => ({ ...each, dataAccessExpiresAt })));
});

it("another end is stored, with when it is refreshed next, and the ledger tells both", async () => {
  const stage = await stageOf();
  const [, login] = (await stage.account(bakery)).credentials;
  if (!login) throw new Error("no login");
  stage.network.shorten(String(await stage.vault.secret(login, "access_token")), 10);
  expect(await checkLive(stage.services, await stage.account(bakery))).toMatchObject({
    ok: true,
    corrected: expect.arrayContaining(["accessExpiresAt"]),
  });
  const [page, present] = (await stage.account(bakery)).credentials;
  expect(page?.accessExpiresAt).toBeNull();
  expect(Math.abs((present?.accessExpiresAt ?? 0) - (stage.clock.now() + days(10)))).toBeLessThan(1000);
  expect(present?.nextRefreshAt).toBeLessThan(present?.accessExpiresAt ?? 0);
  expect(present?.nextRefreshAt).toBeLessThan(login.nextRefreshAt ?? 0);
  expect(await corrections(stage)).toMatchObject([
    {
      account: `pages/${bakery}`,
      subjectId: login.id,
      detail: {
        generation: 1,
        before: new Date(login.accessExpiresAt ?? 0).toISOString().replace(".000", ""),
        expiresAt: new Date(present?.accessExpiresAt ?? 0).toISOString().replace(".000", ""),
      },
    },
  ]);
});

it("times are those of the platform's clock", async () => {
  const stage = await stageOf();
  const { vault } = stage;
  const account = await stage.account(bakery);
  const late = account.credentials.map((each) => ({ ...each, clockSkew: days(2) }));
  const services = {
    ...stage.services,
    vault: async () => ({ ...vault, credential: async (id: string) => late.find((each) => each.id === id) ?? null }),
  };
  await checkLive(services, account);
  const [, login] = (await stage.account(bakery)).credentials;
  expect(Math.abs((login?.accessExpiresAt ?? 0) - (stage.clock.now() + days(58)))).toBeLessThan(1000);
});

it("a token that ended meanwhile, or was replaced, is left alone", async () => {
  const stage = await stageOf();
  const [page] = (await stage.account(bakery)).credentials;
  if (!page) throw new Error("no page");
  const facts = { accessExpiresAt: 1, scopes: ["other"], dataAccessExpiresAt: 2 };
  expect(await stage.vault.correct({ ...page, generation: 9 }, facts, {}, "pages/x")).toEqual([]);
  expect((await stage.account(bakery)).credentials[0]).toEqual(page);
  expect(await stage.vault.correct(page, { accessExpiresAt: null, scopes: page.scopes }, {}, "pages/x")).toEqual([]);
});

it("scopes that were taken away are told, and nothing is begun without them", async () => {
  const stage = await stageOf();
  const request = { draft: draftOf({ text: "Soup" }), accounts: [await stage.account(bakery)] };
  expect(problemsOf((await checkPost(stage.services, request)).targets)).toBeNull();
  stage.network.granted = ["pages_show_list"];
  expect(await checkLive(stage.services, await stage.account(bakery))).toMatchObject({
    corrected: expect.arrayContaining(["scopes"]),
  });
  expect(await tokenStatuses(stage.services, [await stage.account(bakery)])).toMatchObject([
    { scopes: ["pages_show_list"], missingScopes: ["pages_manage_posts"], status: "healthy" },
  ]);
  const { targets } = await checkPost(stage.services, { ...request, accounts: [await stage.account(bakery)] });
  expect(problemsOf(targets)).toMatchObject({
    code: "scope_missing",
    account: `pages/${bakery}`,
    message: expect.stringContaining("pages_manage_posts"),
    hint: "agencyiq connect pages",
  });
  expect((await corrections(stage))[0]?.detail).toMatchObject({
    scopes: "pages_show_list",
    scopesBefore: "pages_manage_posts",
  });
  // Granted anew, in whatever order.
  stage.network.granted = ["pages_manage_posts", "pages_show_list"];
  await checkLive(stage.services, await stage.account(bakery));
  expect(await tokenStatuses(stage.services, [await stage.account(bakery)])).toMatchObject([{ missingScopes: [] }]);
});

it("a message may take other scopes than the method's; where nothing is known, nothing is missing", async () => {
  const { platform, account } = await stageOf();
  const [page] = (await account(bakery)).credentials;
  if (!page || !platform.publish) throw new Error("no page");
  const inbox: Platform = { ...platform, publish: { ...platform.publish, scopesFor: () => ["inbox", "inbox"] } };
  const [message] = [{ text: "Soup" }] as unknown as Parameters<typeof missingScopes>[2] & object;
  expect(missingScopes(inbox, page, message ? [message] : [])).toEqual(["inbox"]);
  expect(missingScopes(inbox, { ...page, scopes: ["inbox"] }, message ? [message] : [])).toEqual([]);
  expect(missingScopes(inbox, { ...page, scopes: ["inbox"] })).toEqual(["pages_manage_posts"]);
  expect(missingScopes(platform, { ...page, scopes: [] })).toEqual([]);
  const { publish: _none, ...tokensOnly } = platform;
  expect(missingScopes(tokensOnly, { ...page, scopes: ["other"] })).toEqual([]);
});

it("the end of data access is told once for the login, from 14 days before, and again for the next one", async () => {
  const stage = await stageOf();
  for (const account of await stage.vault.accounts()) await checkLive(stage.services, account);
  stage.clock.advance(days(75));
  await checkAccounts(stage.services);
  const told = () => stage.told().filter(({ subject }) => subject.includes("data access"));
  expect(told()).toEqual([]);
  stage.clock.advance(days(2));
  await checkAccounts(stage.services);
  await checkAccounts(stage.services);
  expect(told()).toMatchObject([
    {
      kind: "expiring",
      subject: expect.stringMatching(/^pages\/Acme Bakery, pages\/Acme Café: sign in again by \d{4}-\d\d-\d\d, /),
      command: "agencyiq connect pages",
    },
  ]);
  const [status] = await tokenStatuses(stage.services, [await stage.account(bakery)]);
  expect(status?.dataAccessExpiresAt).toBeLessThanOrEqual(stage.clock.now() + days(13));
  await stage.connect({ select: ["all"] });
  expect((await stage.account(bakery)).credentials.map((each) => each.dataAccessExpiresAt)).toEqual([null, null]);
});
