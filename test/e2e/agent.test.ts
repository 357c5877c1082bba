/** Other commands ask a running daemon: with no key of their own. */
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDaemon } from "./agent-daemon.ts";
import { run } from "./command.ts";
import { connectX, type Sandboxed, sandboxed } from "./sandboxed.ts";

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

async function timeline({ sandbox }: Sandboxed): Promise<string[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return posts.map(({ text }) => text);
}

describe("while a daemon runs", () => {
  it("a command without a key prints, refreshes, checks, publishes and disconnects", async () => {
    const { env, keyless, ...space } = await connected();
    const daemon = await startDaemon(env);
    const first = await run(["tokens", "print", "x"], { env: { ...env, AGENCYIQ_AGENT: "off" } });
    space.hideKey();
    const printed = await run(["tokens", "print", "x"], { env: keyless });
    expect(printed).toMatchObject({ code: 0, stderr: "", stdout: first.stdout });
    expect((await run(["tokens", "print", "x"], { env: { ...keyless, AGENCYIQ_AGENT: "off" } })).code).toBe(5);
    const refreshed = await run(["tokens", "refresh", "x", "--force", "--json"], { env: keyless });
    expect(refreshed.json()).toMatchObject({ results: [{ account: "x/acme", outcome: "refreshed", error: null }] });
    expect((await run(["tokens", "print", "x"], { env: keyless })).stdout).not.toBe(printed.stdout);
    const live = await run(["tokens", "status", "--live", "--json"], { env: keyless });
    expect(live.json()).toMatchObject({ accounts: [{ live: { ok: true } }] });
    const published = await run(["publish", "--platform", "x", "Through the daemon"], { env: keyless });
    expect(published.stdout).toMatch(/^published x\/acme https:/);
    expect(await timeline({ ...space, env })).toEqual(["Through the daemon"]);
    expect((await run(["disconnect", "x", "--yes", "--json"], { env: keyless })).json()).toMatchObject({
      revoked: true,
    });
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
