import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { freePort, run, start, type Workspace, workspace } from "../e2e/command.ts";
import { type MarkedServer, mark, startMarkedServer } from "./marked-server.ts";
import { watchCommandLines } from "./process-watch.ts";

const clientSecret = `${mark}-client-secret-${"s".repeat(20)}`;
const passphrase = `${mark}-passphrase-not-a-word`;

/** The mark in every dress it could leave in. */
const dresses = [mark, encodeURIComponent(mark), Buffer.from(mark).toString("hex")];
/** Base64 has three phases, according to where the mark begins. */
for (const lead of ["", "a", "ab"]) {
  const encoded = Buffer.from(lead + mark).toString("base64");
  dresses.push(encoded.slice(lead.length === 0 ? 0 : 4, encoded.length - 4));
}

function leaksIn(text: string): string[] {
  return dresses.filter((dress) => text.includes(dress));
}

/** Every file below a folder, as bytes. */
function filesBelow(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return statSync(path).isFile() ? [{ path, text: readFileSync(path).toString("latin1") }] : [];
  });
}

class Watch {
  readonly commandLines = new Set<string>();
  readonly used = new Set<string>();
  readonly #space: Workspace;

  constructor(space: Workspace) {
    this.#space = space;
  }

  /** Runs a command in its two voices' worst case and looks everywhere. `prints`: its stdout is a token, by design. */
  async command(
    words: string,
    args: readonly string[] = [],
    options: { stdin?: string; prints?: boolean; json?: boolean } = {},
  ): Promise<number | null> {
    this.used.add(words);
    const all = [...words.split(" "), ...args, "--debug", ...(options.json === false ? [] : ["--json"])];
    const work = run(all, { env: this.#space.env, ...(options.stdin === undefined ? {} : { stdin: options.stdin }) });
    const ended = await watchCommandLines(this.commandLines, work);
    this.check(words, options.prints ? ended.stderr : ended.stdout + ended.stderr);
    return ended.code;
  }

  check(words: string, text: string): void {
    expect(leaksIn(text), `${words} printed: ${text}`).toEqual([]);
    for (const file of filesBelow(this.#space.folder))
      expect(leaksIn(file.text), `${words} left ${file.path}`).toEqual([]);
  }
}

async function connect(
  watch: Watch,
  space: Workspace,
  server: MarkedServer,
  extra: readonly string[] = [],
): Promise<void> {
  const port = await freePort();
  const args = ["connect", "oidc", "--issuer", server.url, "--port", String(port), "--debug", "--json", ...extra];
  const started = await start(args, { env: space.env });
  const ended = await watchCommandLines(watch.commandLines, started.ended);
  expect(ended.code, ended.stderr).toBe(0);
  watch.used.add("connect");
  watch.check("connect", ended.stdout + ended.stderr);
}

it("plants marked secrets and finds them nowhere, whatever command runs", async () => {
  const server = await startMarkedServer();
  onTestFinished(() => server.close());
  const space = workspace({ AGENCYIQ_PASSPHRASE: passphrase });
  const { env, folder } = space;
  delete (env as Record<string, string>)["AGENCYIQ_KEY_FILE"];
  // Stands in for the browser; notes what it was given.
  const browser = join(folder, "browser.mjs");
  writeFileSync(
    browser,
    `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(join(folder, "child-environment.txt"))}, JSON.stringify(process.env)); await fetch(process.argv[2]);`,
  );
  chmodSync(browser, 0o700);
  Object.assign(env, { BROWSER: `${process.execPath} ${browser}`, AGENCYIQ_OIDC_CLIENT_SECRET: clientSecret });
  const watch = new Watch(space);

  expect(await watch.command("vault init")).toBe(0);
  const endpoints = ["authorize", "token", "userinfo", "revoke"].flatMap((name) => [
    `--${name}-url`,
    `${server.url}/${name}`,
  ]);
  const app = ["oidc", "--issuer", server.url, "--client-id", "client", ...endpoints, "--secret-stdin"];
  expect(await watch.command("apps set", app, { stdin: clientSecret })).toBe(0);
  await connect(watch, space, server);
  for (const words of ["accounts list", "tokens status", "apps list", "platforms list", "vault status", "log"]) {
    expect(await watch.command(words), words).toBe(0);
  }
  await watch.command("doctor");
  await watch.command("accounts show", ["oidc"]);
  await watch.command("accounts rename", ["oidc", "bea"]);
  await watch.command("accounts default", ["oidc"]);
  await watch.command("apps show", ["oidc"]);
  await watch.command("platforms show", ["oidc"]);
  await watch.command("tokens status", ["--live"]);
  expect(await watch.command("tokens refresh", ["--all", "--force"])).toBe(0);
  expect(await watch.command("tokens print", ["oidc"], { prints: true })).toBe(0);
  expect(await watch.command("tokens print", ["oidc", "--format", "header"], { prints: true, json: false })).toBe(0);
  expect(await watch.command("publish", ["--account", "oidc", "hello"])).toBe(7);
  await watch.command("completion", ["bash"], { json: false });
  await watch.command("setup", ["oidc"]);
  expect(await watch.command("vault backup", [join(folder, "copy.db")])).toBe(0);
  expect(await watch.command("vault rotate")).toBe(0);
  expect(await watch.command("vault rekey", ["--add", "recovery"])).toBe(0);
  await connect(watch, space, server);
  expect(await watch.command("vault restore", [join(folder, "copy.db"), "--yes"])).toBe(0);
  await connect(watch, space, server);

  // The failures: a server that echoes what it was sent.
  server.refuse();
  expect(await watch.command("disconnect", ["oidc", "--yes"])).toBe(6);
  expect(await watch.command("tokens refresh", ["--all", "--force"])).toBe(4);
  // The access token itself lives for two seconds more, and is printed as long.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(await watch.command("tokens print", ["oidc"])).toBe(4);
  await watch.command("tokens status", ["--live"]);
  await watch.command("log");
  expect(await watch.command("disconnect", ["oidc", "--yes", "--no-revoke"])).toBe(0);
  expect(await watch.command("apps remove", ["oidc", "--yes"])).toBe(0);

  const sandbox = await start(["sandbox", "--port", "0", "--json", "--debug"], { env });
  await sandbox.line(/listening/);
  sandbox.kill("SIGTERM");
  const ended = await sandbox.ended;
  watch.used.add("sandbox");
  watch.check("sandbox", ended.stdout + ended.stderr);

  for (const line of watch.commandLines) expect(leaksIn(line), `a command line: ${line}`).toEqual([]);
  expect(watch.commandLines.size).toBeGreaterThan(10);
  expect([...watch.used].sort()).toEqual(commands.map(({ path }) => path).sort());
}, 120_000);
