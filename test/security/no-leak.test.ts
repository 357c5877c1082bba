import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { type Ended, freePort, run, start, type Workspace, workspace } from "../e2e/command.ts";
import { type MailServer, startMailServer } from "../notify/mail-server.ts";
import { dressesOf } from "./dresses.ts";
import { type MarkedServer, mark, startMarkedServer } from "./marked-server.ts";
import { watchCommandLines } from "./process-watch.ts";

const clientSecret = `${mark}-client-secret-${"s".repeat(20)}`;
const passphrase = `${mark}-passphrase-not-a-word`;
/** A key of 32 bytes that can be recognized; all printable, it would be taken for a passphrase. */
const key = Buffer.alloc(32, 0xff).fill(mark, 0, mark.length);
const dresses = dressesOf(mark);

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

interface CommandOptions {
  readonly stdin?: string;
  /** Its stdout is a token, by design. */
  readonly prints?: boolean;
  readonly json?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout?: number;
}

class Watch {
  readonly commandLines = new Set<string>();
  readonly used = new Set<string>();
  readonly #space: Workspace;

  constructor(space: Workspace) {
    this.#space = space;
  }

  /** Runs a command at its most talkative and looks everywhere. */
  async command(words: string, args: readonly string[] = [], options: CommandOptions = {}): Promise<number | null> {
    const { stdin, prints = false, json = true, env = this.#space.env, timeout = 30_000 } = options;
    const all = [...words.split(" "), ...args, "--debug", ...(json ? ["--json"] : [])];
    const ended = await watchCommandLines(
      this.commandLines,
      run(all, { env, timeout, ...(stdin === undefined ? {} : { stdin }) }),
    );
    this.look(words, prints ? { ...ended, stdout: "" } : ended);
    return ended.code;
  }

  /** In JSON and in words for people. */
  async both(words: string, args: readonly string[] = []): Promise<(number | null)[]> {
    return [await this.command(words, args), await this.command(words, args, { json: false })];
  }

  async connect(server: MarkedServer): Promise<number | null> {
    return this.command("connect", ["oidc", "--issuer", server.url, "--port", String(await freePort())]);
  }

  look(words: string, { stdout, stderr }: Pick<Ended, "stdout" | "stderr">): void {
    this.used.add(words);
    expect(leaksIn(stdout + stderr), `${words} printed: ${stdout}${stderr}`).toEqual([]);
    for (const file of filesBelow(this.#space.folder))
      expect(leaksIn(file.text), `${words} left ${file.path}`).toEqual([]);
  }
}

/** A home whose environment is as full of secrets as it can be; what children are given is written down in `folder`. */
function markedWorkspace(): Workspace {
  const { folder, env } = workspace();
  // Where nobody looks for marks: it is one.
  const keyFile = join(workspace().folder, "key");
  writeFileSync(keyFile, key, { mode: 0o600 });
  mkdirSync(join(folder, "tmp"));
  const browser = join(folder, "browser.mjs");
  const note = join(folder, "child-environment.txt");
  writeFileSync(
    browser,
    `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(note)}, JSON.stringify(process.env)); const page = await (await fetch(process.argv[2])).text(); writeFileSync(${JSON.stringify(join(folder, "page.html"))}, page);`,
  );
  chmodSync(browser, 0o700);
  return {
    folder,
    env: {
      ...env,
      PATH: `${crontabIn(folder)}:${env["PATH"]}`,
      AGENCYIQ_KEY_FILE: keyFile,
      AGENCYIQ_OIDC_CLIENT_SECRET: clientSecret,
      TMPDIR: join(folder, "tmp"),
      BROWSER: `${process.execPath} ${browser}`,
    },
  };
}

/** In place of the system's, whose crontab is its owner's: keeps what it is given where it is looked for. */
function crontabIn(folder: string): string {
  const programs = join(folder, "programs");
  mkdirSync(programs);
  const table = join(folder, "crontab.txt");
  const script = `#!/bin/sh
case "$1" in
  -l) cat ${table} 2>/dev/null || { echo "no crontab for ada" >&2; exit 1; } ;;
  -r) rm ${table} ;;
  -) cat > ${table} ;;
esac
`;
  writeFileSync(join(programs, "crontab"), script, { mode: 0o700 });
  return programs;
}

/** A channel of every kind, each with a marked secret, and one whose password the mail server will tell back. */
async function addChannels(watch: Watch, server: MarkedServer, folder: string): Promise<MailServer> {
  const password = `${mark}-mail-${"p".repeat(20)}`;
  const address = `${server.url}/hook/${mark}-address-${"h".repeat(20)}`;
  const signing = `whsec_${Buffer.from(`${mark}-signing-${"k".repeat(20)}`).toString("base64")}`;
  const mail = await startMailServer({ account: { user: "me", password } });
  const smtp = ["--smtp", `smtp://me@127.0.0.1:${mail.port}`];
  const hook = join(folder, "hook.mjs");
  const note = JSON.stringify(join(folder, "hook-environment.txt"));
  writeFileSync(
    hook,
    `import { readFileSync, writeFileSync } from "node:fs"; writeFileSync(${note}, JSON.stringify(process.env) + readFileSync(0));`,
  );
  const channels: [args: string[], secret: string | null][] = [
    [["email", "owner@example.com", ...smtp], password],
    [["email", "owner@example.com", ...smtp, "--name", "wrong"], `${password}-but-wrong`],
    [["webhook", `${server.url}/hook`], signing],
    [["slack"], address],
    [["discord"], address],
    [["command", `${process.execPath} ${hook}`], null],
    [["desktop"], null],
  ];
  for (const [args, secret] of channels) {
    const given = secret === null ? [] : ["--secret-stdin"];
    const options = secret === null ? {} : { stdin: secret };
    expect(await watch.command("notify add", [...args, ...given], options), args[0]).toBe(0);
  }
  return mail;
}

/** A platform from a file, a token from a file that is taken over for it, and one that its server echoes. */
async function declareAndImport(watch: Watch, server: MarkedServer): Promise<void> {
  // Where nobody looks for marks: the tokens stand there as they are.
  const { folder } = workspace();
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const service = write(
    "club.yaml",
    `id: club\nname: Club\nsite: https://club.example\nhosts: [${new URL(server.url).host}]
endpoints: { authorize: "${server.url}/authorize", token: "${server.url}/token", userinfo: "${server.url}/userinfo" }\n`,
  );
  expect(await watch.command("platforms add", [service])).toBe(0);
  const tokens = write(
    "tokens.env",
    `CLUB_ACCESS_TOKEN=${mark}-access-${"a".repeat(20)}\nCLUB_REFRESH_TOKEN=${mark}-refresh-${"r".repeat(20)}
CLUB_CLIENT_ID=client\nCLUB_CLIENT_SECRET=${clientSecret}\n`,
  );
  expect(await watch.command("import", [tokens, "--dry-run"])).toBe(0);
  for (const echo of ["raw", "cut", "decoded"] as const) {
    server.refuse(echo);
    expect(await watch.command("import", [tokens, "--yes"], { json: echo === "raw" }), echo).toBe(4);
  }
  server.refuse(null);
  const broken = write("tokens.json", `{"accessToken": "${mark}-broken-${"b".repeat(20)}", }`);
  expect(await watch.command("import", [broken, "--yes"])).toBe(2);
  expect(await watch.command("platforms remove", ["club", "--yes"])).toBe(0);
}

/** The next commit of a refresh fails, as on a broken disk. */
function breakStore(home: string): () => void {
  const change = (sql: string) => {
    const database = new Sqlite(join(home, "vault.db"));
    database.exec(sql);
    database.close();
  };
  change("create trigger broken before update on secrets begin select raise(abort, 'broken'); end");
  return () => change("drop trigger broken");
}

it("plants marked secrets and finds them nowhere, whatever command runs", async () => {
  const server = await startMarkedServer();
  onTestFinished(() => server.close());
  const space = markedWorkspace();
  const { env, folder } = space;
  const { AGENCYIQ_KEY_FILE: keyFile = "", AGENCYIQ_HOME: home = "", ...rest } = env;
  const typed = { ...rest, AGENCYIQ_HOME: home, AGENCYIQ_PASSPHRASE: passphrase };
  const watch = new Watch(space);

  expect(await watch.command("vault init", [], { env: typed })).toBe(0);
  const add = ["--add", "file", "--new-key-file", keyFile];
  expect(await watch.command("vault rekey", add, { env: typed })).toBe(0);
  const endpoints = ["authorize", "token", "userinfo", "revoke"].flatMap((name) => [
    `--${name}-url`,
    `${server.url}/${name}`,
  ]);
  const app = ["oidc", "--issuer", server.url, "--client-id", "client", ...endpoints, "--secret-stdin"];
  expect(await watch.command("apps set", app, { stdin: clientSecret })).toBe(0);
  expect(await watch.connect(server)).toBe(0);
  expect(await watch.command("tokens print", ["oidc"], { prints: true, env: typed })).toBe(0);
  expect(existsSync(join(folder, "child-environment.txt"))).toBe(true);
  const mail = await addChannels(watch, server, folder);
  // The wrong password and the desktop that is not there.
  expect(await watch.both("notify test")).toEqual([3, 3]);
  expect(await watch.command("notify test", ["slack"], { env: typed })).toBe(0);
  expect(existsSync(join(folder, "hook-environment.txt"))).toBe(true);
  for (const words of [
    "accounts list",
    "tokens status",
    "apps list",
    "platforms list",
    "vault status",
    "log",
    "notify list",
    "notify log",
  ]) {
    expect(await watch.both(words), words).toEqual([0, 0]);
  }
  await watch.both("doctor");
  expect(await watch.both("doctor", ["--as-cron"])).toEqual([0, 0]);
  const proxied = { ...env, HTTPS_PROXY: `http://ada:${mark}@127.0.0.1:9` };
  for (const scheduler of ["crontab", "systemd", "launchd"]) {
    for (const full of [typed, proxied])
      expect(await watch.command("cron install", ["--with", scheduler, "--dry-run"], { env: full })).toBe(0);
  }
  expect(await watch.command("cron install", ["--with", "crontab"], { env: proxied })).toBe(0);
  expect(await watch.both("cron install", ["--with", "crontab"])).toEqual([0, 0]);
  expect(await watch.both("daemon", ["--once"])).toEqual([0, 0]);
  expect(existsSync(join(folder, "crontab.txt"))).toBe(true);
  expect(await watch.both("cron show")).toEqual([0, 0]);
  expect(await watch.both("doctor", ["--as-cron"])).toEqual([0, 0]);
  expect(await watch.both("cron remove")).toEqual([0, 0]);
  for (const words of ["accounts show", "apps show", "platforms show", "accounts default"]) {
    expect(await watch.both(words, ["oidc"]), words).toEqual([0, 0]);
  }
  expect(await watch.command("accounts rename", ["oidc", "bea"])).toBe(0);
  expect(await watch.both("tokens status", ["--live"])).toEqual([0, 0]);
  expect(await watch.both("tokens refresh", ["--all", "--force"])).toEqual([0, 0]);
  expect(await watch.command("tokens print", ["oidc"], { prints: true })).toBe(0);
  expect(await watch.command("tokens print", ["oidc", "--format", "header"], { prints: true, json: false })).toBe(0);
  expect(await watch.both("publish", ["--account", "oidc", "hello"])).toEqual([7, 7]);
  writeFileSync(join(folder, "post.md"), "---\nto: oidc\n---\nhello\n");
  writeFileSync(join(folder, "posts.csv"), "to,text\noidc,hello\noidc,there\n");
  expect(await watch.both("publish", ["--file", join(folder, "post.md")])).toEqual([7, 7]);
  expect(await watch.both("publish", ["--csv", join(folder, "posts.csv"), "--dry-run"])).toEqual([7, 7]);
  expect(await watch.both("posts export", ["--file", join(folder, "post.md")])).toEqual([0, 0]);
  // With a platform that posts: below.
  expect(await watch.both("posts list")).toEqual([0, 0]);
  expect(await watch.both("posts reconcile")).toEqual([0, 0]);
  for (const words of ["show", "export", "edit", "cancel", "retry", "approve", "delete"].map((verb) => `posts ${verb}`))
    expect(await watch.both(words, ["0123", ...(words.endsWith("edit") ? ["other words"] : [])]), words).toEqual([
      2, 2,
    ]);
  const quota = ["--cycle-start", "2026-01-01", "--quota", "0"];
  expect(await watch.command("brands add", ["globex", ...quota])).toBe(0);
  expect(await watch.both("brands set", ["default", ...quota])).toEqual([0, 0]);
  for (const words of ["brands list", "cycle status"]) expect(await watch.both(words), words).toEqual([0, 0]);
  expect(await watch.both("brands show", ["default"])).toEqual([0, 0]);
  expect(await watch.command("brands remove", ["globex", "--yes"])).toBe(0);
  expect(await watch.command("brands set", ["default", "--no-cycle"])).toBe(0);
  await watch.command("completion", ["bash"], { json: false });
  await watch.command("setup", ["oidc"]);
  expect(await watch.command("vault backup", [join(folder, "copy.db")])).toBe(0);
  expect(await watch.command("vault rotate")).toBe(0);
  expect(await watch.command("vault rekey", ["--add", "recovery"])).toBe(0);
  const wrong = { ...typed, AGENCYIQ_PASSPHRASE: `${passphrase}-but-wrong` };
  expect(await watch.command("tokens print", ["oidc"], { env: wrong })).toBe(5);
  expect(await watch.connect(server)).toBe(0);
  expect(await watch.command("vault restore", [join(folder, "copy.db"), "--yes"])).toBe(0);
  expect(await watch.connect(server)).toBe(0);

  // Tokens that cannot be committed are kept in a sealed file.
  const mend = breakStore(home);
  // A store that refuses is given a minute.
  expect(await watch.command("tokens refresh", ["oidc", "--force"], { timeout: 90_000 })).not.toBe(0);
  expect(readdirSync(join(home, "rescue"))).toHaveLength(1);
  mend();
  expect(await watch.command("tokens refresh", ["oidc", "--force"])).toBe(0);

  // The failures: a server that echoes what it was sent.
  for (const echo of ["raw", "cut", "decoded"] as const) {
    server.refuse(null);
    expect(await watch.connect(server), echo).toBe(0);
    server.refuse(echo);
    expect(await watch.connect(server), echo).toBe(4);
    expect(await watch.both("disconnect", ["oidc", "--yes"]), echo).toEqual([6, 6]);
    expect(await watch.both("tokens status", ["--live"]), echo).toEqual([4, 4]);
    expect(await watch.both("tokens refresh", ["--all", "--force"]), echo).toEqual([4, 4]);
    expect(await watch.both("log"), echo).toEqual([0, 0]);
    expect(await watch.both("notify test"), echo).toEqual([3, 3]);
    expect(await watch.both("notify list"), echo).toEqual([0, 0]);
    expect(await watch.both("notify log"), echo).toEqual([0, 0]);
  }
  // What left this machine to tell the owner.
  expect(mail.mails.map(({ headers }) => headers["x-agencyiq-event"])).toContain("needs_reauth");
  expect(server.told.join("\n")).toContain("needs_reauth");
  expect(leaksIn([...mail.mails.map(({ raw, body }) => raw + body), ...server.told].join("\n"))).toEqual([]);
  expect(await watch.command("notify remove", ["slack", "--yes"])).toBe(0);
  // The access token itself lives for two seconds more, and is printed as long.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(await watch.both("tokens print", ["oidc"])).toEqual([4, 4]);
  expect(await watch.both("tokens status")).toEqual([4, 4]);
  await watch.both("doctor");
  expect(await watch.command("disconnect", ["oidc", "--yes", "--no-revoke"])).toBe(0);
  expect(await watch.command("apps remove", ["oidc", "--yes"])).toBe(0);
  await declareAndImport(watch, server);

  const sandbox = await start(["sandbox", "--port", "0", "--json", "--debug"], { env });
  await sandbox.line(/listening/);
  sandbox.kill("SIGTERM");
  watch.look("sandbox", await sandbox.ended);

  for (const line of watch.commandLines) expect(leaksIn(line), `a command line: ${line}`).toEqual([]);
  expect(watch.commandLines.size).toBeGreaterThan(10);
  expect([...watch.used].sort()).toEqual(commands.map(({ path }) => path).sort());
}, 240_000);

it("plants them in OAuth 1.0a, too: the app's secret, the token's, the verifier", async () => {
  const server = await startMarkedServer();
  onTestFinished(() => server.close());
  const space = markedWorkspace();
  const env = {
    ...space.env,
    AGENCYIQ_ENDPOINT_URL: server.url,
    AGENCYIQ_X_CONSUMER_KEY: "key",
    AGENCYIQ_X_CONSUMER_SECRET: clientSecret,
  };
  const watch = new Watch({ ...space, env });
  const connect = async () =>
    watch.command("connect", ["x", "--credential", "oauth1", "--port", String(await freePort())]);

  expect(await connect()).toBe(0);
  const set = ["x", "--credential", "oauth1", "--client-id", "key", "--secret-stdin"];
  expect(await watch.command("apps set", set, { stdin: clientSecret })).toBe(0);
  const pin = ["x", "--credential", "oauth1", "--manual"];
  expect(await watch.command("connect", pin, { stdin: "1234567\n" })).toBe(0);
  expect(await watch.both("publish", ["--account", "x", "hello"])).toEqual([0, 0]);
  const newest = async () => {
    const { posts } = (await run(["posts", "list", "--json"], { env })).json<{ posts: { id: string }[] }>();
    return posts[0]?.id ?? "";
  };
  expect(await watch.both("posts delete", [await newest(), "--yes"])).toEqual([0, 0]);
  expect(await watch.command("publish", ["--account", "x", "--at", "+1h", "later"])).toBe(0);
  const later = await newest();
  expect(await watch.both("posts edit", [later, "other words", "--at", "+2h"])).toEqual([0, 0]);
  for (const verb of ["show", "export", "approve", "cancel", "retry"])
    expect(await watch.both(`posts ${verb}`, [later]), verb).toEqual([0, 0]);
  expect(await watch.both("tokens status", ["--live"])).toEqual([0, 0]);
  expect(await watch.both("tokens print", ["x"])).toEqual([2, 2]);
  for (const words of ["accounts show", "apps show", "platforms show"]) {
    expect(await watch.both(words, ["x"]), words).toEqual([0, 0]);
  }
  for (const echo of ["raw", "cut", "decoded"] as const) {
    server.refuse(null);
    expect(await connect(), echo).toBe(0);
    server.refuse(echo);
    expect(await connect(), echo).toBe(4);
    expect(await watch.both("disconnect", ["x", "--yes"]), echo).toEqual([1, 1]);
    expect(await watch.both("publish", ["--account", "x", `hello ${echo}`]), echo).toEqual([4, 4]);
    expect(await watch.both("posts retry", [await newest()]), echo).toEqual([4, 4]);
    for (const words of ["posts list", "posts reconcile", "log"]) expect(await watch.both(words), echo).toEqual([0, 0]);
    expect(await watch.both("posts show", [await newest()]), echo).toEqual([0, 0]);
    expect(await watch.command("posts cancel", [await newest()]), echo).toBe(0);
    expect(await watch.both("publish", ["--due"]), echo).toEqual([0, 0]);
    expect(await watch.both("tokens status", ["--live"]), echo).toEqual([4, 4]);
  }
  server.refuse(null);
  expect(await watch.command("disconnect", ["x", "--yes"])).toBe(0);
  for (const line of watch.commandLines) expect(leaksIn(line), `a command line: ${line}`).toEqual([]);
}, 120_000);

it("plants them in a login with several identities: the login's token, and those of its Pages", async () => {
  const server = await startMarkedServer();
  onTestFinished(() => server.close());
  const space = markedWorkspace();
  const env = {
    ...space.env,
    AGENCYIQ_ENDPOINT_URL: server.url,
    AGENCYIQ_FACEBOOK_CLIENT_ID: "app",
    AGENCYIQ_FACEBOOK_CLIENT_SECRET: clientSecret,
  };
  const watch = new Watch({ ...space, env });
  const connect = async (...more: string[]) =>
    watch.command("connect", ["facebook", "--port", String(await freePort()), ...more]);

  // What there is to choose from is told, and the Pages' tokens came with it.
  expect(await connect()).toBe(2);
  expect(await connect("--select", "nobody")).toBe(2);
  expect(await connect("--select", "all")).toBe(0);
  expect(await watch.both("tokens status", ["--live"])).toEqual([0, 0]);
  expect(await watch.both("tokens refresh", ["--all", "--force"])).toEqual([0, 0]);
  expect(await watch.both("publish", ["--account", "facebook/100", "hello"])).toEqual([0, 0]);
  expect(await watch.both("accounts show", ["facebook/100"])).toEqual([0, 0]);
  expect(await watch.both("log")).toEqual([0, 0]);
  for (const echo of ["raw", "cut", "decoded"] as const) {
    server.refuse(null);
    expect(await connect("--select", "100", "--select", "200"), echo).toBe(0);
    server.refuse(echo);
    expect(await connect("--select", "all"), echo).not.toBe(0);
    expect(await watch.both("tokens status", ["--live"]), echo).toEqual([4, 4]);
    // What is told back may be taken for another refusal, as that of a wrong proof.
    expect(await watch.both("publish", ["--account", "facebook/200", `hello ${echo}`]), echo).not.toContain(0);
    for (const words of ["posts list", "log", "notify log"]) expect(await watch.both(words), echo).toEqual([0, 0]);
    expect(await watch.command("tokens refresh", ["--all", "--force"]), echo).not.toBe(0);
  }
  expect(await watch.command("disconnect", ["facebook/100", "--yes"])).toBe(0);
  expect(await watch.command("disconnect", ["facebook/200", "--yes"])).not.toBeNull();
  for (const line of watch.commandLines) expect(leaksIn(line), `a command line: ${line}`).toEqual([]);
}, 120_000);

it("would find a mark in each of its dresses", () => {
  const basic = Buffer.from(`client:${clientSecret}`).toString("base64");
  const form = new URLSearchParams({ token: `${mark}-access` }).toString();
  const inBasic = Buffer.from(`a:${encodeURIComponent(clientSecret)}`).toString("base64");
  const hex = Buffer.from(`..${mark}..`).toString("hex");
  for (const text of [`a ${mark} b`, basic, inBasic, form, form.toLowerCase().replace("planted", "PLANTED"), hex])
    expect(leaksIn(text), text).not.toEqual([]);
});
