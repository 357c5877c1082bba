/** The built binary with its key in a real gnome-keyring: what a person or cron sees, and the exit codes. */
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
});
