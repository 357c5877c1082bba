/** What goes wrong between agencyiq and a real server after connecting; only the server's own word ends an authorization. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { run } from "../e2e/command.ts";
import {
  accountsOf,
  connect,
  ledgerOf,
  printToken,
  type Setting,
  setting,
  statusOf,
  userinfoStatus,
} from "./connection.ts";
import { publicClient } from "./oidc-server.ts";

const refreshes = { route: "token", grant: "refresh_token" } as const;

interface Shown {
  readonly status: string;
  readonly lastError: { readonly code: string } | null;
}

async function shown(space: Setting): Promise<Shown> {
  const [account] = (await statusOf(space)).json<{ accounts: readonly Shown[] }>().accounts;
  if (!account) throw new Error("no account");
  return account;
}

function forceRefresh({ env }: Setting) {
  return run(["tokens", "refresh", "oidc", "--force", "--json"], { env });
}

function statusesOf({ server }: Setting): readonly (number | null)[] {
  return server.requests(refreshes).map(({ status }) => status);
}

/** Connected, and the access token has ended; the next one lives for an hour. */
async function expired(): Promise<Setting> {
  const space = await setting({ accessTokenLifetime: 4 });
  await connect(space);
  space.server.setAccessTokenLifetime(3600);
  await sleep(4100);
  return space;
}

/** Child processes' clocks run this many seconds wrong. */
function withClockOff(space: Setting, seconds: number): Setting {
  const shift = `const now = Date.now; Date.now = () => now() + ${seconds * 1000};`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(shift)}`;
  return { ...space, env: { ...space.env, NODE_OPTIONS } };
}

describe("a refresh without an answer", () => {
  it("that never reached the server is repeated a moment later, with the same token", async () => {
    const space = await expired();
    space.server.order(refreshes, { kind: "drop-before" });
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
    expect(statusesOf(space)).toEqual([null, 200]);
    const [first, second] = space.server.requests(refreshes);
    expect(second?.parameters["refresh_token"]).toBe(first?.parameters["refresh_token"]);
    expect(await shown(space)).toMatchObject({ status: "healthy", lastError: null });
  });

  it("that a server without a grace had carried out is told by its name: the answer was lost, not the grant", async () => {
    const space = await expired();
    space.server.order(refreshes, { kind: "drop-after" });
    const printed = await run(["tokens", "print", "oidc"], { env: space.env });
    expect(printed).toMatchObject({ code: 4, stdout: "" });
    expect(printed.stderr).toContain(`agencyiq connect oidc --issuer ${space.server.issuer}`);
    const entries = (await ledgerOf(space)).filter(({ action }) => action.startsWith("token."));
    expect(entries.at(-1)?.detail["reason"]).toBe("ambiguous_lost_response");
    expect(entries.map(({ action }) => action)).toEqual([
      "token.refresh_sent",
      "token.refresh_unknown",
      "token.refresh_sent",
      "token.needs_reauth",
    ]);
    expect(statusesOf(space)).toEqual([null, 400]);
  });

  it("takes no access token away that still lives: it is printed, with a warning", async () => {
    const space = await setting();
    await connect(space);
    const before = await printToken(space);
    space.server.order(refreshes, { kind: "answer", status: 403, body: "<h1>Blocked</h1>" });
    const printed = await run(["tokens", "print", "oidc", "--valid-for", "2h"], { env: space.env });
    expect(printed).toMatchObject({ code: 0, stdout: `${before}\n` });
    expect(printed.stderr).toContain("the present token still works");
    expect(statusesOf(space)).toEqual([403]);
  });
});

describe("a refresh that something in front of the server answers", () => {
  it.each([
    ["503 with Retry-After", { status: 503, headers: { "retry-after": "7" } }, "rate_limited"],
    ["a firewall's page", { status: 403, body: "<h1>Blocked</h1>" }, "platform_fault"],
  ] as const)("with %s asks nobody to connect again", async (_name, answer, code) => {
    const space = await setting();
    await connect(space);
    space.server.order(refreshes, { kind: "answer", ...answer });
    const ended = await forceRefresh(space);
    expect(ended.code).toBe(6);
    expect(ended.json()).toMatchObject({ results: [{ outcome: "retry_later", error: { code } }] });
    expect(await shown(space)).toMatchObject({ status: "healthy", lastError: { code } });
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });
});

describe("a page in place of tokens", () => {
  it("may hide that they were given: they are asked for once more", async () => {
    const space = await setting();
    await connect(space);
    space.server.order(refreshes, { kind: "answer", status: 200, body: "<h1>Welcome to the hotel</h1>" });
    expect((await forceRefresh(space)).json()).toMatchObject({ results: [{ outcome: "refreshed", error: null }] });
    expect(statusesOf(space)).toEqual([200, 200]);
  });

  it("again and again leaves the outcome unknown, after the pauses of the protocol", async () => {
    const space = await setting();
    await connect(space);
    space.server.order(refreshes, { kind: "answer", status: 200, body: "<h1>Welcome to the hotel</h1>" }, 4);
    const ended = await forceRefresh(space);
    expect(ended.code).toBe(6);
    const code = "refresh_outcome_unknown";
    expect(ended.json()).toMatchObject({ results: [{ outcome: "retry_later", error: { code } }] });
    expect(statusesOf(space)).toEqual([200, 200, 200, 200]);
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });
});

describe("a grant", () => {
  it("that its owner ended at the server is presented once more, never again, and replaced by connecting", async () => {
    const space = await expired();
    await space.server.revokeGrants();
    const printed = await run(["tokens", "print", "oidc"], { env: space.env });
    expect(printed).toMatchObject({ code: 4, stdout: "" });
    expect(printed.stderr).toContain(`agencyiq connect oidc --issuer ${space.server.issuer}`);
    expect((await shown(space)).status).toBe("needs_reauth");
    expect((await forceRefresh(space)).code).toBe(4);
    expect(statusesOf(space)).toEqual([400]);
    await connect(space);
    expect((await accountsOf(space)).map(({ account }) => account)).toEqual(["oidc/alice"]);
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });

  it("is kept when it could not be revoked: nobody could revoke it later", async () => {
    const space = await setting();
    await connect(space);
    space.server.order({ route: "revocation" }, { kind: "answer", status: 503 });
    const ended = await run(["disconnect", "oidc", "--yes"], { env: space.env });
    expect(ended.code).toBe(6);
    expect(ended.stderr).toContain("--no-revoke");
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });

  it("is revoked by its refresh token, which the server then refuses", async () => {
    const space = await setting();
    await connect(space);
    expect((await run(["disconnect", "oidc", "--yes"], { env: space.env })).code).toBe(0);
    const revoked = space.server.requests({ route: "revocation" });
    expect(revoked.map(({ parameters }) => parameters["token_type_hint"])).toEqual(["refresh_token", "access_token"]);
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: publicClient.client_id,
      refresh_token: revoked[0]?.parameters["token"] ?? "",
    });
    const refused = await fetch(`${space.server.issuer}/token`, { method: "POST", body });
    expect(await refused.json()).toMatchObject({ error: "invalid_grant" });
  });
});

describe("this machine's clock", () => {
  it.each([
    ["behind", -3600],
    ["ahead of", 3600],
  ])("an hour %s the server's spoils no proof and no id token", async (words, seconds) => {
    const space = withClockOff(await setting(), seconds);
    await connect(space, ["--dpop"]);
    expect((await forceRefresh(space)).json()).toMatchObject({ results: [{ outcome: "refreshed", error: null }] });
    const live = await statusOf(space, ["--live"]);
    expect(live.json()).toMatchObject({ accounts: [{ status: "healthy", live: { ok: true } }] });
    expect(live.stderr).toContain(`clock is 60 min ${words} the platforms'`);
  });

  it.each([-7200, 7200])("that stepped by %s seconds since the last refresh costs no token", async (seconds) => {
    const space = await setting();
    await connect(space);
    expect((await forceRefresh(withClockOff(space, seconds))).json()).toMatchObject({
      results: [{ outcome: "refreshed", error: null }],
    });
    expect((await forceRefresh(space)).code).toBe(0);
    expect(statusesOf(space)).toEqual([200, 200]);
  });
});
