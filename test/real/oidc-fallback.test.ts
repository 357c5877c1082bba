/** A second credential of the same account, tried when the first needs a person. */
import { describe, expect, it } from "vitest";
import { run } from "../e2e/command.ts";
import { connect, printToken, setting, statusOf, userinfoStatus } from "./connection.ts";
import { confidentialClient } from "./oidc-server.ts";

interface Shown {
  readonly accounts: readonly {
    readonly status: string;
    readonly credential: string;
    readonly fallbackFor: { readonly credential: string; readonly reason: string } | null;
  }[];
}

describe("an account with a second credential", () => {
  it("goes on with it when the first is dead, says so, and comes back to the first once that is connected again", async () => {
    const space = await setting();
    await connect(space);
    await space.server.revokeGrants();
    await connect(space, ["--credential", "oauth2.backup"]);
    expect((await statusOf(space)).json<Shown>().accounts).toMatchObject([{ credential: "oauth2", fallbackFor: null }]);

    const refreshed = await run(["tokens", "refresh", "oidc", "--force", "--json"], { env: space.env });
    expect(refreshed.json()).toMatchObject({ results: [{ outcome: "refreshed", error: null }] });
    expect(refreshed.code).toBe(0);
    const status = await statusOf(space);
    expect(status.code).toBe(0);
    expect(status.json<Shown>().accounts).toMatchObject([
      {
        status: "healthy",
        credential: "oauth2.backup",
        fallbackFor: { credential: "oauth2", reason: "invalid_grant" },
      },
    ]);
    const words = await run(["tokens", "status"], { env: space.env });
    expect(words.stdout).toMatch(/by oauth2\.backup: oauth2 invalid grant; connect it again/);
    const printed = await run(["tokens", "print", "oidc"], { env: space.env });
    expect(printed.stderr).toContain("oauth2.backup");
    expect(await userinfoStatus(space, printed.stdout.trim())).toBe(200);

    await connect(space);
    expect((await statusOf(space)).json<Shown>().accounts).toMatchObject([{ credential: "oauth2", fallbackFor: null }]);
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });

  it("of another developer app is kept alive beside the first", async () => {
    const space = await setting({ accessTokenLifetime: 3 });
    await connect(space);
    const secret = {
      [`AGENCYIQ_OIDC_CLIENT_ID`]: confidentialClient.client_id,
      AGENCYIQ_OIDC_CLIENT_SECRET: confidentialClient.client_secret,
    };
    const other = { ...space, env: { ...space.env, ...secret } };
    await connect(other, ["--credential", "oauth2.other", "--client-id", confidentialClient.client_id]);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const once = await run(["daemon", "--once", "--json"], { env: other.env });
    expect(once.json()).toMatchObject({ results: [{ outcome: "refreshed" }, { outcome: "refreshed" }] });
    const clients = space.server.requests({ route: "token", grant: "refresh_token" });
    expect(clients.map(({ status }) => status)).toEqual([200, 200]);
  });
});
