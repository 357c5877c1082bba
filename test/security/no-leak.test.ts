import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { start, workspace } from "../e2e/command.ts";
import { type MailServer, startMailServer } from "../notify/mail-server.ts";
import { type MarkedServer, mark, startMarkedServer } from "./marked-server.ts";
import { clientSecret, leaksIn, markedWorkspace, passphrase, Watch } from "./watch.ts";

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
  const lists = ["accounts list", "tokens status", "apps list", "platforms list", "vault status"];
  await watch.readers(0, [...lists, "log", "notify list", "notify log", "posts list", "posts reconcile"]);
  await watch.readers(null, ["doctor"]);
  await watch.readers(0, ["doctor"], ["--as-cron"]);
  const proxied = { ...env, HTTPS_PROXY: `http://ada:${mark}@127.0.0.1:9` };
  for (const scheduler of ["crontab", "systemd", "launchd"]) {
    for (const full of [typed, proxied])
      expect(await watch.command("cron install", ["--with", scheduler, "--dry-run"], { env: full })).toBe(0);
  }
  expect(await watch.command("cron install", ["--with", "crontab"], { env: proxied })).toBe(0);
  expect(await watch.both("cron install", ["--with", "crontab"])).toEqual([0, 0]);
  expect(await watch.both("daemon", ["--once"])).toEqual([0, 0]);
  expect(existsSync(join(folder, "crontab.txt"))).toBe(true);
  await watch.readers(0, ["cron show"]);
  await watch.readers(0, ["doctor"], ["--as-cron"]);
  expect(await watch.both("cron remove")).toEqual([0, 0]);
  await watch.readers(0, ["accounts show", "apps show", "platforms show"], ["oidc"]);
  expect(await watch.both("accounts default", ["oidc"])).toEqual([0, 0]);
  expect(await watch.command("accounts rename", ["oidc", "bea"])).toBe(0);
  await watch.readers(0, ["tokens status"], ["--live"]);
  expect(await watch.both("tokens refresh", ["--all", "--force"])).toEqual([0, 0]);
  expect(await watch.command("tokens print", ["oidc"], { prints: true })).toBe(0);
  expect(await watch.command("tokens print", ["oidc", "--format", "header"], { prints: true, json: false })).toBe(0);
  // With a platform that posts: logins-no-leak.test.ts.
  await watch.readers(7, ["publish"], ["--account", "oidc", "hello"]);
  writeFileSync(join(folder, "post.md"), "---\nto: oidc\n---\nhello\n");
  writeFileSync(join(folder, "posts.csv"), "to,text\noidc,hello\noidc,there\n");
  await watch.readers(7, ["publish"], ["--file", join(folder, "post.md")]);
  await watch.readers(7, ["publish"], ["--csv", join(folder, "posts.csv"), "--dry-run"]);
  await watch.readers(0, ["posts export"], ["--file", join(folder, "post.md")]);
  const verbs = ["show", "export", "cancel", "retry", "approve", "delete"].map((verb) => `posts ${verb}`);
  await watch.readers(2, verbs, ["0123"]);
  await watch.readers(2, ["posts edit"], ["0123", "other words"]);
  const quota = ["--cycle-start", "2026-01-01", "--quota", "0"];
  expect(await watch.command("brands add", ["globex", ...quota])).toBe(0);
  expect(await watch.both("brands set", ["default", ...quota])).toEqual([0, 0]);
  await watch.readers(0, ["brands list", "cycle status"]);
  await watch.readers(0, ["brands show"], ["default"]);
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
    await watch.readers(4, ["tokens status"], ["--live"]);
    expect(await watch.both("tokens refresh", ["--all", "--force"]), echo).toEqual([4, 4]);
    await watch.readers(3, ["notify test"]);
    await watch.readers(0, ["notify list"]);
  }
  // What they hold of all three.
  await watch.readers(0, ["log", "notify log"], ["--limit", "10000"]);
  // What left this machine to tell the owner.
  expect(mail.mails.map(({ headers }) => headers["x-agencyiq-event"])).toContain("needs_reauth");
  expect(server.told.join("\n")).toContain("needs_reauth");
  expect(leaksIn([...mail.mails.map(({ raw, body }) => raw + body), ...server.told].join("\n"))).toEqual([]);
  expect(await watch.command("notify remove", ["slack", "--yes"])).toBe(0);
  // The access token itself lives for two seconds more, and is printed as long.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await watch.readers(4, ["tokens print"], ["oidc"]);
  await watch.readers(4, ["tokens status"]);
  await watch.readers(null, ["doctor"]);
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
}, 600_000);

it("would find a mark in each of its dresses", () => {
  const basic = Buffer.from(`client:${clientSecret}`).toString("base64");
  const form = new URLSearchParams({ token: `${mark}-access` }).toString();
  const inBasic = Buffer.from(`a:${encodeURIComponent(clientSecret)}`).toString("base64");
  const hex = Buffer.from(`..${mark}..`).toString("hex");
  for (const text of [`a ${mark} b`, basic, inBasic, form, form.toLowerCase().replace("planted", "PLANTED"), hex])
    expect(leaksIn(text), text).not.toEqual([]);
});
