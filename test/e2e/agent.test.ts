/** Other commands ask a running daemon: with no key of their own. */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDaemon } from "./agent-daemon.ts";
import { run } from "./command.ts";
import { connectX, type Sandboxed, sandboxed } from "./sandboxed.ts";

interface Served extends Sandboxed {
  /** Like `env`, without anything that opens the vault. */
  readonly keyless: Readonly<Record<string, string>>;
  readonly runtime: string;
}

async function connected(options: Parameters<typeof sandboxed>[0] = {}): Promise<Served> {
  const space = await sandboxed(options);
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  const runtime = join(space.folder, "runtime");
  mkdirSync(runtime, { mode: 0o700 });
  const env = { ...space.env, XDG_RUNTIME_DIR: runtime };
  const { AGENCYIQ_KEY_FILE: _key, ...keyless } = env;
  return { ...space, env, keyless: { ...keyless, AGENCYIQ_KEY_SOURCE: "keychain" }, runtime };
}

async function timeline({ sandbox }: Sandboxed): Promise<string[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return posts.map(({ text }) => text);
}

describe("while a daemon runs", () => {
  it("a command without a key prints, refreshes, checks, publishes and disconnects", async () => {
    const { env, keyless, ...space } = await connected();
    const daemon = await startDaemon(env);
    const printed = await run(["tokens", "print", "x"], { env: keyless });
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    expect(printed.stdout).toBe((await run(["tokens", "print", "x"], { env: { ...env, AGENCYIQ_AGENT: "off" } })).stdout);
    const refreshed = await run(["tokens", "refresh", "x", "--force", "--json"], { env: keyless });
    expect(refreshed.json()).toMatchObject({ results: [{ account: "x/acme", outcome: "refreshed", error: null }] });
    expect((await run(["tokens", "print", "x"], { env: keyless })).stdout).not.toBe(printed.stdout);
    const live = await run(["tokens", "status", "--live", "--json"], { env: keyless });
    expect(live.json()).toMatchObject({ accounts: [{ live: { ok: true } }] });
    const published = await run(["publish", "--platform", "x", "Through the daemon"], { env: keyless });
    expect(published.stdout).toMatch(/^published x\/acme https:/);
    expect(await timeline({ ...space, env })).toEqual(["Through the daemon"]);
    expect((await run(["disconnect", "x", "--yes", "--json"], { env: keyless })).json()).toMatchObject({ revoked: true });
    daemon.kill("SIGTERM");
    expect((await daemon.ended).code).toBe(143);
    expect(readdirSync(join(space.runtime, "agencyiq"))).toEqual([]);
  });

  it("its folder and socket are the owner's alone", async () => {
    const { env, runtime } = await connected();
    const { socket } = await startDaemon(env);
    expect(statSync(join(runtime, "agencyiq")).mode & 0o777).toBe(0o700);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
  });
});
