/** Other commands ask a running daemon: with no key of their own. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import packageFile from "../../package.json" with { type: "json" };
import { seen } from "../../src/app/crossing.ts";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { findAgent } from "../../src/system/agent-client.ts";
import { agentPlaces } from "../../src/system/agent-place.ts";
import { keyFileSource } from "../../src/system/key-file.ts";
import { listAccounts } from "../../src/vault/accounts.ts";
import { readMeta } from "../../src/vault/meta.ts";
import { clock, random } from "../conformance/ports.ts";
import { accountOf, credentialOf, custodyIn, plan, tokens } from "../vault/home.ts";
import { startDaemon } from "./agent-daemon.ts";
import { run, start } from "./command.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

interface Served extends Sandboxed {
  /** Like `env`, without a word about a key. */
  readonly keyless: Readonly<Record<string, string>>;
  /** Takes the key file away: from now on only who has it in memory can open the vault. */
  hideKey(): void;
  readonly runtime: string;
}

async function connected(options: Parameters<typeof sandboxed>[0] = {}): Promise<Served> {
  const space = await sandboxed(options);
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  const runtime = join(space.folder, "runtime");
  mkdirSync(runtime, { mode: 0o700 });
  const { AGENCYIQ_KEY_FILE: key = "", ...rest } = space.env;
  const keyless = { ...rest, XDG_RUNTIME_DIR: runtime };
  const env = { ...keyless, AGENCYIQ_KEY_FILE: key };
  return { ...space, env, keyless, runtime, hideKey: () => renameSync(key, `${key}.hidden`) };
}

async function timeline({ sandbox }: Pick<Sandboxed, "sandbox">): Promise<string[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return posts.map(({ text }) => text);
}

async function control<T>({ sandbox }: Pick<Sandboxed, "sandbox">, path: string): Promise<T> {
  return (await (await fetch(`${sandbox.url}/_sandbox/${path}`)).json()) as T;
}

/** How often X was asked to refresh. */
async function refreshesAt(space: Pick<Sandboxed, "sandbox">): Promise<number> {
  const { requests } = await control<{ requests: { fields: Record<string, string> }[] }>(space, "requests");
  return requests.filter(({ fields }) => fields["grant_type"] === "refresh_token").length;
}

/** The next such request takes a second and a half (or comes to nothing, with `hang`); resolves when it has come in. */
async function slowly(
  space: Pick<Sandboxed, "sandbox">,
  path: string,
  kind: "delay" | "hang" = "delay",
): Promise<() => Promise<void>> {
  await orderFault(space.sandbox, { method: "POST", path, fault: { kind, seconds: 1.5 } });
  return () =>
    vi.waitFor(async () => expect(await control<{ faults: object[] }>(space, "faults")).toEqual({ faults: [] }), {
      timeout: 10_000,
      interval: 20,
    });
}

/** As if the access token had ended an hour ago. */
function expire({ env }: Pick<Sandboxed, "env">): void {
  const database = new Sqlite(join(env["AGENCYIQ_HOME"] ?? "", "vault.db"));
  database.prepare("update credentials set access_expires_at = ?").run(Date.now() - 3_600_000);
  database.close();
}

/** The vault, by the key that the daemon has. */
async function openVault({ env }: Pick<Sandboxed, "env">): Promise<Vault> {
  const { AGENCYIQ_HOME: home = "", AGENCYIQ_KEY_FILE: path = "" } = env;
  const source = keyFileSource({ path, credentialsDirectory: null, random });
  const vault = await custodyIn(home, clock).open(plan(source));
  onTestFinished(() => vault.close());
  return vault;
}

/** The account and a connection to the daemon, as any program of ours may make one. */
async function stranger({ env }: Pick<Sandboxed, "env">) {
  const database = new Sqlite(join(env["AGENCYIQ_HOME"] ?? "", "vault.db"), { readonly: true });
  const vaultId = readMeta(database, "vault_id");
  const [account] = listAccounts(database);
  database.close();
  if (!account) throw new Error("nothing is connected");
  const places = agentPlaces(env["AGENCYIQ_HOME"] ?? "", env);
  const identity = { version: packageFile.version, vaultId, endpoint: env["AGENCYIQ_ENDPOINT_URL"] ?? null, apps: {} };
  const { link, flaws } = await findAgent(places, async () => identity);
  if (!link) throw new Error(JSON.stringify(flaws));
  onTestFinished(() => link.close());
  return { ...seen(account), ask: (operation: string, input: unknown) => link.ask(operation, input) };
}

/** X's account, and nine whose refresh tokens X does not know; the next ten refreshes take their time. */
async function tenAccounts(space: Sandboxed) {
  const vault = await openVault(space);
  for (let number = 1; number <= 9; number += 1) {
    const name = `other${number}`;
    const now = Date.now();
    const present = tokens(name, { obtainedAt: now, accessExpiresAt: now + 7_200_000 });
    await vault.connect(accountOf(name), credentialOf(name, { clientId: "sandbox-x-client", tokens: present }));
  }
  const fault = { kind: "delay", seconds: 2.5 };
  await orderFault(space.sandbox, { method: "POST", path: "/2/oauth2/token", times: 10, fault });
  return {
    /** Eight are refreshed at once; the others are begun when one of these has ended. */
    left: async () => (await control<{ faults: { times: number }[] }>(space, "faults")).faults[0]?.times,
    attempts: async () => {
      const credentials = (await vault.accounts()).flatMap((account) => account.credentials);
      return Promise.all(credentials.map(async ({ id }) => (await vault.lastAttempt(id))?.state ?? "none"));
    },
  };
}

const print = ["tokens", "print", "x"];

describe("while a daemon runs", () => {
  it("a command without a key prints, refreshes, checks, publishes and disconnects", async () => {
    const space = await connected();
    const { env, keyless } = space;
    const daemon = await startDaemon(env);
    const first = await run(print, { env: { ...env, AGENCYIQ_AGENT: "off" } });
    space.hideKey();
    const printed = await run(print, { env: keyless });
    expect(printed).toMatchObject({ code: 0, stderr: "", stdout: first.stdout });
    const asJson = await run([...print, "--format", "json"], { env: keyless });
    expect(asJson.json()).toMatchObject({ account: "x/acme", accessToken: first.stdout.trim(), tokenType: "Bearer" });
    expect((await run(print, { env: { ...keyless, AGENCYIQ_AGENT: "off" } })).code).toBe(5);
    const refreshed = await run(["tokens", "refresh", "x", "--force", "--json"], { env: keyless });
    expect(refreshed.json()).toMatchObject({ results: [{ account: "x/acme", outcome: "refreshed", error: null }] });
    expect((await run(print, { env: keyless })).stdout).not.toBe(printed.stdout);
    const live = await run(["tokens", "status", "--live", "--json"], { env: keyless });
    expect(live.json()).toMatchObject({ accounts: [{ live: { ok: true } }] });
    const published = await run(["publish", "--platform", "x", "Through the daemon"], { env: keyless });
    expect(published.stdout).toMatch(/^published x\/acme https:/);
    expect(await timeline(space)).toEqual(["Through the daemon"]);
    expect((await run(["disconnect", "x", "--yes", "--json"], { env: keyless })).json()).toMatchObject({
      revoked: true,
    });
    daemon.kill("SIGTERM");
    expect((await daemon.ended).code).toBe(143);
    expect(readdirSync(join(space.runtime, "agencyiq"))).toEqual([]);
  });

  it("failures are those of the daemon: code, words, hint, account and exit code", async () => {
    const space = await connected();
    const { env, keyless } = space;
    await startDaemon(env);
    const told = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
      const { code, stdout, stderr } = await run(args, { env: environment });
      return { code, stdout, stderr };
    };
    for (const args of [
      ["publish", "--platform", "x", "あ".repeat(141)],
      ["publish", "--platform", "x", "あ".repeat(141), "--json"],
    ]) {
      expect(await told(args, keyless)).toEqual(await told(args, { ...env, AGENCYIQ_AGENT: "off" }));
    }
    const refuse = () =>
      orderFault(space.sandbox, {
        method: "POST",
        path: "/2/tweets",
        fault: { kind: "status", status: 429, resetAfter: 60 },
      });
    const post = ["publish", "--platform", "x", "--json", "Later"];
    await refuse();
    const there = await run(post, { env: keyless });
    await refuse();
    const here = await run(post, { env: { ...env, AGENCYIQ_AGENT: "off" } });
    expect(there.code).toBe(6);
    const outcome = ({ json }: typeof there) =>
      json<{ deliveries: { error: object; state: string }[] }>().deliveries[0];
    expect(outcome(there)).toMatchObject({ state: outcome(here)?.state, error: outcome(here)?.error });
  });

  it("twenty commands at once that need a new token make one refresh, and get the same token", async () => {
    const space = await connected();
    await startDaemon(space.env);
    space.hideKey();
    expire(space);
    const before = await refreshesAt(space);
    const all = await Promise.all(
      Array.from({ length: 20 }, () => run(print, { env: space.keyless, timeout: 60_000 })),
    );
    expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(20).fill({ code: 0, stderr: "" }));
    expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
    expect(await refreshesAt(space)).toBe(before + 1);
  }, 90_000);

  it("a command with another AGENCYIQ_ENDPOINT_URL, or with the agent off, works by itself", async () => {
    const space = await connected();
    await startDaemon(space.env);
    const elsewhere = { ...space.env, AGENCYIQ_ENDPOINT_URL: `${space.sandbox.url}/` };
    const ended = await run([...print, "--debug"], { env: elsewhere });
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("another AGENCYIQ_ENDPOINT_URL") });
    const asked = await run([...print, "--debug"], { env: space.env });
    expect(asked.stderr).toContain("asking the daemon: freshToken");
    const off = await run([...print, "--debug"], { env: { ...space.env, AGENCYIQ_AGENT: "off" } });
    expect(off.stderr).not.toContain("daemon");
    space.hideKey();
    expect((await run(print, { env: { ...space.keyless, AGENCYIQ_ENDPOINT_URL: `${space.sandbox.url}/` } })).code).toBe(
      5,
    );
  });

  it("tokens status connects to nothing without --live", async () => {
    const space = await connected();
    const daemon = await startDaemon(space.env);
    daemon.kill("SIGKILL");
    await daemon.ended;
    rmSync(daemon.socket);
    let connections = 0;
    const listener = createServer(() => {
      connections += 1;
    });
    await new Promise<void>((resolve) => listener.listen(daemon.socket, () => resolve()));
    onTestFinished(() => void listener.close());
    expect((await run(["tokens", "status"], { env: space.keyless })).code).toBe(0);
    expect(connections).toBe(0);
    await run(["tokens", "status", "--live"], { env: space.env });
    expect(connections).toBe(1);
  });

  it("doctor says whether one answers", async () => {
    const space = await connected();
    const doctor = async (env: Readonly<Record<string, string>>) => {
      const { checks } = (await run(["doctor", "--json"], { env })).json<{ checks: { id: string; ok: boolean }[] }>();
      return checks.find(({ id }) => id === "daemon");
    };
    expect(await doctor(space.env)).toMatchObject({ ok: true, message: expect.stringContaining("no daemon answers") });
    const daemon = await startDaemon(space.env);
    expect(await doctor(space.env)).toMatchObject({ ok: true, message: expect.stringContaining("a daemon answers") });
    expect(await doctor({ ...space.env, AGENCYIQ_AGENT: "off" })).toMatchObject({
      ok: true,
      message: expect.stringContaining("AGENCYIQ_AGENT=off"),
    });
    daemon.kill("SIGKILL");
    await daemon.ended;
    expect(await doctor(space.env)).toMatchObject({ ok: false, fix: expect.stringContaining(`rm ${daemon.socket}`) });
    chmodSync(join(space.runtime, "agencyiq"), 0o755);
    expect(await doctor(space.env)).toMatchObject({ ok: false, fix: expect.stringMatching(/^chmod 700 /) });
  });

  it("two vaults have two sockets, and each command its own daemon", async () => {
    const one = await connected();
    const two = await connected();
    const env = { ...two.env, XDG_RUNTIME_DIR: one.runtime };
    const [first, second] = [await startDaemon(one.env), await startDaemon(env)];
    expect(first.socket).not.toBe(second.socket);
    const tokens = [await run(print, { env: one.env }), await run(print, { env: { ...env } })].map(
      ({ stdout }) => stdout,
    );
    one.hideKey();
    two.hideKey();
    expect((await run(print, { env: one.keyless })).stdout).toBe(tokens[0]);
    expect((await run(print, { env: { ...two.keyless, XDG_RUNTIME_DIR: one.runtime } })).stdout).toBe(tokens[1]);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it("a forced refresh that somebody else did since the asker looked is not done again", async () => {
    const space = await connected();
    await startDaemon(space.env);
    const { id, generations, ask } = await stranger(space);
    const [[credential, generation] = ["", 0]] = Object.entries(generations);
    const refresh = (seen: number) =>
      ask("refresh", { accounts: [{ id, generations: { [credential]: seen } }], force: true });
    const before = await refreshesAt(space);
    expect(await refresh(generation)).toMatchObject([{ outcome: "refreshed", failure: null }]);
    expect(await refresh(generation)).toMatchObject([{ outcome: "refreshed", failure: null }]);
    expect(await refreshesAt(space)).toBe(before + 1);
    expect(await refresh(generation + 1)).toMatchObject([{ outcome: "refreshed", failure: null }]);
    expect(await refreshesAt(space)).toBe(before + 2);
  });

  it("nonsense is refused, and nothing is done", async () => {
    const space = await connected();
    await startDaemon(space.env);
    const { id, ask } = await stranger(space);
    const accounts = [{ id, generations: {} }];
    for (const [operation, input] of [
      ["secret", { accounts }],
      ["toString", { accounts }],
      ["freshToken", null],
      ["freshToken", {}],
      ["freshToken", { accounts: [] }],
      ["freshToken", { accounts: ["x"] }],
      ["publish", { accounts, text: 5, brand: "default", key: null }],
      ["publish", { accounts, text: "a", brand: "default", key: 7 }],
    ] as const) {
      expect(await ask(operation, input), operation).toMatchObject({ $failure: { code: "protocol" } });
    }
    const unknown = { accounts: [{ id: "0", generations: {} }] };
    expect(await ask("freshToken", unknown)).toMatchObject({ $failure: { code: "not_connected" } });
    expect(await timeline(space)).toEqual([]);
  });

  it("new keys of the vault are its affair, not that of who asks", async () => {
    const space = await connected();
    await startDaemon(space.env);
    const before = await run(print, { env: space.keyless });
    expect((await run(["vault", "rotate", "--root"], { env: space.env })).code).toBe(0);
    const ended = await run([...print, "--debug"], { env: { ...space.keyless, AGENCYIQ_KEY_SOURCE: "passphrase" } });
    expect(ended).toMatchObject({ code: 0, stdout: before.stdout, stderr: "asking the daemon: freshToken\n" });
  });

  it("one that lost its key is no obstacle to a command that has it", async () => {
    const space = await connected();
    const copy = join(space.folder, "copy-of-key");
    copyFileSync(space.env["AGENCYIQ_KEY_FILE"] ?? "", copy);
    await startDaemon({ ...space.env, AGENCYIQ_KEY_FILE: copy });
    rmSync(copy);
    expect((await run(["vault", "rotate", "--root"], { env: space.env })).code).toBe(0);
    const ended = await run([...print, "--debug"], { env: space.env });
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("the daemon cannot open the vault") });
    expect((await run([...print], { env: { ...space.env, AGENCYIQ_KEY_FILE: copy } })).code).toBe(5);
  });
});

describe("a daemon that ends meanwhile", () => {
  it("by SIGTERM finishes the post it began, and the command hears of it", async () => {
    const space = await connected();
    const daemon = await startDaemon(space.env);
    const arrived = await slowly(space, "/2/tweets");
    const publishing = await start(["publish", "--platform", "x", "Just in time"], { env: space.keyless });
    await arrived();
    daemon.kill("SIGTERM");
    expect(await publishing.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^published /) });
    expect((await daemon.ended).code).toBe(143);
    expect(await timeline(space)).toEqual(["Just in time"]);
  });

  it("by SIGTERM in the middle of many refreshes ends those it began; the command does the others", async () => {
    const space = await connected();
    const { left, attempts } = await tenAccounts(space);
    const daemon = await startDaemon(space.env);
    const refreshing = await start(["tokens", "refresh", "--all", "--force", "--json", "--debug"], { env: space.env });
    await vi.waitFor(async () => expect(await left()).toBe(2), { timeout: 10_000, interval: 20 });
    daemon.kill("SIGTERM");
    const ended = await refreshing.ended;
    expect((await daemon.ended).code).toBe(143);
    expect(ended.stderr).toContain("refresh: the daemon is ending, after it had begun");
    const { results } = ended.json<{ results: { outcome: string }[] }>();
    expect(results.map(({ outcome }) => outcome)).toEqual(["refreshed", ...Array(9).fill("needs_reauth")]);
    expect((await attempts()).sort()).toEqual(["committed", ...Array(9).fill("rejected")]);
    expect(await refreshesAt(space)).toBe(10);
  });

  it("by SIGKILL while it posts: the command finds out how it ended, and sends nothing twice", async () => {
    const space = await connected();
    const daemon = await startDaemon(space.env);
    const arrived = await slowly(space, "/2/tweets");
    const post = ["publish", "--platform", "x", "--key", "k1", "Once only", "--json"];
    const publishing = await start(post, { env: space.env });
    await arrived();
    daemon.kill("SIGKILL");
    const ended = await publishing.ended;
    expect(ended.code).toBe(0);
    expect(ended.json()).toMatchObject({ deliveries: [{ state: "published", attempts: 1 }] });
    expect(await timeline(space)).toEqual(["Once only"]);
    expect((await run(post, { env: space.env })).json()).toEqual(ended.json());
    await startDaemon(space.env);
    expect((await run(post, { env: space.keyless })).json()).toEqual(ended.json());
    expect(await timeline(space)).toEqual(["Once only"]);
  });

  it("by SIGKILL while it posts, for a command without a key: unknown (exit 9), until the next daemon finds out", async () => {
    const space = await connected();
    const daemon = await startDaemon(space.env);
    const arrived = await slowly(space, "/2/tweets");
    const env = { ...space.keyless, AGENCYIQ_KEY_SOURCE: "passphrase" };
    const publishing = await start(["publish", "--platform", "x", "--json", "Once"], { env });
    await arrived();
    daemon.kill("SIGKILL");
    const ended = await publishing.ended;
    expect(ended.code).toBe(9);
    expect(ended.json()).toMatchObject({ error: { code: "delivery_unknown" } });
    await startDaemon(space.env);
    const states = async () => (await run(["posts", "list", "--json"], { env: space.env })).stdout;
    // Looked at a minute after it was begun, when nobody else is at it any more.
    await vi.waitFor(async () => expect(await states()).toContain('"state":"published"'), {
      timeout: 90_000,
      interval: 2000,
    });
    expect(await timeline(space)).toEqual(["Once"]);
  }, 120_000);

  it("by SIGKILL while it refreshes: the command does it itself, with a key; without one it says so", async () => {
    const space = await connected();
    const daemon = await startDaemon(space.env);
    expire(space);
    const arrived = await slowly(space, "/2/oauth2/token", "hang");
    const [withKey, without] = [
      await start([...print, "--debug"], { env: space.env }),
      await start(print, { env: { ...space.keyless, AGENCYIQ_KEY_SOURCE: "passphrase" } }),
    ];
    await arrived();
    daemon.kill("SIGKILL");
    expect(await withKey.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("freshToken: the daemon ended, after it had begun"),
    });
    expect((await without.ended).code).toBe(5);
  });

  it("is done without by the next command, and replaced by the next daemon", async () => {
    const space = await connected();
    const daemon = await startDaemon(space.env);
    daemon.kill("SIGKILL");
    await daemon.ended;
    expect(statSync(daemon.socket).isSocket()).toBe(true);
    expect((await run(print, { env: space.env })).code).toBe(0);
    expect((await startDaemon(space.env)).socket).toBe(daemon.socket);
    space.hideKey();
    expect((await run(print, { env: space.keyless })).code).toBe(0);
  });
});

describe("a client that ends meanwhile", () => {
  it("leaves a refresh that was sent to be stored", async () => {
    const space = await connected();
    await startDaemon(space.env);
    const before = (await run(print, { env: space.env })).stdout;
    const arrived = await slowly(space, "/2/oauth2/token");
    const client = await start(["tokens", "refresh", "x", "--force"], { env: space.keyless });
    await arrived();
    client.kill("SIGKILL");
    await client.ended;
    await vi.waitFor(async () => expect((await run(print, { env: space.env })).stdout).not.toBe(before), {
      timeout: 10_000,
      interval: 300,
    });
  });

  it("begins nothing more of what it asked for", async () => {
    const space = await connected();
    const { left, attempts } = await tenAccounts(space);
    await startDaemon(space.env);
    const client = await start(["tokens", "refresh", "--all", "--force"], { env: space.keyless });
    await vi.waitFor(async () => expect(await left()).toBe(2), { timeout: 10_000, interval: 20 });
    client.kill("SIGINT");
    expect((await client.ended).code).toBe(130);
    await vi.waitFor(async () => expect(await attempts()).not.toContain("sent"), { timeout: 10_000, interval: 50 });
    const states = (await attempts()).sort();
    expect(states).toEqual(["committed", ...Array(2).fill("none"), ...Array(7).fill("rejected")]);
    expect(await left()).toBe(2);
  });
});
