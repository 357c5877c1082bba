/** What crosses the daemon's socket, byte by byte: of all secrets, only an access token that was asked for. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { connect as connectTo, createServer } from "node:net";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { keyFileSource } from "../../src/system/key-file.ts";
import { unwrapKey } from "../../src/vault/key-hierarchy.ts";
import { dataKeyName, wrappingKey } from "../../src/vault/keyring.ts";
import { readMeta } from "../../src/vault/meta.ts";
import { unlock } from "../../src/vault/unlock.ts";
import { clock, random } from "../conformance/ports.ts";
import { startDaemon } from "../e2e/agent-daemon.ts";
import { freePort, run, workspace } from "../e2e/command.ts";
import { connectX, orderFault, sandboxed } from "../e2e/sandboxed.ts";
import { custodyIn, plan } from "../vault/home.ts";
import { dressesOf } from "./dresses.ts";
import { mark, startMarkedServer } from "./marked-server.ts";

interface Tap {
  /** Everything that went either way since the last look. */
  take(): string;
}

/** Stands in the socket's place and passes everything on. */
async function tapped(socket: string): Promise<Tap> {
  const chunks: Buffer[] = [];
  renameSync(socket, `${socket}.real`);
  const server = createServer((client) => {
    const daemon = connectTo(`${socket}.real`);
    for (const [from, to] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      from.on("data", (chunk: Buffer) => chunks.push(chunk));
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
  onTestFinished(() => void server.close());
  return { take: () => Buffer.concat(chunks.splice(0)).toString("latin1") };
}

/** The traffic without the tokens in answers that are to hold one, and how many there were. */
function withoutHanded(traffic: string): { rest: string; handed: number } {
  const pattern = /"accessToken":"[^"]*"/g;
  return { rest: traffic.replace(pattern, ""), handed: traffic.match(pattern)?.length ?? 0 };
}

const leaksIn = (text: string, dresses: readonly string[]) => dresses.filter((dress) => text.includes(dress));

function dressesOfKey(key: Buffer): string[] {
  const base64 = [0, 1, 2].map((lead) =>
    Buffer.concat([Buffer.alloc(lead), key])
      .toString("base64")
      .slice(4, -4),
  );
  return [key.toString("latin1"), key.toString("hex"), ...base64];
}

it("the tokens, client secret and key of a server that echoes what it was sent", async () => {
  const server = await startMarkedServer();
  onTestFinished(() => server.close());
  const { folder, env: usual } = workspace();
  const keyFile = join(folder, "key");
  writeFileSync(keyFile, Buffer.alloc(32, 0xff).fill(mark, 0, mark.length), { mode: 0o600 });
  const browser = join(folder, "browser.mjs");
  writeFileSync(browser, "await fetch(process.argv[2]);");
  const XDG_RUNTIME_DIR = join(folder, "runtime");
  mkdirSync(XDG_RUNTIME_DIR, { mode: 0o700 });
  const secret = { AGENCYIQ_OIDC_CLIENT_SECRET: `${mark}-secret-${"s".repeat(20)}`, AGENCYIQ_OIDC_CLIENT_ID: "client" };
  const env = { ...usual, ...secret, XDG_RUNTIME_DIR, BROWSER: `${process.execPath} ${browser}` };
  const dresses = dressesOf(mark);
  const command = async (...words: string[]) => run(words, { env });
  const connect = async () =>
    expect((await command("connect", "oidc", "--issuer", server.url, "--port", String(await freePort()))).code).toBe(0);

  expect((await command("vault", "init")).code).toBe(0);
  const endpoints = ["authorize", "token", "userinfo", "revoke"].map((name) => `--${name}-url=${server.url}/${name}`);
  const app = ["apps", "set", "oidc", "--issuer", server.url, "--client-id", "client", ...endpoints, "--secret-stdin"];
  expect((await run(app, { env, stdin: secret.AGENCYIQ_OIDC_CLIENT_SECRET })).code).toBe(0);
  await connect();
  const tap = await tapped((await startDaemon(env)).socket);

  const crossed = async (handed: number, words: readonly string[], code: number) => {
    expect((await run(words, { env })).code, words.join(" ")).toBe(code);
    const traffic = tap.take();
    expect(traffic).toContain('"begun":true');
    const told = withoutHanded(traffic);
    expect(told.handed, words.join(" ")).toBe(handed);
    expect(leaksIn(told.rest, dresses), `${words.join(" ")}: ${told.rest}`).toEqual([]);
    return traffic;
  };
  expect(leaksIn(await crossed(1, ["tokens", "print", "oidc"], 0), dresses)).not.toEqual([]);
  await crossed(0, ["tokens", "refresh", "oidc", "--force"], 0);
  await crossed(0, ["tokens", "status", "--live"], 0);
  await crossed(0, ["publish", "--account", "oidc", "hello"], 7);
  for (const echo of ["raw", "cut", "decoded"] as const) {
    server.refuse(null);
    await connect();
    server.refuse(echo);
    await crossed(0, ["disconnect", "oidc", "--yes"], 6);
    await crossed(0, ["tokens", "status", "--live"], 4);
    await crossed(0, ["tokens", "refresh", "--all", "--force"], 4);
  }
  server.refuse(null);
  await connect();
  await crossed(0, ["disconnect", "oidc", "--yes"], 0);
}, 90_000);

it("the tokens of X, the key file, the root key and the data key", async () => {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  const XDG_RUNTIME_DIR = join(space.folder, "runtime");
  mkdirSync(XDG_RUNTIME_DIR, { mode: 0o700 });
  const env = { ...space.env, XDG_RUNTIME_DIR };
  const { AGENCYIQ_HOME: home = "", AGENCYIQ_KEY_FILE: path = "" } = space.env;
  const source = keyFileSource({ path, credentialsDirectory: null, random });
  const vault = await custodyIn(home, clock).open(plan(source));
  onTestFinished(() => vault.close());

  const secrets = new Set(dressesOf("sandbox-x-secret"));
  const tokens = new Set<string>();
  const collect = async () => {
    const [account] = await vault.accounts();
    const [credential] = account?.credentials ?? [];
    if (!credential) throw new Error("nothing is connected");
    for (const dress of dressesOf((await vault.secret(credential, "refresh_token")) ?? "")) secrets.add(dress);
    tokens.add((await vault.secret(credential, "access_token")) ?? "");
  };
  const database = new Sqlite(join(home, "vault.db"), { readonly: true });
  const keyCheck = Buffer.from(readMeta(database, "key_check"), "base64");
  const { rootKey } = await unlock(database, vault.id, keyCheck, plan(source));
  const wrapped = database.prepare("select wrapped_key from data_keys where term = 1").pluck().get() as Buffer;
  const dataKey = unwrapKey(wrappingKey(rootKey), wrapped, dataKeyName(vault.id, 1)) ?? Buffer.alloc(0);
  const [slot] = database.prepare("select id, parameters from key_slots").all() as { id: string; parameters: string }[];
  const fileKey = await source.read({ id: slot?.id ?? "", parameters: {} }, vault.id);
  database.close();
  for (const key of [rootKey, dataKey, Buffer.from(fileKey)]) {
    expect(key).toHaveLength(32);
    for (const dress of dressesOfKey(key)) secrets.add(dress);
  }

  await collect();
  const tap = await tapped((await startDaemon(env)).socket);
  const commands: readonly (readonly string[])[] = [
    ["tokens", "print", "x"],
    ["tokens", "refresh", "x", "--force"],
    ["tokens", "status", "--live"],
    ["publish", "--platform", "x", "Nothing to see"],
    ["publish", "--platform", "x", "--at", "+1h", "--key", "later", "Later"],
    ["posts", "retry", "later"],
    ["tokens", "print", "x", "--format", "json"],
    ["disconnect", "x", "--yes"],
  ];
  const newest = (): string => {
    const store = new Sqlite(join(home, "vault.db"), { readonly: true });
    const id = store.prepare("select id from posts order by created_at desc limit 1").pluck().get() as string;
    store.close();
    return id;
  };
  let handed = 0;
  for (const words of commands) {
    if (words[0] === "disconnect") await orderFault(space.sandbox, { path: "/2/oauth2/revoke", fault: "drop-after" });
    const ended = await run(
      words.map((word) => (words[0] === "posts" && word === "later" ? newest() : word)),
      { env },
    );
    expect(ended.code, ended.stderr).toBe(words[0] === "disconnect" ? 6 : 0);
    await collect();
    const traffic = tap.take();
    expect(traffic, words.join(" ")).toContain('"begun":true');
    const told = withoutHanded(traffic);
    handed += told.handed;
    const found = [
      ...leaksIn(told.rest, [...secrets]),
      ...leaksIn(traffic, [...secrets]),
      ...leaksIn(told.rest, [...tokens]),
    ];
    expect(found, words.join(" ")).toEqual([]);
  }
  expect(handed).toBe(2);
  expect(tokens.size).toBe(2);
}, 60_000);
