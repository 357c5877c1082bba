/** Logins, Pages and their tokens, and what Facebook's answers tell of them. */
import { describe, expect, it } from "vitest";
import { facebook } from "../../src/platforms/facebook.ts";
import { graphTokenReply } from "../../src/platforms/graph/token-reply.ts";
import { graphPace } from "../../src/platforms/graph/usage.ts";
import { connectedFacebook } from "./connected-facebook.ts";

const method = facebook.methods.find(({ kind }) => kind === "oauth2");
const derive = method?.kind === "oauth2" ? method.derived?.derive : undefined;

describe("the Pages of a login", () => {
  it("are all told: own ones over several pages of the list, those of portfolios, and why one cannot be posted as", async () => {
    const { login } = await connectedFacebook();
    const pages = await facebook.identify(login);
    const number = expect.stringMatching(/^\d+$/);
    expect(pages.map(({ name, handle, unusable }) => [name, handle, unusable ?? null])).toEqual([
      ["Acme Bakery", "acme", null],
      ["Acme Bakery Jobs", number, expect.stringContaining("your role on the Page may not post")],
      ["Acme Bakery Outlet", "acmeoutlet", null],
      ["Friends of Acme Bakery", number, null],
    ]);
    for (const { kind, token } of pages) {
      expect(kind).toBe("Page");
      expect(token).toMatchObject({ expiresIn: null });
    }
  });

  it("are those of the person alone without the permission for portfolios", async () => {
    const scope = "pages_show_list,pages_read_engagement,pages_manage_posts";
    const { login } = await connectedFacebook({ scope });
    expect((await facebook.identify(login)).map(({ name }) => name)).toEqual(["Acme Bakery", "Acme Bakery Jobs"]);
  });

  it("each give a token once more, and none where the person has no right", async () => {
    const { api, client, login, page } = await connectedFacebook();
    expect(await derive?.(login, page)).toEqual({ accessToken: expect.any(String), expiresIn: null, scopes: null });
    expect(await derive?.(login, "100000000000000")).toBeNull();
    // What is wrong with the app says nothing of the Page.
    await client.fault(`GET /v26.0/${page}`, { kind: "error", name: "app-unknown" });
    await expect(derive?.(login, page)).rejects.toMatchObject({ code: "app_refused" });
    // Nor does a block that passes: the Page is still in the person's list.
    await client.fault(`GET /v26.0/${page}`, { kind: "error", name: "blocked" });
    expect(await derive?.(login, page)).toEqual({ accessToken: expect.any(String), expiresIn: null, scopes: null });
    expect((await facebook.check(api)) as object).toMatchObject({ say: "answers as Acme Bakery", expiresAt: null });
  });

  it("end together when the permissions are taken away", async () => {
    const { api, login } = await connectedFacebook();
    expect(await facebook.check(login)).toMatchObject({ scopes: expect.arrayContaining(["pages_manage_posts"]) });
    await facebook.revoke?.(login);
    for (const each of [api, login]) await expect(facebook.check(each)).rejects.toMatchObject({ code: "needs_reauth" });
  });
});

describe("a token", () => {
  it("of a login lives for an hour or two, for sixty days when it is exchanged, and is checked with its end", async () => {
    const { client, login } = await connectedFacebook();
    const before = (await facebook.check(login)) as { expiresAt: number; dataAccessExpiresAt: number };
    expect(before.expiresAt - Date.now()).toBeLessThan(2 * 3_600_000);
    expect(Math.round((before.dataAccessExpiresAt - Date.now()) / 86_400_000)).toBe(90);
    const short = await client.login();
    const long = await client.token({ grant_type: "fb_exchange_token", fb_exchange_token: short });
    expect(Math.round(long.expires_in / 86_400)).toBe(60);
    const again = await client.token({ grant_type: "fb_exchange_token", fb_exchange_token: long.access_token });
    expect(again.access_token).toBe(long.access_token);
    await client.control("/clock", { advance: 2 * 86_400 });
    const later = await client.token({ grant_type: "fb_exchange_token", fb_exchange_token: long.access_token });
    expect(later.access_token).not.toBe(long.access_token);
    await client.control("/clock", { advance: 70 * 86_400 });
    const dead = await client.token({ grant_type: "fb_exchange_token", fb_exchange_token: later.access_token });
    expect(graphTokenReply(dead)).toMatchObject({ error: "invalid_grant" });
  });

  it.each([
    [{ code: 101, message: "Error validating application." }, "invalid_client"],
    [{ code: 1, message: "Error validating client secret." }, "invalid_client"],
    [{ code: 100, error_subcode: 36007, message: "This authorization code has expired." }, "invalid_grant"],
    [{ code: 190, error_subcode: 460, message: "changed" }, "invalid_grant"],
    [{ code: 4, is_transient: true, message: "limit" }, "slow_down"],
    [{ code: 2, is_transient: true, message: "later" }, "server_error"],
    [{ code: 10, message: "no permission" }, "10"],
  ])("refusal %j is %s in the words of OAuth", (error, name) => {
    expect(graphTokenReply({ error })).toEqual({ error: name, error_description: error.message });
  });
});

describe("the pace", () => {
  const now = 1_000_000;
  const app = (percent: number) => ({ "x-app-usage": JSON.stringify({ call_count: percent, total_time: 3 }) });
  const pages = (usage: object) => ({
    "x-business-use-case-usage": JSON.stringify({ "1": [{ type: "pages", ...usage }] }),
  });

  it.each<[string, Record<string, string>, number | null]>([
    ["nothing is told", {}, null],
    ["half is used", app(50), null],
    ["three quarters are used", app(75), 2],
    ["a little more is used", app(90), 17],
    ["it is nearly used up", app(95), 300],
    ["processor time is nearly used up", pages({ call_count: 1, total_cputime: 96 }), 300],
    ["Meta says for how long", pages({ call_count: 100, estimated_time_to_regain_access: 7 }), 420],
    ["both are told, the longer one counts", { ...app(80), ...pages({ call_count: 97 }) }, 300],
    ["what is told is no JSON", { "x-app-usage": "soon" }, null],
    ["what is told is nothing", { "x-business-use-case-usage": '{"1":null,"2":[null,7]}', "x-app-usage": "3" }, null],
  ])("%s", (_, headers, wait) => {
    expect(graphPace(headers, now)?.until ?? null).toBe(wait === null ? null : now + wait * 1000);
  });
});
