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

/** Seconds an access token lives in these tests. */
const lifetime = 3;
const ended = (lifetime + 0.3) * 1000;

async function connected(): Promise<Setting> {
  const space = await setting({ accessTokenLifetime: lifetime });
  await connect(space);
  return space;
}

const refreshes = ({ server }: Setting) => server.requests({ route: "token", grant: "refresh_token" });

interface StatusAnswer {
  readonly accounts: readonly {
    status: string;
    expiresIn: number;
    refreshable: boolean;
    lastRefreshedAt: string | null;
  }[];
}

describe("the life of a token at oidc-provider (rotating, single-use refresh tokens, reuse ends the grant)", () => {
  it("is healthy, then expired, then refreshed by its next use, and the server takes what is printed", async () => {
    const space = await connected();
    const fresh = (await statusOf(space)).json<StatusAnswer>().accounts[0];
    expect(fresh).toMatchObject({ status: "healthy", refreshable: true, lastRefreshedAt: null });
    expect(fresh?.expiresIn).toBeLessThanOrEqual(lifetime);
    const first = await printToken(space);
    expect(await userinfoStatus(space, first)).toBe(200);

    await sleep(ended);
    expect(await userinfoStatus(space, first)).toBe(401);
    expect((await statusOf(space)).json<StatusAnswer>().accounts[0]).toMatchObject({ status: "expired", expiresIn: 0 });
    const second = await printToken(space);
    expect(second).not.toBe(first);
    expect(await userinfoStatus(space, second)).toBe(200);
    expect(refreshes(space)).toHaveLength(1);
  });

  it("is refreshed by one request, though 20 processes ask at once", async () => {
    const space = await connected();
    await sleep(ended);
    const printed = await Promise.all(Array.from({ length: 20 }, () => printToken(space)));
    expect(new Set(printed).size).toBe(1);
    expect(refreshes(space)).toMatchObject([{ status: 200 }]);
    expect(await userinfoStatus(space, printed[0] ?? "")).toBe(200);
  });

  it("survives forced refreshes by 6 processes at once, round after round: no token is presented twice", async () => {
    const space = await connected();
    for (let round = 0; round < 4; round += 1) {
      const all = Array.from({ length: 6 }, () => run(["tokens", "refresh", "oidc", "--force"], { env: space.env }));
      expect((await Promise.all(all)).map(({ code }) => code)).toEqual(Array.from({ length: 6 }, () => 0));
    }
    expect(refreshes(space).every(({ status }) => status === 200)).toBe(true);
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });

  it("ends with disconnect: the server takes neither token any more, and nothing of it is left here", async () => {
    const space = await connected();
    const token = await printToken(space);
    const answer = await run(["disconnect", "oidc", "--yes", "--json"], { env: space.env });
    expect(answer).toMatchObject({ code: 0 });
    expect(answer.json()).toMatchObject({ revoked: true });
    expect(await userinfoStatus(space, token)).toBe(401);
    expect(await accountsOf(space)).toEqual([]);
    const check = await run(["vault", "status", "--json"], { env: space.env });
    expect(check.json<{ dataKeys: { records: number }[] }>().dataKeys.map(({ records }) => records)).toEqual([0]);
  });

  it("goes on with a clock that is an hour off, which is said", async () => {
    const space = await setting({ accessTokenLifetime: lifetime });
    space.server.skewClock(3600);
    await connect(space);
    expect((await run(["tokens", "refresh", "oidc", "--force"], { env: space.env })).code).toBe(0);
    const status = await run(["tokens", "status"], { env: space.env });
    expect(status.stderr).toMatch(/clock is 60 min behind/);
    expect((await run(["doctor", "--json"], { env: space.env })).stdout).toContain("60 min behind");
  });

  it("says so when an answer was lost after the server had rotated: in the ledger, and as nothing it is not", async () => {
    const space = await connected();
    space.server.order({ route: "token", grant: "refresh_token" }, { kind: "drop-after" });
    // Asked again a moment later, the server says that the old token was spent, and only that ends the authorization.
    const lost = await run(["tokens", "refresh", "oidc", "--force", "--json"], { env: space.env });
    expect(lost.code).toBe(4);
    expect((await ledgerOf(space)).map(({ action }) => action)).toContain("token.refresh_unknown");
    await sleep(ended);
    expect((await run(["tokens", "print", "oidc", "--json"], { env: space.env })).code).toBe(4);
    expect((await ledgerOf(space)).at(-1)).toMatchObject({
      action: "token.needs_reauth",
      detail: { reason: "ambiguous_lost_response" },
    });
    await connect(space);
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
    expect(await accountsOf(space)).toHaveLength(1);
  });
});
