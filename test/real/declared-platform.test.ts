/** A service that a file declares, by the built binary against oidc-provider; and a second server that must never be asked. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { type Ended, run, start } from "../e2e/command.ts";
import { awaitAuthorize, connectedAccount, decide, type ErrorDocument, type Setting, setting } from "./connection.ts";
import { confidentialClient } from "./oidc-server.ts";

/** Answers everything, and counts it. */
async function startElsewhere(): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response
      .setHeader("content-type", "application/json")
      .end('{"sub":"mallory","access_token":"a","token_type":"bearer"}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

interface Club extends Setting {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

const common = (host: string) => `id: club
name: "The \\e[31mClub"
site: https://club.example
hosts: [${host}]
scopes: [openid, profile, offline_access]
authorizeParameters: { prompt: consent }
tokenParameters: { audience: members }
redirect: { port: any, path: /callback/oidc }
refresh: { reuse: rotating, lifetime: 1h, deadGrantErrors: [gone_for_good] }
`;

const endpoints = (issuer: string) => `endpoints:
  authorize: ${issuer}/auth
  token: ${issuer}/token
  revoke: ${issuer}/token/revocation
  deviceAuthorization: ${issuer}/device/auth
check: { url: "${issuer}/me", id: /sub, handle: /preferred_username, name: /name }
`;

async function club(): Promise<Club> {
  const made = await setting();
  const { host } = new URL(made.server.issuer);
  const file = join(made.folder, "club.yaml");
  writeFileSync(file, common(host) + endpoints(made.server.issuer));
  const app = {
    AGENCYIQ_CLUB_CLIENT_ID: confidentialClient.client_id,
    AGENCYIQ_CLUB_CLIENT_SECRET: confidentialClient.client_secret,
  };
  return { ...made, file, env: { ...made.env, ...app } };
}

const json = (setting: Setting, ...args: string[]): Promise<Ended> => run([...args, "--json"], { env: setting.env });

async function connectClub(setting: Setting): Promise<Ended> {
  const started = await start(["connect", "club", "--no-browser", "--json"], { env: setting.env });
  const connecting = await awaitAuthorize(started);
  await decide(connecting);
  return connecting.ended;
}

it("is connected, kept alive, checked, printed, revoked and forgotten like any other, and survives a backup", async () => {
  const here = await club();
  const { env, server, file, folder } = here;
  expect((await json(here, "platforms", "add", file)).json()).toMatchObject({
    platform: "club",
    name: "The [31mClub",
    changed: false,
  });
  const { platforms } = (await json(here, "platforms", "list")).json<{ platforms: Record<string, unknown>[] }>();
  expect(platforms.find(({ platform }) => platform === "club")).toMatchObject({ declared: true, publishes: false });
  expect(platforms.find(({ platform }) => platform === "x")).toMatchObject({ declared: false });

  const account = connectedAccount(await connectClub(here));
  expect(account).toMatchObject({ account: "club/alice", externalId: "alice", name: "Alice" });
  expect(server.requests({ route: "token" }).at(-1)?.headers["authorization"]).toMatch(/^Basic /);
  expect(server.requests({ route: "token" }).at(-1)?.parameters).toMatchObject({ audience: "members" });

  const first = (await run(["tokens", "print", "club"], { env })).stdout.trim();
  expect((await json(here, "tokens", "refresh", "club", "--force")).code).toBe(0);
  const second = (await run(["tokens", "print", "club"], { env })).stdout.trim();
  expect(second).not.toBe(first);
  expect((await json(here, "tokens", "status", "--live")).code).toBe(0);
  expect((await run(["daemon", "--once"], { env })).code).toBe(0);

  // What would be forgotten with it is still needed.
  expect((await json(here, "platforms", "remove", "club", "--yes")).code).toBe(2);
  const copy = join(folder, "copy.db");
  expect((await json(here, "vault", "backup", copy)).code).toBe(0);
  expect((await json(here, "disconnect", "club", "--yes")).code).toBe(0);
  expect(server.requests({ route: "revocation" })).toHaveLength(2);
  expect((await json(here, "platforms", "remove", "club", "--yes")).code).toBe(0);
  const unknown = await json(here, "connect", "club");
  expect(unknown.json<ErrorDocument>().error.code).toBe("unknown_platform");
  expect((await json(here, "vault", "restore", copy, "--yes")).code).toBe(0);
  expect((await json(here, "platforms", "show", "club")).json()).toMatchObject({
    hosts: [new URL(server.issuer).host],
  });
  const { entries } = (await json(here, "log")).json<{ entries: { action: string }[] }>();
  expect(entries.map(({ action }) => action)).toContain("platform.added");
}, 60_000);

it("sends nothing to a host that it does not declare, whatever its server's metadata, a redirect or the vault says", async () => {
  const here = await club();
  const { env, server, file } = here;
  const elsewhere = await startElsewhere();
  const { host } = new URL(server.issuer);
  const discovered = `${common(host)}issuer: ${server.issuer}\ncheck: { handle: /preferred_username }\n`;
  writeFileSync(file, discovered);
  expect((await json(here, "platforms", "add", file)).code).toBe(0);
  const metadata = (await (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    unknown
  >;
  const lie = (name: string) =>
    server.order(
      { route: "discovery" },
      {
        kind: "answer",
        status: 200,
        headers: { "content-type": "application/json" },
        body: { ...metadata, [name]: `http://${elsewhere.host}/${name}` },
      },
    );

  // The page that a person is sent to.
  lie("authorization_endpoint");
  const refused = await run(["connect", "club", "--no-browser", "--json"], { env });
  expect(refused.json<ErrorDocument>().error).toMatchObject({ code: "host_not_declared" });
  // Where a code and the app's secret go, and where a token goes to learn whose it is.
  for (const name of ["token_endpoint", "userinfo_endpoint"]) {
    lie(name);
    const ended = await connectClub(here);
    expect(ended.code, name).toBe(2);
    expect(ended.stdout + ended.stderr, name).toContain(`does not declare http://${elsewhere.host}`);
  }

  expect(connectedAccount(await connectClub(here)).account).toBe("club/alice");
  // Somebody changes what is on disk.
  const database = new Sqlite(join(env["AGENCYIQ_HOME"] ?? "", "vault.db"));
  const { server_metadata: kept } = database.prepare("select server_metadata from credentials").get() as {
    server_metadata: string;
  };
  const put = (text: string) => database.prepare("update credentials set server_metadata = ?").run(text);
  put(kept.replaceAll(server.issuer, `http://${elsewhere.host}`));
  const failed = await json(here, "tokens", "refresh", "club", "--force");
  expect(failed.code).toBe(6);
  expect(failed.stdout).toContain("does not declare");
  const live = await json(here, "tokens", "status", "--live");
  expect(live.code).not.toBe(0);
  const revoked = await json(here, "disconnect", "club", "--yes");
  expect(revoked.code).toBe(2);
  put(kept);
  database.close();

  // An answer that sends the request on.
  server.order(
    { route: "userinfo" },
    { kind: "answer", status: 307, headers: { location: `http://${elsewhere.host}/me` } },
    3,
  );
  expect((await json(here, "tokens", "status", "--live")).code).not.toBe(0);
  expect(elsewhere.asked).toEqual([]);
  expect((await json(here, "tokens", "refresh", "club", "--force")).code).toBe(0);
}, 60_000);

it("asks before tokens and apps that there are go elsewhere by another file", async () => {
  const here = await club();
  const { env, server, file } = here;
  const elsewhere = await startElsewhere();
  expect((await json(here, "platforms", "add", file)).code).toBe(0);
  // Nothing there that could go elsewhere; and nothing that changes where it goes.
  writeFileSync(
    file,
    (common(`${elsewhere.host}, ${new URL(server.issuer).host}`) + endpoints(server.issuer)).replace("The", "A"),
  );
  expect((await json(here, "platforms", "add", file)).json()).toMatchObject({ changed: true });
  expect((await json(here, "apps", "set", "club", "--client-id", "kept", "--public")).code).toBe(0);
  connectedAccount(await connectClub(here));
  const before = (await json(here, "platforms", "show", "club")).stdout;

  const moved = (common(elsewhere.host) + endpoints(`http://${elsewhere.host}`)).replace("The", "Another");
  writeFileSync(file, moved);
  const { error } = (await json(here, "platforms", "add", file)).json<ErrorDocument>();
  expect(error).toMatchObject({ code: "question_without_terminal", hint: expect.stringContaining("--yes") });
  expect(error.message).toContain("club/alice");
  expect(error.message).toContain("the app kept");
  expect(error.message).toContain(`token: ${elsewhere.host} in place of ${new URL(server.issuer).host}`);
  expect((await json(here, "platforms", "show", "club")).stdout).toBe(before);
  expect((await json(here, "tokens", "refresh", "club", "--force")).code).toBe(0);
  expect(elsewhere.asked).toEqual([]);

  expect((await json(here, "platforms", "add", file, "--yes")).code).toBe(0);
  await run(["tokens", "status", "--live", "--json"], { env });
  expect(elsewhere.asked).toContain("GET /me");
}, 60_000);
