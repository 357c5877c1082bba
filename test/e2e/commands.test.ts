import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { platformIds } from "../../src/platforms/index.ts";
import { run, start, type Workspace, workspace } from "./command.ts";
import { documented } from "./contract.ts";
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

describe("the answers, in words and as one JSON document", () => {
  /** Runs a command in both voices and gives back both; neither has an escape sequence nor anything on stderr. */
  async function both(space: Workspace, ...args: string[]): Promise<{ text: string; document: Document }> {
    const text = await run(args, { env: space.env });
    const told = await run([...args, "--json"], { env: space.env });
    expect([text.code, told.code, text.stderr, told.stderr], args.join(" ")).toEqual([0, 0, "", ""]);
    expect(text.stdout).not.toContain("\u001b");
    return { text: text.stdout, document: told.json<Document>() };
  }
  type Document = Record<string, unknown>;

  it("accounts", async () => {
    const space = await connected();
    await connectX(space, "globex", ["--brand", "globex"]);
    const list = await both(space, "accounts", "list");
    expect(list.text).toMatch(/^ACCOUNT +NAME +DEFAULT +URL\nx\/acme .*\nglobex:x\/globex .*\n$/);
    expect(list.document).toMatchObject({ accounts: [{ account: "x/acme" }, { account: "globex:x/globex" }] });
    const shown = await both(space, "accounts", "show", "globex:x/globex");
    expect(shown.text).toMatch(/^account +globex:x\/globex\nbrand +globex\n/);
    expect(shown.document).toMatchObject({ brand: "globex", handle: "globex", credentials: [{ status: "active" }] });
    const chosen = await both(space, "accounts", "default", "globex:x/globex");
    expect(chosen.text).toBe('"x" now means globex:x/globex\n');
    expect((await both(space, "accounts", "show", "x")).document).toMatchObject({ brand: "globex", default: true });
    expect(await run(["accounts", "rename", "x/acme", "@acme-gmbh"], { env: space.env })).toMatchObject({
      code: 0,
      stdout: "x/acme is now x/acme-gmbh\n",
    });
    expect((await both(space, "tokens", "print", "x/acme-gmbh")).document).toMatchObject({ account: "x/acme-gmbh" });
  });

  it("a name that another account has, or that is none, is refused", async () => {
    const space = await connected();
    await connectX(space, "globex");
    for (const name of ["globex", "@Globex", "", " ", "@", "a\nb"]) {
      const ended = await run(["accounts", "rename", "x/acme", name], { env: space.env });
      expect(ended, `"${name}"`).toMatchObject({ code: 2, stdout: "" });
      expect(ended.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
    }
    expect((await run(["accounts", "show", "x/acme"], { env: space.env })).code).toBe(0);
  });

  it("apps", async () => {
    const space = workspace();
    const set = ["apps", "set", "x", "--client-id", "abc", "--secret-stdin"];
    const stored = await run(set, { env: space.env, stdin: "a-client-secret\n" });
    expect(stored).toMatchObject({ code: 0, stdout: expect.stringContaining("http://127.0.0.1:8791/callback/x") });
    expect((await both(space, "apps", "list")).text).toMatch(
      /^PLATFORM +CREDENTIAL +CLIENT ID +SECRET +ISSUER\nx +oauth2 +abc +stored\n$/,
    );
    const shown = await both(space, "apps", "show", "x");
    expect(shown.text).toMatch(/client id +abc\nsecret +stored, sealed\nredirect URI +http:/);
    expect(shown.document).toMatchObject({ apps: [{ clientId: "abc", hasSecret: true }] });
    expect(await run(["apps", "remove", "x"], { env: space.env })).toMatchObject({ code: 2 });
    expect(await run(["apps", "remove", "x", "--yes", "--json"], { env: space.env })).toMatchObject({
      code: 0,
      stdout: '{"platform":"x","clientId":"abc"}\n',
    });
    expect(await run(["apps", "remove", "x", "--yes"], { env: space.env })).toMatchObject({ code: 2 });
  });

  it("platforms", async () => {
    const list = await both(workspace(), "platforms", "list");
    expect(list.text).toMatch(/^PLATFORM +NAME +CONNECT +PUBLISH\n/);
    expect(list.text).toMatch(/\noidc .*tokens only\n/);
    expect(list.text).toMatch(/\nx +X .*yes\n/);
    const { platforms } = list.document as { platforms: { platform: string }[] };
    expect(platforms.map(({ platform }) => platform)).toEqual(platformIds);
    const shown = await both(workspace(), "platforms", "show", "x");
    expect(shown.text).toMatch(/280 weighted characters.*\nimages +at most 4; JPEG.*What its errors mean here/s);
    expect(shown.text).toMatch(/\npoll +2 to 4 options, at most 25 characters each; 5 to 10080 minutes\n/);
    expect(shown.document).toMatchObject({ platform: "x", limits: { text: { max: 280 }, images: { max: 4 } } });
  });

  it("tokens", async () => {
    const space = await connected();
    const status = await both(space, "tokens", "status");
    expect(Object.keys((status.document["accounts"] as object[])[0] ?? {})).toEqual(documented("tokens status"));
    const refreshed = await both(space, "tokens", "refresh", "--all", "--force");
    expect(refreshed.text).toMatch(/^ACCOUNT +RESULT +EXPIRES\nx\/acme +refreshed +in 1\d\d min\n$/);
    expect(Object.keys((refreshed.document["results"] as object[])[0] ?? {})).toEqual(documented("tokens refresh"));
    const due = await both(space, "tokens", "refresh", "--all");
    expect(due.document).toMatchObject({ results: [{ account: "x/acme", outcome: "fresh", error: null }] });
  });

  it("tokens print, in four formats that agree", async () => {
    const space = await connected();
    const print = async (format: string) =>
      (await run(["tokens", "print", "x", "--format", format], { env: space.env })).stdout;
    const document = JSON.parse(await print("json")) as { accessToken: string };
    const { accessToken } = document;
    expect(Object.keys(document)).toEqual(documented("tokens print --format json"));
    expect(await print("token")).toBe(`${accessToken}\n`);
    expect(await print("header")).toMatch(/^Authorization: bearer \S+\n$/i);
    expect(await print("header")).toContain(` ${accessToken}\n`);
    const script = `${await print("env")}printf %s "$X_ACCESS_TOKEN"`;
    expect(spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout).toBe(accessToken);
    expect(await print("yaml")).toBe("");
  });

  it("log and doctor", async () => {
    const space = await connected();
    const log = await both(space, "log", "--account", "x", "--since", "1h");
    expect(log.text).toMatch(/account\.connected +x\/acme/);
    expect((log.document["entries"] as object[]).length).toBe(log.text.trimEnd().split("\n").length);
    expect((await run(["vault", "rekey", "--add", "recovery"], { env: space.env })).code).toBe(0);
    const doctor = await run(["doctor"], { env: space.env });
    const told = (await run(["doctor", "--json"], { env: space.env })).json<{ checks: Document[] }>();
    for (const check of told.checks) expect(Object.keys(check)).toEqual(documented("doctor"));
    // A port that somebody else uses just now is none of this vault's troubles.
    expect(told.checks.filter(({ ok, id }) => !ok && id !== "port")).toEqual([]);
    expect(doctor.stdout).toContain("ok     the ledger's chain is whole");
  });

  it("disconnect", async () => {
    const space = await connected();
    const ended = await run(["disconnect", "x", "--yes", "--json"], { env: space.env });
    expect(ended.json()).toEqual({ account: "x/acme", revoked: true, keptFor: [], keysLeft: [], removeAccessAt: null });
    expect((await run(["accounts", "list", "--json"], { env: space.env })).json()).toEqual({ accounts: [] });
    expect((await run(["log"], { env: space.env })).stdout).toContain("account.disconnected");
  });
});

it("connect ends at once with Ctrl-C, stores nothing and frees its port", async () => {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  const connecting = await start(["connect", "x", "--no-browser", "--port", String(space.port)], { env: space.env });
  await connecting.line(/Waiting for the answer/);
  connecting.kill("SIGINT");
  expect(await connecting.ended).toMatchObject({ code: 130, stdout: "" });
  expect((await run(["accounts", "list", "--json"], { env: space.env })).json()).toEqual({ accounts: [] });
  await connectX(space);
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

  /** A file, since fish and bash cannot read a script from the socket that a child's stdin is. */
  async function scriptFor(shell: string): Promise<string> {
    const { env, folder } = workspace();
    const path = join(folder, "completion");
    writeFileSync(path, (await run(["completion", shell], { env })).stdout);
    return path;
  }

  it.for(["bash", "zsh", "fish"])("is a script that %s can read", async (shell, context) => {
    const { error, status, stderr } = spawnSync(shell, ["-n", await scriptFor(shell)], { encoding: "utf8" });
    if (error) context.skip(`there is no ${shell} here`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("offers the same in fish", async (context) => {
    const path = await scriptFor("fish");
    const complete = (line: string) => {
      const { error, stdout } = spawnSync("fish", ["-c", `source ${path}; complete -C "${line}"`], {
        encoding: "utf8",
      });
      if (error) context.skip("there is no fish here");
      const offered = stdout.trim().split("\n");
      return offered.map((each) => each.split("\t")[0]);
    };
    expect(complete("agencyiq to")).toEqual(["tokens"]);
    expect(complete("agencyiq tokens s")).toEqual(["status"]);
    expect(complete("agencyiq tokens status --l")).toEqual(["--live"]);
    expect(complete("agencyiq connect o")).toEqual(["oidc"]);
    expect(complete("agencyiq publish --platform ")).toEqual(platformIds);
  });

  it.each(["zsh", "fish"])("prints a script for %s", async (shell) => {
    const { stdout, code } = await run(["completion", shell], { env: workspace().env });
    expect(code).toBe(0);
    for (const word of ["tokens", "status", "live", "oidc"]) expect(stdout).toContain(word);
  });
});
