import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { run, start, workspace } from "./command.ts";
import { connectX, type Sandboxed, sandboxed } from "./sandboxed.ts";

async function connected(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  return space;
}

describe("every command", () => {
  it.each(commands.map(({ path, summary }) => [path, summary] as const))(
    "%s explains itself in 80 columns",
    async (path, summary) => {
      const ended = await run([...path.split(" "), "--help"], { env: workspace().env });
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toContain(`Usage: agencyiq ${path}`);
      expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain(summary);
      const examples = ended.stdout.split("Example")[0] ?? "";
      expect(Math.max(...examples.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    },
  );

  it("answers on a machine without a vault, and makes none by looking", async () => {
    const { env, folder } = workspace();
    const empty = { accounts: { accounts: [] }, tokens: { accounts: [] }, apps: { apps: [] }, log: { entries: [] } };
    for (const [command, document] of Object.entries(empty)) {
      expect((await run([command, "--json"], { env })).json(), command).toEqual(document);
      const told = await run([command], { env });
      expect(told, command).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("agencyiq setup x") });
    }
    const doctor = await run(["doctor", "--json"], { env });
    expect(doctor.code).toBe(1);
    expect(doctor.json<{ checks: unknown[] }>().checks).toContainEqual(
      expect.objectContaining({ id: "vault", ok: false, fix: expect.stringContaining("agencyiq vault init") }),
    );
    expect(await run(["log", "--follow"], { env })).toMatchObject({ code: 5 });
    expect(await run(["tokens", "refresh", "--all", "--quiet"], { env })).toMatchObject({ code: 0, stdout: "" });
    expect((await run(["vault", "status", "--json"], { env })).json()).toMatchObject({ exists: false });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("vault", () => {
  it("a restored account waits for a word from its owner before its refresh token is used", async () => {
    const space = await connected();
    const copy = join(space.folder, "copy.db");
    expect((await run(["vault", "backup", copy], { env: space.env })).code).toBe(0);
    expect((await run(["vault", "backup", copy], { env: space.env })).code).toBe(2);
    const restored = await run(["vault", "restore", copy, "--yes", "--json"], { env: space.env });
    expect(restored.json()).toMatchObject({ accounts: 1, keptAs: expect.stringContaining("before-restore") });
    const refused = await run(["tokens", "refresh", "x"], { env: space.env });
    expect(refused.code).toBe(0);
    const status = (await run(["tokens", "status", "--json"], { env: space.env })).json<{
      accounts: { status: string }[];
    }>();
    expect(status.accounts).toMatchObject([{ status: "error" }]);
    expect((await run(["tokens", "refresh", "x", "--force"], { env: space.env })).code).toBe(0);
    expect((await run(["tokens", "print", "x"], { env: space.env })).code).toBe(0);
  });

  it("is opened by the recovery code when its key is gone, and gets a new key so", async () => {
    const { env, folder } = workspace();
    const { recoveryCode } = (await run(["vault", "init", "--json"], { env })).json<{ recoveryCode: string }>();
    const key = join(folder, "new-key");
    const args = ["vault", "rekey", "--key-source", "recovery", "--add", "file", "--new-key-file", key];
    expect((await run(args, { env, stdin: `${recoveryCode.toLowerCase()}\n` })).code).toBe(0);
    expect((await run(["vault", "status", "--check"], { env: { ...env, AGENCYIQ_KEY_FILE: key } })).code).toBe(0);
    const typo = await run(args, { env, stdin: `${recoveryCode.slice(0, -1)}\n` });
    expect(typo).toMatchObject({ code: 5, stderr: expect.stringContaining("typo") });
  });

  it("rotates, and every account works as before", async () => {
    const space = await connected();
    const token = (await run(["tokens", "print", "x"], { env: space.env })).stdout;
    expect((await run(["vault", "rotate", "--json"], { env: space.env })).json()).toMatchObject({
      records: 2,
      term: 2,
    });
    expect((await run(["vault", "rotate", "--root", "--json"], { env: space.env })).code).toBe(0);
    expect((await run(["tokens", "print", "x"], { env: space.env })).stdout).toBe(token);
    expect((await run(["vault", "status", "--check"], { env: space.env })).code).toBe(0);
  });
});

it("log --follow shows what happens as it happens, one object a line", async () => {
  const space = await connected();
  const following = await start(["log", "--follow", "--json"], { env: space.env });
  await following.line(/account\.connected/);
  await run(["tokens", "refresh", "x", "--force"], { env: space.env });
  expect(JSON.parse(await following.line(/token\.refreshed/))).toMatchObject({ account: "x/acme" });
  following.kill("SIGINT");
  expect((await following.ended).code).toBe(130);
});

it("sandbox ends with SIGTERM and frees its port", async () => {
  const { env } = workspace();
  const started = await start(["sandbox", "--port", "0", "--json"], { env });
  const { url } = JSON.parse(await started.line(/listening/)) as { url: string };
  expect((await fetch(url)).status).toBe(200);
  started.kill("SIGTERM");
  expect((await started.ended).code).toBe(143);
  await sleep(50);
  await expect(fetch(url)).rejects.toThrow();
});

describe("completion", () => {
  it("offers commands, subcommands, flags and platforms in bash", async () => {
    const { stdout } = await run(["completion", "bash"], { env: workspace().env });
    const complete = (line: string) => {
      const words = line.split(" ");
      const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _agencyiq; echo "\${COMPREPLY[@]}"`;
      return spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim().split(" ");
    };
    expect(complete("agencyiq to")).toEqual(["tokens"]);
    expect(complete("agencyiq tokens s")).toEqual(["status"]);
    expect(complete("agencyiq tokens status --l")).toEqual(["--live"]);
    expect(complete("agencyiq connect o")).toEqual(["oidc"]);
    expect(complete("agencyiq publish --platform x")).toEqual(["x"]);
  });

  it.each(["zsh", "fish"])("prints a script for %s", async (shell) => {
    const { stdout, code } = await run(["completion", shell], { env: workspace().env });
    expect(code).toBe(0);
    for (const word of ["tokens", "status", "live", "oidc"]) expect(stdout).toContain(word);
  });
});
