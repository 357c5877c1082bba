/** `agencyiq cron` where nothing of the machine is touched: what is shown, and what is refused. */
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { run, type Workspace, workspace } from "./command.ts";
import { connectX, sandboxed } from "./sandboxed.ts";

async function withVault(): Promise<Workspace> {
  const space = workspace();
  expect((await run(["vault", "init"], { env: space.env })).code).toBe(0);
  return space;
}

const dryRun = ["cron", "install", "--dry-run"];

describe("cron install --dry-run", () => {
  it.each(["crontab", "systemd", "launchd"])(
    "shows %s's job on any machine, by names and without a key",
    async (kind) => {
      const { env } = await withVault();
      const key = readFileSync(env["AGENCYIQ_KEY_FILE"] ?? "", "utf8").trim();
      const text = await run([...dryRun, "--with", kind], { env });
      expect(text).toMatchObject({ code: 0, stderr: "" });
      const told = await run([...dryRun, "--with", kind, "--json"], { env });
      const document = told.json<{ files: readonly { name: string; text: string }[] } & Record<string, unknown>>();
      expect(Object.keys(document)).toEqual(documented("cron install"));
      expect(document).toMatchObject({ scheduler: kind, every: "15m", installed: false });
      expect(document["command"]).toEqual([
        process.execPath,
        expect.stringMatching(/\/bin\/agencyiq(\.js)?$/),
        ...["daemon", "--once", "--quiet"],
      ]);
      for (const shown of [text.stdout, told.stdout]) {
        expect(shown).toContain(env["AGENCYIQ_HOME"]);
        expect(shown).toContain(env["AGENCYIQ_KEY_FILE"]);
        expect(shown).not.toContain(key);
      }
      for (const { name, text } of document.files)
        if (name.startsWith("/")) expect(() => readFileSync(name), text).toThrow();
    },
  );

  it("takes along the sandbox it is rehearsed with, and no client secret", async () => {
    const space = await sandboxed();
    onTestFinished(() => space.sandbox.close());
    await connectX(space);
    const told = await run([...dryRun, "--with", "crontab", "--json"], { env: space.env });
    expect(told.json<{ environment: object }>().environment).toMatchObject({
      AGENCYIQ_ENDPOINT_URL: space.sandbox.url,
    });
    expect(told.stdout).not.toContain("sandbox-x-secret");
  });

  it.each<[string, readonly string[], RegExp]>([
    ["an uneven interval", ["--every", "7m"], /15m/],
    ["an unknown scheduler", ["--with", "anacron"], /crontab/],
    ["a daemon of cron", ["--with", "crontab", "--daemon"], /--with systemd/],
    ["a credential of cron", ["--with", "crontab", "--load-credential", "/k"], /--with systemd/],
    ["two credentials", ["--load-credential", "/k", "--load-credential-encrypted", "/k"], /one of them/],
    ["a passphrase", ["--key-source", "passphrase"], /file/],
  ])("refuses %s, and says what would do", async (_name, words, hint) => {
    const { env } = await withVault();
    const ended = await run([...dryRun, ...words], { env });
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(hint) });
  });

  it.each<[readonly string[], RegExp]>([
    [["--key-source", "keychain"], /rekey --add keychain/],
    [["--key-command", "pass show agencyiq"], /rekey --add command --new-key-command 'pass show agencyiq'/],
  ])("refuses %j, which the vault does not know", async (words, mend) => {
    const { env } = await withVault();
    const ended = await run([...dryRun, ...words], { env });
    expect(ended).toMatchObject({ code: 5, stderr: expect.stringMatching(mend) });
  });

  it("refuses where there is no vault, and makes none", async () => {
    const { env } = workspace();
    expect(await run(dryRun, { env })).toMatchObject({ code: 5, stderr: expect.stringContaining("vault init") });
    expect((await run(["vault", "status", "--json"], { env })).json()).toMatchObject({ exists: false });
  });
});

describe("doctor --as-cron", () => {
  it("says that there is no record yet, without a job and without an account", async () => {
    const { env } = await withVault();
    const ended = await run(["doctor", "--as-cron", "--json"], { env });
    expect(ended.code).toBe(0);
    const { checks } = ended.json<{ checks: readonly { id: string; ok: boolean; message: string }[] }>();
    expect(checks.map(({ id, ok }) => [id, ok])).toEqual([
      ["cron.job", true],
      ["cron.key", true],
      ["cron.record", true],
    ]);
    expect(checks[2]?.message).toContain("no record to open yet");
  });

  it("a key command tells its own troubles", async () => {
    const { env, folder } = await withVault();
    const copy = join(folder, "copy");
    copyFileSync(env["AGENCYIQ_KEY_FILE"] ?? "", copy);
    const line = `sh -c 'cat ${copy} 2>/dev/null || { echo the safe is shut >&2; exit 3; }'`;
    const adding = ["vault", "rekey", "--add", "command", "--new-key-command", line];
    expect((await run(adding, { env })).code).toBe(0);
    const { AGENCYIQ_KEY_FILE: _, ...rest } = env;
    expect(await run(["doctor", "--as-cron"], { env: rest })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("opened by command"),
    });
    rmSync(copy);
    const shut = await run(["doctor", "--as-cron"], { env: rest });
    expect(shut).toMatchObject({ code: 5, stderr: expect.stringContaining("the safe is shut") });
    expect(shut.stdout).toMatch(/wrong +the key command sh ended with 3/);
  });

  it("the key opens and the record does not: exit 8, and what mends it", async () => {
    const space = await sandboxed();
    onTestFinished(() => space.sandbox.close());
    await connectX(space);
    const examine = () => run(["doctor", "--as-cron"], { env: space.env });
    expect(await examine()).toMatchObject({ code: 0, stdout: expect.stringContaining("record of x/acme opens") });
    const database = new Sqlite(join(space.env["AGENCYIQ_HOME"] ?? "", "vault.db"));
    database.exec("update secrets set blob = substr(blob, 1, length(blob) - 16) where kind = 'access_token'");
    database.close();
    expect(await examine()).toMatchObject({
      code: 8,
      stdout: expect.stringMatching(/wrong +x\/acme: .*\n +fix: agencyiq connect x/),
    });
  });

  it("where nothing opens without a person", async () => {
    const { folder, env } = workspace();
    const { AGENCYIQ_KEY_FILE: _, ...rest } = env;
    const typed = { ...rest, AGENCYIQ_PASSPHRASE: "correct-horse-battery" };
    expect((await run(["vault", "init"], { env: typed })).code).toBe(0);
    const refused = await run(["doctor", "--as-cron"], { env: typed });
    expect(refused).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(/wrong .*without a person\n +fix: agencyiq vault rekey/),
    });
    // What the fix says mends it.
    const adding = ["vault", "rekey", "--add", "file", "--new-key-file", join(folder, "cron.key")];
    expect((await run(adding, { env: typed })).code).toBe(0);
    expect(await run(["doctor", "--as-cron"], { env: typed })).toMatchObject({ code: 0 });
  });
});

it("the inner run of doctor is nobody's flag", async () => {
  const { env } = workspace();
  expect((await run(["doctor", "--help"], { env })).stdout).not.toContain("within");
  expect((await run(["completion", "bash"], { env })).stdout).not.toContain("within-cron");
});

/** The names that docs/scripting.md promises for a command's JSON. */
function documented(command: string): string[] {
  const contract = readFileSync(new URL("../../docs/scripting.md", import.meta.url), "utf8");
  const shape = new RegExp(`\`${command} --json\`: \`\\{([^}]*)\\}`).exec(contract)?.[1] ?? "";
  return [...shape.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);
}
