/** As cron runs it (`env -i`): the built binary against oidc-provider, with each key that needs no person. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../e2e/command.ts";
import { runProgram, temporaryFolder } from "../system/child-program.ts";
import { needsPackages } from "../system/debian-package.ts";
import { type KeyringSession, keyringSession } from "../system/keyring-session.ts";
import { canMountPrivately, type Mounts, withMounts } from "../system/private-mounts.ts";
import { connect, type Setting, setting, userinfoStatus } from "./connection.ts";

const binary = fileURLToPath(new URL("../../bin/agencyiq.js", import.meta.url));

type Environment = Readonly<Record<string, string>>;

interface CronLike {
  readonly at: Setting;
  /** What the job's line sets, beyond what cron gives. */
  readonly settings: Environment;
  readonly mounts?: Mounts;
}

/** With nothing in the environment but what crontab(5) names. */
async function asCron({ at, settings, mounts }: CronLike, ...args: string[]) {
  const given = ["HOME=/", "LOGNAME=root", "SHELL=/bin/sh", "PATH=/usr/bin:/bin"];
  const set = Object.entries({ AGENCYIQ_HOME: at.env["AGENCYIQ_HOME"], ...settings }).map(
    ([name, to]) => `${name}=${to}`,
  );
  const words = ["/usr/bin/env", "-i", ...given, ...set, process.execPath, binary, ...args];
  const [program = "", ...rest] = mounts ? withMounts(mounts, words) : words;
  return runProgram(program, rest, { PATH: process.env["PATH"] ?? "" });
}

/** Refreshes, prints and examines; the token that is printed is the new one, and the server takes it. */
async function expectToWork(cron: CronLike, kind: string): Promise<void> {
  const { at } = cron;
  const before = at.server.requests({ route: "token", grant: "refresh_token" }).length;
  const refreshed = await asCron(cron, "tokens", "refresh", "--all", "--force", "--quiet");
  expect(refreshed).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(at.server.requests({ route: "token", grant: "refresh_token" })).toHaveLength(before + 1);
  const printed = await asCron(cron, "tokens", "print", "oidc");
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  expect(await userinfoStatus(at, printed.stdout.trim())).toBe(200);
  const doctor = await asCron(cron, "doctor", "--as-cron", "--json");
  expect(doctor, doctor.stdout).toMatchObject({ code: 0 });
  const { checks } = JSON.parse(doctor.stdout) as { checks: readonly { message: string }[] };
  expect(checks.map(({ message }) => message)).toEqual([
    expect.stringContaining("no job is installed"),
    expect.stringMatching(new RegExp(`^opened by ${kind} \\([0-9a-f]{8}\\) in \\d+ (ms|s), with cron's environment$`)),
    "the sealed record of oidc/alice opens",
  ]);
}

async function connected(): Promise<Setting> {
  const at = await setting();
  await connect(at);
  return at;
}

/** A second way to open the vault, for cron. */
async function rekey(at: Setting, ...args: string[]): Promise<void> {
  const ended = await run(["vault", "rekey", "--add", ...args], { env: at.env });
  if (ended.code !== 0) throw new Error(ended.stderr);
}

it("with a key file, named or recorded", async () => {
  const at = await connected();
  await expectToWork({ at, settings: { AGENCYIQ_KEY_FILE: at.env["AGENCYIQ_KEY_FILE"] ?? "" } }, "file");
  await expectToWork({ at, settings: { AGENCYIQ_KEY_SOURCE: "file" } }, "file");
  await expectToWork({ at, settings: {} }, "file");
});

it("with a systemd credential in $CREDENTIALS_DIRECTORY", async () => {
  const at = await connected();
  const folder = temporaryFolder();
  renameSync(at.env["AGENCYIQ_KEY_FILE"] ?? "", join(folder, "agencyiq-key"));
  const refresh = ["tokens", "refresh", "--all", "--force", "--quiet"];
  const settings = { AGENCYIQ_KEY_SOURCE: "file" };
  expect(await asCron({ at, settings }, ...refresh)).toMatchObject({ code: 5 });
  const given = { ...settings, CREDENTIALS_DIRECTORY: folder };
  expect(await asCron({ at, settings: given }, ...refresh)).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

/** What the job that `cron install` makes would set. */
async function settingsOfJob(at: Setting, env: Environment): Promise<Environment> {
  const words = ["cron", "install", "--with", "crontab", "--dry-run", "--json"];
  const ended = await run(words, { env: { ...at.env, ...env } });
  if (ended.code !== 0) throw new Error(ended.stderr || ended.stdout);
  return ended.json<{ environment: Environment }>().environment;
}

/** Programs that are not to be had here: each answers these words with a key, and any others with what it was asked. */
const fakes: Readonly<Record<string, readonly string[]>> = {
  op: ["read", "op://Private/agencyiq/key"],
  vault: ["kv", "get", "-field=key", "secret/agencyiq"],
  aws: [
    ...["kms", "decrypt", "--ciphertext-blob", "fileb:///home/ada/.config/agencyiq.key.kms"],
    ...["--query", "Plaintext", "--output", "text"],
  ],
};

function fakeProgram(name: string): string {
  const folder = temporaryFolder();
  const script = `#!/usr/bin/env node
const asked = process.argv.slice(2);
if (JSON.stringify(asked) === ${JSON.stringify(JSON.stringify(fakes[name]))}) console.log(${JSON.stringify(newKey())});
else { console.error("asked for", asked); process.exit(1); }
`;
  writeFileSync(join(folder, name), script);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

function newKey(): string {
  return randomBytes(32).toString("base64");
}

/** The key commands of docs/cron.md, word for word, by their programs. */
const recipes = new Map(
  [
    ...readFileSync(new URL("../../docs/cron.md", import.meta.url), "utf8").matchAll(/--new-key-command '([^']+)'/g),
  ].map(([, line = ""]) => [line.split(" ")[0] ?? "", line] as const),
);

describe("with a key command of docs/cron.md:", () => {
  const recipe = (program: string) => recipes.get(program) ?? "";

  it("each is tried below", () => {
    expect([...recipes.keys()].sort()).toEqual([...Object.keys(fakes), "env", "pass", "systemd-creds"].sort());
  });

  it.each(Object.keys(fakes))("%s (its command line only: a program of the test's answers)", async (program) => {
    const at = await connected();
    const PATH = `${fakeProgram(program)}:${process.env["PATH"]}`;
    const adding = ["vault", "rekey", "--add", "command", "--new-key-command", recipe(program)];
    expect(await run(adding, { env: { ...at.env, PATH } })).toMatchObject({ code: 0 });
    const { AGENCYIQ_KEY_FILE: _, ...env } = at.env;
    const settings = await settingsOfJob({ ...at, env }, { PATH });
    expect(settings["AGENCYIQ_KEY_SOURCE"]).toBe("command");
    await expectToWork({ at, settings }, "command");
  });

  const withPass = needsPackages("pass", "gnupg");
  it.skipIf(withPass.skip)(`pass, with the store where it always is and where it is not${withPass.note}`, async () => {
    const home = temporaryFolder();
    const { env, line } = passwordStore(home);
    const at = await connected();
    const adding = ["vault", "rekey", "--add", "command", "--new-key-command"];
    expect(await run([...adding, recipe("pass")], { env: { ...at.env, ...env } })).toMatchObject({ code: 0 });
    expect(await run([...adding, line(recipe("env"))], { env: at.env })).toMatchObject({ code: 0 });
    // Nothing in cron's environment tells of this store: the second line does.
    await expectToWork({ at, settings: { AGENCYIQ_KEY_COMMAND: line(recipe("env")) } }, "command");
    const athome = { at, settings: { AGENCYIQ_KEY_COMMAND: recipe("pass"), HOME: home } };
    expect(await asCron(athome, "tokens", "refresh", "--all", "--force", "--quiet")).toMatchObject({ code: 0 });
  });

  const withCreds = needsPackages("systemd");
  it.skipIf(withCreds.skip || !canMountPrivately())(
    `systemd-creds, as root${withCreds.note || " [needs root, to have a host key of its own]"}`,
    async () => {
      const folder = temporaryFolder();
      const sealed = join(folder, "agencyiq.cred");
      // The host's key is one of this test's own, kept in a folder that is mounted where the host has it.
      const host = join(folder, "host");
      mkdirSync(host);
      const mounts = { "/var/lib/systemd": host };
      const encrypt = ["systemd-creds", "encrypt", "--with-key=host", "--name=agencyiq-key", "-", sealed];
      const [program = "", ...words] = withMounts(mounts, encrypt);
      execFileSync(program, words, { input: newKey(), stdio: ["pipe", "ignore", "ignore"] });
      const at = await connected();
      // As root it is the system's credential, not a user's: that needs systemd 256 and its service running.
      const line = recipe("systemd-creds").replace("--user ", "").replace("/home/ada/.config/agencyiq.cred", sealed);
      expect(line).toContain(sealed);
      const adding = ["vault", "rekey", "--add", "command", "--new-key-command", line];
      const [unshare = "", ...rest] = withMounts(mounts, [process.execPath, binary, ...adding]);
      const added = await runProgram(unshare, rest, at.env);
      expect(added.code, added.stderr).toBe(0);
      await expectToWork({ at, settings: { AGENCYIQ_KEY_SOURCE: "command" }, mounts }, "command");
    },
  );
});

/** A real password store with the key in it, under a home of its own. */
function passwordStore(home: string) {
  const [store, ring] = [join(home, ".password-store"), join(home, ".gnupg")];
  mkdirSync(ring, { mode: 0o700 });
  const env = { PASSWORD_STORE_DIR: store, GNUPGHOME: ring };
  const all = { PATH: process.env["PATH"] ?? "", HOME: home, ...env };
  const exec = (program: string, words: readonly string[], input = "") =>
    execFileSync(program, words, { env: all, input, stdio: ["pipe", "ignore", "ignore"] });
  const person = "ada@example.com";
  exec("gpg", ["--batch", "--passphrase", "", "--quick-generate-key", person, "default", "default", "never"]);
  exec("pass", ["init", person]);
  exec("pass", ["insert", "--multiline", "agencyiq"], `${newKey()}\n`);
  onTestFinished(() => void exec("gpgconf", ["--kill", "all"]));
  return { env, line: (text: string) => text.replaceAll("/home/ada", home) };
}

const keyring = needsPackages("gnome-keyring", "dbus", "libglib2.0-bin");
const canMount = canMountPrivately();

describe.skipIf(keyring.skip || !canMount)(
  `with the keychain${canMount ? keyring.note : " [needs root, to have a /run/user of its own]"}`,
  () => {
    /** /run/user as a logged-in user has it. */
    function runFolder(session: KeyringSession): Mounts {
      const run = temporaryFolder();
      mkdirSync(join(run, "user"));
      return { "/run": run, "/run/user": session.runFolder };
    }

    it("of the session whose bus is found without being told", async () => {
      const session = await keyringSession();
      const at = await connected();
      await rekey({ ...at, env: { ...at.env, ...session.env } }, "keychain");
      await expectToWork({ at, settings: { AGENCYIQ_KEY_SOURCE: "keychain" }, mounts: runFolder(session) }, "keychain");
    });

    it("that is locked: told within seconds, with what to do", async () => {
      const session = await keyringSession();
      const at = await connected();
      await rekey({ ...at, env: { ...at.env, ...session.env } }, "keychain");
      await session.lock();
      const cron = { at, settings: { AGENCYIQ_KEY_SOURCE: "keychain" }, mounts: runFolder(session) };
      const refreshed = await asCron(cron, "tokens", "refresh", "--all", "--force", "--quiet");
      expect(refreshed).toMatchObject({ code: 5, stdout: "" });
      const doctor = await asCron(cron, "doctor", "--as-cron");
      expect(doctor.code).toBe(5);
      expect(doctor.stdout).toMatch(/wrong +the keychain is locked[\s\S]*fix: .*agencyiq vault rekey --add file/);
    });
  },
);
