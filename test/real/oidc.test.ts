/** The ways to connect, with the built binary, to a server that this project did not write. */
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, run, start } from "../e2e/command.ts";
import {
  accountsOf,
  awaitAuthorize,
  connect,
  connectCommand,
  connectedAccount,
  decide,
  printToken,
  type Setting,
  setting,
  startConnecting,
  statusOf,
  userinfoStatus,
} from "./connection.ts";
import { type OidcServerOptions, publicClient } from "./oidc-server.ts";
import { approve, approveDevice } from "./person.ts";

const defaultPort = 8791;

/** Somebody listens where agencyiq would; another program of this machine may do so already. */
async function occupy(port: number): Promise<void> {
  const server = createServer();
  const taken = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (taken) onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
}

async function refreshForced({ env }: Setting) {
  return run(["tokens", "refresh", "oidc", "--force", "--json"], { env });
}

describe("connect oidc", () => {
  it("uses PKCE over a pushed request, stores the tokens and says who it is", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const page = await decide(connecting);
    const account = connectedAccount(await connecting.ended);
    const { server } = space;
    expect(account).toMatchObject({ account: "oidc/alice", name: "Alice", externalId: "alice", issuer: server.issuer });
    expect(page).toMatchObject({ status: 200, url: `${connecting.redirectUri}/done` });
    expect(page.text).toContain("act for alice");
    expect(server.requests({ route: "pushed-authorization" })).toMatchObject([
      { status: 201, parameters: { code_challenge_method: "S256", redirect_uri: connecting.redirectUri } },
    ]);
    // What was pushed goes through no browser.
    expect([...new URL(connecting.url).searchParams.keys()].sort()).toEqual(["client_id", "request_uri"]);
    const [exchange, ...more] = server.requests({ route: "token" });
    expect(exchange?.parameters["code_verifier"]).toMatch(/^[\w-]{43}$/);
    expect(more).toEqual([]);
    expect((await statusOf(space)).json()).toMatchObject({
      accounts: [{ account: "oidc/alice", status: "healthy", refreshable: true }],
    });
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });

  it("keeps one account when the same person connects again, and one more for another person", async () => {
    const space = await setting();
    const first = await connect(space);
    const again = await connect(space);
    expect(again.id).toBe(first.id);
    await connect(space, [], { login: "bob" });
    expect((await accountsOf(space)).map(({ account }) => account)).toEqual(["oidc/alice", "oidc/bob"]);
  });

  it("registers itself where no client is named, once, and connects again as the same client", async () => {
    const space = await setting();
    const ways = ["connect", "oidc", "--issuer", space.server.issuer, "--no-browser", "--json"];
    for (const login of ["alice", "bob"]) {
      const connecting = await awaitAuthorize(await start(ways, { env: space.env }));
      await decide(connecting, { login });
      connectedAccount(await connecting.ended);
    }
    expect(space.server.requests({ route: "registration" })).toMatchObject([{ status: 201 }]);
    const clients = space.server.requests({ route: "token" }).map(({ parameters }) => parameters["client_id"]);
    expect(new Set(clients).size).toBe(1);
    expect(clients[0]).not.toBe(publicClient.client_id);
    expect((await refreshForced(space)).code).toBe(2);
    expect((await run(["tokens", "refresh", "oidc/bob", "--force"], { env: space.env })).code).toBe(0);
  });

  it("takes the address from standard input with --manual", async () => {
    const space = await setting();
    const connecting = await startConnecting(space, ["--manual"], { stdin: null });
    connecting.child.stdin?.end(`${await approve(connecting.url)}\n`);
    expect(connectedAccount(await connecting.ended).account).toBe("oidc/alice");
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
  });

  it("takes no bare code with --manual: it would skip the state", async () => {
    const space = await setting();
    const connecting = await startConnecting(space, ["--manual"], { stdin: null });
    const code = new URL(await approve(connecting.url)).searchParams.get("code");
    connecting.child.stdin?.end(`${code}\n`);
    expect((await connecting.ended).code).toBe(2);
    expect(space.server.requests({ route: "token" })).toEqual([]);
  });

  it("lets another device approve with --device, and gets a token that can be refreshed", async () => {
    const space = await setting();
    const started = await start(connectCommand(space, ["--device", "--json"]), { env: space.env });
    const event = JSON.parse(await started.line(/"event":"device"/)) as Record<string, string>;
    expect(event).toMatchObject({ verificationUri: `${space.server.issuer}/device` });
    expect(event["userCode"]).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
    expect(Date.parse(event["expiresAt"] ?? "") - Date.now()).toBeGreaterThan(500_000);
    await approveDevice(`${event["verificationUri"]}?user_code=${event["userCode"]}`, { login: "carol" });
    expect(connectedAccount(await started.ended)).toMatchObject({ account: "oidc/carol", name: "Carol" });
    expect((await refreshForced(space)).json()).toMatchObject({ results: [{ outcome: "refreshed", error: null }] });
  });

  it.each<[string, OidcServerOptions]>([
    ["", {}],
    [" and a nonce of the server", { requireDPoPNonce: true }],
  ])("binds the tokens to a key with --dpop%s", async (_name, options) => {
    const space = await setting(options);
    await connect(space, ["--dpop"]);
    const printed = await run(["tokens", "print", "oidc", "--format", "json"], { env: space.env });
    const { tokenType, accessToken } = printed.json<{ tokenType: string; accessToken: string }>();
    expect(tokenType).toBe("DPoP");
    // Without a proof it is worth nothing.
    expect(await userinfoStatus(space, accessToken)).toBe(401);
    expect((await refreshForced(space)).json()).toMatchObject({ results: [{ outcome: "refreshed", error: null }] });
    const live = await statusOf(space, ["--live"]);
    expect(live.json()).toMatchObject({ accounts: [{ live: { ok: true, detail: "userinfo answers for alice" } }] });
    expect(live.code).toBe(0);
    const asked = space.server.requests({ route: "userinfo" }).at(-1);
    expect(asked?.headers["authorization"]).toMatch(/^DPoP /);
    expect(asked?.headers["dpop"]).toMatch(/^ey/);
  });

  it("runs the program in BROWSER with the address, and nobody has to print it", async () => {
    const space = await setting();
    const file = join(space.folder, "address");
    const browser = join(space.folder, "my browser");
    writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > "${file}.part" && mv "${file}.part" "${file}"\n`);
    chmodSync(browser, 0o755);
    const env = { ...space.env, BROWSER: `"${browser}"` };
    const connecting = await awaitAuthorize(await start(connectCommand(space, ["--json"]), { env }));
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(file, "utf8")).toBe(connecting.url);
    await decide(connecting);
    expect(connectedAccount(await connecting.ended).account).toBe("oidc/alice");
  });

  it("takes a free port when its own is taken: the server ignores ports", async () => {
    const space = await setting();
    await occupy(defaultPort);
    const connecting = await startConnecting(space);
    expect(new URL(connecting.redirectUri).port).not.toBe(String(defaultPort));
    await decide(connecting);
    expect(connectedAccount(await connecting.ended).account).toBe("oidc/alice");
  });

  it("names the flag when the port that was asked for is taken", async () => {
    const space = await setting();
    const port = await freePort();
    await occupy(port);
    const ended = await run(connectCommand(space, ["--no-browser", "--port", String(port)]), { env: space.env });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`port ${port} is in use`);
    expect(ended.stderr).toContain("--port");
    expect(space.server.requests({ route: "pushed-authorization" })).toEqual([]);
  });

  it("says everything a person needs without --json", async () => {
    const space = await setting();
    const started = await start(connectCommand(space, ["--no-browser"]), { env: space.env });
    const url = (await started.line(/request_uri=/)).trim();
    const waiting = await started.line(/Waiting for the answer at/);
    expect(waiting).toMatch(/http:\/\/127\.0\.0\.1:\d+\/callback\/oidc/);
    await fetch(await approve(url));
    expect(await started.ended).toMatchObject({ code: 0, stdout: "Connected oidc/alice (Alice)\n" });
  });
});
