/** `agencyiq cron` against Debian's own crontab and cron. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, type Workspace, workspace } from "../e2e/command.ts";
import { connect, setting } from "../real/connection.ts";
import { cronSpace } from "./cron-daemon.ts";
import { needsPackages } from "./debian-package.ts";
import { canMountPrivately } from "./private-mounts.ts";

const packages = needsPackages("cron");
const root = canMountPrivately();
const note = root ? packages.note : " [needs root, to give crontab a spool of its own]";

/** Bytes that nobody may touch: no UTF-8, trailing blanks, an environment, a block of somebody else. */
const theirs = Buffer.concat([
  Buffer.from("# mine \t \nMAILTO=ada@example.com\nPATH=/usr/bin\n\n5 4 * * *  echo 100\\% # caf"),
  Buffer.from([0xe9]),
  Buffer.from("\n# BEGIN agencyiq /elsewhere\n@daily true\n# END agencyiq /elsewhere\n\n"),
]);

interface Installed {
  readonly scheduler: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly removedFrom: readonly string[];
  readonly checks: readonly { readonly id: string; readonly ok: boolean; readonly message: string }[];
}

async function made(space: Workspace): Promise<Workspace["env"]> {
  expect(await run(["vault", "init"], { env: space.env })).toMatchObject({ code: 0 });
  return space.env;
}

const withCrontab = ["cron", "install", "--with", "crontab"];

describe.skipIf(packages.skip || !root)(`crontab${note}`, () => {
  it("gets one block, which is shown, replaced and taken out; every other byte stays", async () => {
    const cron = cronSpace();
    const env = await made(workspace());
    await cron.write(theirs);
    const before = cron.bytes();
    const first = await cron.agencyiq([...withCrontab, "--json"], env);
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const { files, checks, scheduler } = first.json<Installed>();
    expect(scheduler).toBe("crontab");
    expect(checks.map(({ id, ok }) => [id, ok])).toEqual([
      ["cron.key", true],
      ["cron.record", true],
    ]);
    const block = files[0]?.text ?? "";
    expect(cron.bytes()).toBe(before + block);
    expect(block).toContain(`AGENCYIQ_KEY_FILE=${env["AGENCYIQ_KEY_FILE"]}`);

    const shown = (await cron.agencyiq(["cron", "--json"], env)).json<{ jobs: readonly Record<string, unknown>[] }>();
    expect(shown.jobs).toMatchObject([
      { scheduler: "crontab", files, environment: { AGENCYIQ_HOME: env["AGENCYIQ_HOME"] } },
    ]);
    const again = await cron.agencyiq([...withCrontab, "--every", "1h"], env);
    expect(again.code, again.stderr).toBe(0);
    expect(cron.bytes()).toMatch(/^\d+ \* \* \* \* \/usr\/bin\/env AGENCYIQ_HOME/m);
    expect((cron.bytes() ?? "").split("\n").filter((line) => line.startsWith("# BEGIN agencyiq"))).toHaveLength(2);

    expect((await cron.agencyiq(["cron", "remove", "--json"], env)).json()).toEqual({ removedFrom: ["crontab"] });
    expect(cron.bytes()).toBe(before);
    expect((await cron.agencyiq(["cron", "remove", "--json"], env)).json()).toEqual({ removedFrom: [] });
  });

  it("of somebody who had none is gone again afterwards", async () => {
    const cron = cronSpace();
    const env = await made(workspace());
    expect(cron.bytes()).toBe(null);
    expect((await cron.agencyiq(withCrontab, env)).code).toBe(0);
    expect((await cron.agencyiq(["cron", "remove"], env)).code).toBe(0);
    expect(cron.bytes()).toBe(null);
  });

  it("is not touched by --dry-run, nor where the vault needs a person, nor where its block was changed", async () => {
    const cron = cronSpace();
    const space = workspace();
    const { AGENCYIQ_KEY_FILE: _, ...rest } = space.env;
    const env: Record<string, string> = { ...rest, AGENCYIQ_PASSPHRASE: "correct-horse-battery" };
    expect((await run(["vault", "init"], { env })).code).toBe(0);
    await cron.write(theirs);
    const before = cron.bytes();
    const refused = await cron.agencyiq(withCrontab, env);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain("agencyiq vault rekey --add file --new-key-file");
    const key = join(space.folder, "cron.key");
    expect((await run(["vault", "rekey", "--add", "file", "--new-key-file", key], { env })).code).toBe(0);
    const dry = await cron.agencyiq([...withCrontab, "--dry-run"], env);
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining("# BEGIN agencyiq") });
    expect(dry.stdout).not.toContain("correct-horse");
    expect(cron.bytes()).toBe(before);

    const broken = `${before}# BEGIN agencyiq ${env["AGENCYIQ_HOME"]}\n`;
    await cron.write(Buffer.from(broken, "latin1"));
    for (const words of [withCrontab, ["cron", "remove"], ["cron", "show"]]) {
      const ended = await cron.agencyiq(words, env);
      expect(ended, words.join(" ")).toMatchObject({ code: 1, stderr: expect.stringContaining("crontab -e") });
    }
    expect(cron.bytes()).toBe(broken);
  });

  it("what it will not take is told, and what was there stays", async () => {
    const cron = cronSpace();
    const env = await made(workspace());
    await cron.write(theirs);
    const before = cron.bytes();
    const long = { ...env, NO_PROXY: "a".repeat(1000) };
    expect(await cron.agencyiq(withCrontab, long)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("longer"),
    });
    expect(cron.bytes()).toBe(before);
  });

  it("doctor --as-cron uses what the crontab has, not what this shell has", async () => {
    const cron = cronSpace();
    const space = workspace();
    const env = await made(space);
    expect((await cron.agencyiq(withCrontab, env)).code).toBe(0);
    const { AGENCYIQ_KEY_FILE: key = "", ...without } = env;
    const fine = await cron.agencyiq(["doctor", "--as-cron", "--json"], { ...without, AGENCYIQ_KEY_COMMAND: "false" });
    expect(fine, fine.stdout).toMatchObject({ code: 0 });
    expect(fine.json<Installed>().checks[0]?.message).toContain("crontab");
    rmSync(key);
    const gone = await cron.agencyiq(["doctor", "--as-cron"], env);
    expect(gone).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(/wrong .*does not exist\n +fix: bring it back/),
    });

    const changed = (cron.bytes() ?? "").replace(process.execPath, "/old/node").replace(key, "/k");
    await cron.write(Buffer.from(changed, "latin1"));
    const old = await cron.agencyiq(["doctor", "--as-cron"], env);
    expect(old).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/there is no \/old\/node\n +fix: agencyiq cron/),
    });
  });
});

describe.skipIf(packages.skip || !root)(`cron${note}`, () => {
  it("starts the job within a minute, which refreshes what is due", { timeout: 180_000 }, async () => {
    // Due again after two seconds, and kept alive by nobody but cron.
    const at = await setting({ accessTokenLifetime: 4 });
    await connect(at);
    const cron = cronSpace();
    const installed = await cron.agencyiq([...withCrontab, "--every", "1m"], at.env);
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stdout).toMatch(/ok .*opened by file.*\nok .*record of oidc\/alice opens/);
    // After it: cron tells a changed spool from the one it has read by whole seconds.
    const daemon = cron.startDaemon();
    const refreshes = () => at.server.requests({ route: "token", grant: "refresh_token" });
    await expect.poll(() => refreshes().length, { timeout: 130_000, interval: 200 }).toBeGreaterThan(0);
    expect(daemon.exitCode).toBe(null);
    await expect
      .poll(async () => (await run(["log", "--json"], { env: at.env })).stdout, { timeout: 10_000 })
      .toContain("token.refreshed");
    expect((await cron.agencyiq(["cron", "remove"], at.env)).code).toBe(0);
  });
});
