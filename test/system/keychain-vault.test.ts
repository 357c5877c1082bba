/** The built binary with its key in a real gnome-keyring: what a person or cron sees, and the exit codes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, run, runOnTerminal } from "../e2e/command.ts";
import { temporaryFolder } from "./child-program.ts";
import { needsPackages } from "./debian-package.ts";
import { type KeyringSession, keyringSession } from "./keyring-session.ts";

const packages = needsPackages("gnome-keyring", "dbus", "libglib2.0-bin");
const check = ["vault", "status", "--check"];
const codePattern = /\b[0-9A-HJKMNP-TV-Z]{4,}(?:-[0-9A-HJKMNP-TV-Z]{4,}){4,}\b/g;

interface Told {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

/** A session and a vault with one app in it, opened by the session's keyring. */
async function vaultInKeyring(): Promise<{ session: KeyringSession; env: Record<string, string> }> {
  const session = await keyringSession();
  const env = { ...session.env, AGENCYIQ_HOME: join(temporaryFolder(), "home") };
  expectEnd(await run(["vault", "init"], { env }), 0);
  expectEnd(await run(["apps", "set", "x", "--client-id", "a", "--public"], { env }), 0);
  return { session, env };
}

function expectEnd(ended: Ended, code: number): void {
  expect({ code: ended.code, said: ended.stderr }).toEqual({ code, said: code === 0 ? "" : expect.any(String) });
}

async function failureOf(env: Record<string, string>): Promise<Told["error"]> {
  const ended = await run([...check, "--json"], { env });
  expectEnd(ended, 5);
  return ended.json<Told>().error;
}

describe.skipIf(packages.skip)(`a vault opened by the keychain${packages.note}`, () => {
  test("is made, filled and opened by processes of their own", async () => {
    const { env } = await vaultInKeyring();
    const ended = await run([...check, "--json"], { env });
    expectEnd(ended, 0);
    expect(ended.stdout).toContain('"keychain"');
  });

  test("another user's keyring does not have the key", async () => {
    const { env } = await vaultInKeyring();
    const other = await keyringSession();
    const { code, hint } = await failureOf({ ...other.env, AGENCYIQ_HOME: env["AGENCYIQ_HOME"] ?? "" });
    expect(code).toBe("key_missing");
    expect(hint).toContain("agencyiq vault rekey --key-source recovery --add keychain");
  });

  test("a locked keyring is told as such, in words too, with what to do for cron", async () => {
    const { session, env } = await vaultInKeyring();
    await session.lock();
    expect(await failureOf(env)).toMatchObject({
      code: "key_locked",
      hint: expect.stringContaining("agencyiq vault rekey --add file --new-key-file PATH"),
    });
    const inWords = await run(check, { env });
    expectEnd(inWords, 5);
    expect(inWords.stdout).toBe("");
    expect(inWords.stderr).toMatch(/locked[\s\S]*agencyiq vault rekey --add file/);
  });

  test("without a bus it is unavailable; with a key file added, as the hint says, cron opens the vault", async () => {
    const { env } = await vaultInKeyring();
    const keyFile = join(temporaryFolder(), "key");
    const { HOME = "", PATH = "", AGENCYIQ_HOME = "" } = env;
    const cron = { HOME, PATH, AGENCYIQ_HOME };
    expect(await failureOf(cron)).toMatchObject({
      code: "key_unavailable",
      hint: expect.stringContaining("--add file"),
    });
    expectEnd(await run(["vault", "rekey", "--add", "file", "--new-key-file", keyFile], { env }), 0);
    expectEnd(await run([...check, "--quiet"], { env: cron }), 0);
  });

  test("from cron, with the run folder's name alone", async () => {
    const { session, env } = await vaultInKeyring();
    const { PATH = "", AGENCYIQ_HOME = "" } = env;
    const XDG_RUNTIME_DIR = join(session.runFolder, String(process.getuid?.()));
    expectEnd(await run([...check, "--quiet"], { env: { PATH, AGENCYIQ_HOME, HOME: "/", XDG_RUNTIME_DIR } }), 0);
  });

  test("a prompt that nobody answers is waited for 5 s, then the process exits", async () => {
    const { session, env } = await vaultInKeyring();
    await session.silencePrompts();
    await session.lock();
    const started = performance.now();
    expect(await failureOf(env)).toMatchObject({ code: "key_timeout", hint: expect.stringContaining("unlock") });
    expect(performance.now() - started).toBeGreaterThan(5000);
    expect(performance.now() - started).toBeLessThan(8000);
  });

  test("first use at a terminal makes it and shows the recovery code once; the code opens the vault", async () => {
    const session = await keyringSession();
    const env: Record<string, string> = { ...session.env, AGENCYIQ_HOME: join(temporaryFolder(), "home") };
    const first = await runOnTerminal(["apps", "set", "x", "--client-id", "a", "--public"], [], { env });
    expect(first.code, first.stdout).toBe(0);
    const [code = "", ...more] = first.stdout.match(codePattern) ?? [];
    expect([code, more]).toEqual([expect.stringMatching(/^([0-9A-Z]{4}-){8}[0-9A-Z]{4}$/), []]);
    const later = await runOnTerminal(check, [], { env });
    expect(later.code, later.stdout).toBe(0);
    expect(later.stdout).not.toMatch(codePattern);
    const { DBUS_SESSION_BUS_ADDRESS: _, ...away } = env;
    const rescued = await runOnTerminal(
      [...check, "--key-source", "recovery"],
      [{ after: /code/i, type: `${code}\r` }],
      {
        env: away,
      },
    );
    expect(rescued.code, rescued.stdout).toBe(0);
  });

  test("first use without a terminal and without a named key makes nothing, though there is a keyring", async () => {
    const session = await keyringSession();
    const env = { ...session.env, AGENCYIQ_HOME: join(temporaryFolder(), "home") };
    const ended = await run(["apps", "set", "x", "--client-id", "a", "--public"], { env });
    expectEnd(ended, 5);
    expect(ended.stderr).toMatch(/AGENCYIQ_KEY_FILE, AGENCYIQ_KEY_COMMAND or AGENCYIQ_PASSPHRASE/);
    expect(existsSync(join(env.AGENCYIQ_HOME, "vault.db"))).toBe(false);
  });

  test("where there is no keychain, what the hint of vault init says makes a vault", async () => {
    const folder = temporaryFolder();
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder, AGENCYIQ_HOME: join(folder, "home") };
    const refused = await run(["vault", "init"], { env });
    expectEnd(refused, 5);
    expect(refused.stderr).toContain("agencyiq vault init --key-file PATH");
    expectEnd(await run(["vault", "init", "--key-file", join(folder, "key")], { env }), 0);
  });
});
