/** `agencyiq daemon`, the built binary, against oidc-provider. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Ended, run, type Started, start } from "../e2e/command.ts";
import { startHookServer } from "../notify/hook-server.ts";
import { addChannel } from "../notify/outbox.ts";
import { connect, ledgerOf, printToken, type Setting, setting, statusOf, userinfoStatus } from "./connection.ts";
import { startOidcServer } from "./oidc-server.ts";

const refreshes = { route: "token", grant: "refresh_token" } as const;

interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

async function startDaemon(space: Setting, more: readonly string[] = []): Promise<Started> {
  const daemon = await start(["daemon", "--json", ...more], { env: space.env, timeout: 60_000 });
  await daemon.line(/"event":"ready"/);
  return daemon;
}

function logOf({ stdout }: Pick<Ended, "stdout">): LogLine[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LogLine);
}

async function stop(daemon: Started): Promise<Ended> {
  daemon.kill("SIGTERM");
  return daemon.ended;
}

describe("the daemon", () => {
  it("keeps a token alive past its end, and ends cleanly when it is asked to", async () => {
    const space = await setting({ accessTokenLifetime: 4 });
    const { id, account } = await connect(space);
    const daemon = await startDaemon(space);
    await daemon.line(/"event":"refreshed"/);
    await sleep(3000);
    const printed = await printToken(space);
    expect(await userinfoStatus(space, printed)).toBe(200);
    const ended = await stop(daemon);
    expect(ended).toMatchObject({ code: 143, stderr: "" });
    const lines = logOf(ended);
    expect(lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["ready", "refreshed", "stopping", "stopped"]),
    );
    expect(lines.find(({ event }) => event === "refreshed")).toMatchObject({ account: id, platform: "oidc" });
    // The log names an account by a random id, never by its handle.
    expect(ended.stdout).not.toContain(account.split("/")[1]);
    expect(space.server.requests(refreshes).map(({ status }) => status)).not.toContain(400);
  });

  it("is one for a vault; a cron line beside it leaves the work to it", async () => {
    const space = await setting();
    await connect(space);
    const daemon = await startDaemon(space);
    const second = await run(["daemon", "--json"], { env: space.env });
    expect(second.code).toBe(2);
    expect(second.json()).toMatchObject({ error: { code: "daemon_running" } });
    const once = await run(["daemon", "--once", "--json"], { env: space.env });
    expect(once.code).toBe(0);
    expect(once.json()).toEqual({ results: [], deliveries: [], daemon: true });
    await stop(daemon);
    expect((await run(["daemon", "--once", "--json"], { env: space.env })).json()).toEqual({
      results: [],
      deliveries: [],
    });
  });

  it("goes on where one was killed: the kernel freed its locks", async () => {
    const space = await setting({ accessTokenLifetime: 4 });
    await connect(space);
    const first = await startDaemon(space);
    await first.line(/"event":"refreshed"/);
    first.kill("SIGKILL");
    await first.ended;
    const second = await startDaemon(space);
    await second.line(/"event":"refreshed"/);
    await stop(second);
    expect(space.server.requests(refreshes).every(({ status }) => status === 200)).toBe(true);
  });

  it("finishes what it sent before it ends", async () => {
    const space = await setting({ accessTokenLifetime: 4 });
    await connect(space);
    space.server.order(refreshes, { kind: "late", milliseconds: 1500 });
    const daemon = await startDaemon(space);
    while (space.server.requests(refreshes).length === 0) await sleep(20);
    const ended = await stop(daemon);
    expect(ended.code).toBe(143);
    expect(logOf(ended).at(-1)?.event).toBe("stopped");
    const actions = (await ledgerOf(space)).map(({ action }) => action);
    expect(actions.slice(-2)).toEqual(["token.refresh_sent", "token.refreshed"]);
  });

  it("refreshes nothing while it is paused, and goes on after", async () => {
    const space = await setting({ accessTokenLifetime: 4 });
    await connect(space);
    const daemon = await startDaemon(space);
    daemon.kill("SIGUSR1");
    await daemon.line(/"event":"paused"/);
    const before = space.server.requests(refreshes).length;
    await sleep(4500);
    expect(space.server.requests(refreshes)).toHaveLength(before);
    daemon.kill("SIGUSR1");
    await daemon.line(/"event":"resumed"/);
    await daemon.line(/"event":"refreshed"/);
    daemon.kill("SIGHUP");
    await daemon.line(/"event":"reloaded"/);
    await stop(daemon);
  });

  it("serves metrics that name no account", async () => {
    const space = await setting({ accessTokenLifetime: 4 });
    const { account } = await connect(space);
    const daemon = await startDaemon(space, ["--metrics", "127.0.0.1:0"]);
    const { metrics } = JSON.parse(await daemon.line(/"event":"ready"/)) as { metrics: string };
    await daemon.line(/"event":"refreshed"/);
    const text = await (await fetch(metrics)).text();
    expect(text).toMatch(/^agencyiq_refreshes_total\{platform="oidc",outcome="success"\} \d+$/m);
    expect(text).toMatch(/^agencyiq_credentials\{platform="oidc",status="active"\} 1$/m);
    expect(text).toMatch(/^agencyiq_first_expiry_timestamp_seconds\{platform="oidc"\} \d/m);
    expect(text).toMatch(/^agencyiq_last_refresh_timestamp_seconds\{platform="oidc"\} \d/m);
    expect(text).toMatch(/^agencyiq_lock_wait_seconds_count\{platform="oidc"\} \d+$/m);
    expect(text).not.toContain(account.split("/")[1]);
    expect((await fetch(new URL("/", metrics))).status).toBe(404);
    await stop(daemon);
    await expect(fetch(metrics)).rejects.toThrow();
    const outside = await run(["daemon", "--metrics", "0.0.0.0:0"], { env: space.env });
    expect(outside).toMatchObject({ code: 2 });
    expect(outside.stderr).toContain("--metrics 127.0.0.1");
  });

  it("tells the service manager that it is up, alive and stopping", async () => {
    const space = await setting();
    await connect(space);
    const { mkdirSync, writeFileSync, readFileSync } = await import("node:fs");
    const bin = `${space.folder}/bin`;
    mkdirSync(bin);
    writeFileSync(`${bin}/systemd-notify`, `#!/bin/sh\necho "$@" >> "${space.folder}/told"\n`, { mode: 0o755 });
    const env = { ...space.env, PATH: `${bin}:${space.env["PATH"]}`, NOTIFY_SOCKET: "/run/x", WATCHDOG_USEC: "600000" };
    const daemon = await startDaemon({ ...space, env });
    await sleep(1500);
    await stop(daemon);
    const told = readFileSync(`${space.folder}/told`, "utf8");
    expect(told).toContain("--ready");
    expect(told.match(/WATCHDOG=1/g)?.length).toBeGreaterThan(2);
  });
});

describe("a server that fails", () => {
  it.each([
    ["breaks", { kind: "answer", status: 500, body: "oops" }],
    ["asks to wait", { kind: "answer", status: 429, headers: { "retry-after": "600" } }],
    ["hangs", { kind: "late", milliseconds: 20_000 }],
  ] as const)("that %s holds up none of the others", async (_name, fault) => {
    const space = await setting();
    const good = await startOidcServer();
    onTestFinished(() => good.close());
    for (const [server, brand] of [
      [space.server, "bad-one"],
      [space.server, "bad-two"],
      [good, "good-one"],
      [good, "good-two"],
    ] as const) {
      server.setAccessTokenLifetime(4);
      await connect({ ...space, server }, ["--brand", brand]);
    }
    space.server.order(refreshes, fault, 1000);
    good.setAccessTokenLifetime(3600);
    await sleep(4100);
    const daemon = await startDaemon(space, ["--concurrency", "1"]);
    while (good.requests(refreshes).length < 2) await sleep(20);
    // In order, not in time: both of the good server's are done while the bad one's first is tried, and none of them is.
    const sent = (await ledgerOf(space)).filter(({ action }) => action === "token.refresh_sent");
    expect(sent.some(({ account }) => account?.startsWith("bad-"))).toBe(true);
    expect(good.requests(refreshes).map(({ status }) => status)).toEqual([200, 200]);
    expect(space.server.requests(refreshes).some(({ status }) => status === 200)).toBe(false);
    daemon.kill("SIGKILL");
    await daemon.ended;
  });

  it("that asks to wait is left alone for all of its accounts", async () => {
    const space = await setting();
    space.server.setAccessTokenLifetime(4);
    for (const person of ["one", "two", "three"]) await connect(space, ["--as", person, "--brand", person]);
    space.server.order(refreshes, { kind: "answer", status: 429, headers: { "retry-after": "600" } }, 100);
    await sleep(4100);
    const ended = await run(["daemon", "--once", "--json", "--concurrency", "1"], { env: space.env });
    expect(ended.code).toBe(6);
    expect(space.server.requests(refreshes)).toHaveLength(1);
  });
});

describe("a clock that is set back", () => {
  it("makes tokens due that it had timed in the future", async () => {
    const space = await setting();
    const shift = "const now = Date.now; Date.now = () => now() + 7200000;";
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(shift)}`;
    const ahead = { ...space, env: { ...space.env, NODE_OPTIONS } };
    await connect(ahead);
    // By today's clock the token was obtained in two hours.
    const once = await run(["daemon", "--once", "--json"], { env: space.env });
    expect(once.json()).toMatchObject({ results: [{ outcome: "refreshed" }] });
    expect(await userinfoStatus(space, await printToken(space))).toBe(200);
    expect((await run(["daemon", "--once", "--json"], { env: space.env })).json()).toEqual({
      results: [],
      deliveries: [],
    });
  });
});

describe("tokens status --watch", () => {
  it("prints a document a line, when something changed", async () => {
    const space = await setting({ accessTokenLifetime: 4 });
    await connect(space);
    const watch = await start(["tokens", "status", "--watch", "--json"], { env: space.env });
    await watch.line(/"status":"healthy"/);
    await watch.line(/"status":"(expiring|expired)"/);
    await printToken(space);
    watch.kill("SIGINT");
    expect((await watch.ended).code).toBe(130);
    expect((await statusOf(space)).code).toBe(0);
  });
});

/** A webhook's body. */
const documentOf = (body: string) => JSON.parse(body) as { type: string; data: { account: string } };

describe("a daemon that is killed at any moment", () => {
  it("restarts, and every dead account is told once, by one id", async () => {
    const space = await setting();
    const brands = ["a", "b", "c", "d"];
    space.server.setAccessTokenLifetime(4);
    for (const brand of brands) await connect(space, ["--brand", brand]);
    await space.server.revokeGrants();
    const hook = await startHookServer(async () => ({ status: 204 }));
    await addChannel(space, ["webhook", hook.url]);
    await sleep(4100);
    const accounts = () => new Set(hook.received.map(({ body }) => documentOf(body).data.account));
    // A token outlives its connection, on a busy machine too. Early on the daemon dies at starting, later at refreshing, storing and telling.
    for (let after = 150; accounts().size < brands.length; after += 60) {
      const daemon = await start(["daemon", "--json"], { env: space.env });
      await sleep(after);
      daemon.kill("SIGKILL");
      await daemon.ended;
    }
    const daemon = await startDaemon(space);
    await sleep(1500);
    await stop(daemon);
    const ids = new Map(hook.received.map(({ headers, body }) => [String(headers["webhook-id"]), body]));
    expect(accounts()).toEqual(new Set(brands.map((brand) => `${brand}:oidc/alice`)));
    expect(ids.size).toBe(brands.length);
    expect([...ids.values()].every((body) => documentOf(body).type === "needs_reauth")).toBe(true);
    // What was sent again for want of an answer was the same to the byte.
    for (const { headers, body } of hook.received) expect(body).toBe(ids.get(String(headers["webhook-id"])));
  });
});
