/** Tokens of other programs, taken over by the built binary from the sandbox's X, and what is not taken. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { nsecOf } from "../../src/sandbox/nostr/people.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { XClient } from "../sandbox/x-client.ts";
import { XOAuth1Client } from "../sandbox/x-oauth1-client.ts";
import { type Ended, run, type Workspace, workspace } from "./command.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
  return () => sandbox.close();
});

const app = { clientId: "sandbox-x-client", clientSecret: "sandbox-x-secret" };

interface Told {
  readonly tokens: readonly {
    readonly place: string;
    readonly platform: string | null;
    readonly outcome: string;
    readonly accounts: readonly string[];
    readonly app: string | null;
    readonly notes: readonly string[];
    readonly why: string | null;
    readonly code: string | null;
  }[];
}

function space(): Workspace {
  return workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url });
}

/** Written once; every import leaves it as it was, to the byte and the millisecond. */
function file({ folder }: Workspace, name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o400 });
  return path;
}

async function taken(
  space: Workspace,
  path: string,
  more: readonly string[],
  secrets: readonly string[],
): Promise<Ended & { told: Told }> {
  const before = { bytes: readFileSync(path, "utf8"), modified: statSync(path).mtimeMs };
  const ended = await run(["import", ...more, "--json", "--debug"], { env: space.env });
  expect({ bytes: readFileSync(path, "utf8"), modified: statSync(path).mtimeMs }).toEqual(before);
  for (const secret of secrets) expect(ended.stdout + ended.stderr).not.toContain(secret);
  const [line = "{}"] = ended.stdout.trim().split("\n").slice(-1);
  return { ...ended, told: JSON.parse(line) as Told };
}

const json = async (space: Workspace, ...args: string[]) => run([...args, "--json"], { env: space.env });

it("takes logins of a .env over, as they are named in many places, and says what it left", async () => {
  const here = space();
  const { token, tokenSecret } = await new XOAuth1Client(sandbox).connect();
  const key = nsecOf({ handle: "acme", name: "Acme Bakery" });
  const path = file(
    here,
    "social.env",
    `TWITTER_ACCESS_TOKEN_KEY=${token}
TWITTER_ACCESS_TOKEN_SECRET=${tokenSecret}
TWITTER_API_CONSUMER_KEY=sandbox-x-api-key
TWITTER_API_CONSUMER_SECRET="sandbox-x-api-key-secret"
LINKEDIN_ACCESS_TOKEN=a-token-that-linkedin-never-gave
FRIENDSTER_ACCESS_TOKEN=a-token-of-a-place-that-is-gone
X_BEARER_TOKEN=AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA
NOSTR_PRIVATE_KEY=${key}
NOSTR_RELAYS=wss://relay.example.com,wss://relay.example.org
EMPTY_ACCESS_TOKEN=
DATABASE_URL=postgres://nothing-of-ours
`,
  );
  const secrets = [key, token, tokenSecret, "sandbox-x-api-key-secret", "a-token-that-linkedin-never-gave"];

  const plan = await taken(here, path, [path, "--dry-run"], secrets);
  expect(plan.code).toBe(3);
  expect(plan.told.tokens[1]).toMatchObject({ place: "TWITTER_ACCESS_TOKEN_KEY", platform: "x", outcome: "found" });
  expect((await json(here, "accounts", "list")).json()).toEqual({ accounts: [] });

  const asked = await taken(here, path, [path], secrets);
  expect(asked).toMatchObject({ code: 2 });
  expect(asked.stdout).toContain("question_without_terminal");

  const { code, told } = await taken(here, path, [path, "--yes"], secrets);
  expect(code).toBe(3);
  const outcomes = told.tokens.map(({ place, outcome, accounts }) => [place, outcome, ...accounts]);
  expect(outcomes).toEqual([
    ["NOSTR_PRIVATE_KEY", "taken", "nostr/acme"],
    ["TWITTER_ACCESS_TOKEN_KEY", "taken", "x/acme"],
    ["LINKEDIN_ACCESS_TOKEN", "refused"],
    ["FRIENDSTER_ACCESS_TOKEN", "skipped"],
    ["X_BEARER_TOKEN", "skipped"],
  ]);
  expect(told.tokens[1]?.app).toBe("sandbox-x-api-key");
  expect(told.tokens[2]?.code).toBe("needs_reauth");
  expect((await json(here, "publish", "--account", "x", "from what was imported")).code).toBe(0);

  // Again: what is here stays.
  const again = await taken(here, path, [path, "--yes"], secrets);
  expect(again.told.tokens.map(({ outcome }) => outcome)).toEqual([
    "already",
    "already",
    "refused",
    "skipped",
    "skipped",
  ]);
  // All that there is was refused.
  const refused = file(here, "refused.env", "X_ACCESS_TOKEN=never-given\nLINKEDIN_ACCESS_TOKEN=nor-this\n");
  expect((await taken(here, refused, [refused, "--yes"], ["never-given", "nor-this"])).code).toBe(4);
  expect((await json(here, "accounts", "list")).json<{ accounts: unknown[] }>().accounts).toHaveLength(2);
}, 60_000);

it("takes a JSON file of either spelling: with its app, its end and its refresh token", async () => {
  const here = space();
  const client = new XClient(sandbox);
  const login = await client.connect();
  const createdAt = new Date(Date.now() - 60_000).toISOString();
  const camel = {
    twitter: {
      accessToken: login.access_token,
      refreshToken: login.refresh_token,
      expiresIn: login.expires_in,
      scope: login.scope,
      createdAt,
      ...app,
    },
  };
  const secrets = [login.access_token, login.refresh_token ?? "", app.clientSecret];
  const path = file(here, "tokens.json", camel);
  const { code, told, stderr } = await taken(here, path, [path, "--yes", "--as", "the bakery"], secrets);
  expect(code, JSON.stringify(told) + stderr).toBe(0);
  expect(told.tokens).toMatchObject([{ outcome: "taken", accounts: ["x/the bakery"], app: app.clientId }]);
  const { accounts } = (await json(here, "tokens", "status")).json<{ accounts: { expiresAt: string }[] }>();
  const end = Date.parse(createdAt) + login.expires_in * 1000;
  expect(Math.abs(Date.parse(accounts[0]?.expiresAt ?? "") - end)).toBeLessThan(2000);
  // By the usual rules, with the app that was stored along.
  expect((await json(here, "tokens", "refresh", "x", "--force")).code).toBe(0);
  expect((await json(here, "tokens", "status", "--live")).code).toBe(0);

  const there = space();
  const other = await client.connect({ person: "globex" });
  const single = file(there, "one.json", { ...other, created_at: Math.floor(Date.now() / 1000) });
  const nameless = await taken(there, single, [single, "--yes"], [other.access_token]);
  expect(nameless).toMatchObject({ code: 2 });
  const named = await taken(
    there,
    single,
    [single, "--yes", "--platform", "x", "--brand", "globex"],
    [other.access_token],
  );
  expect(named.told.tokens[0]).toMatchObject({ outcome: "taken", accounts: ["globex:x/globex"], app: null });
  expect(named.told.tokens[0]?.notes[0]).toContain("client id");
}, 60_000);

it("takes xurl's logins where it keeps them, and presents a refresh token whose access token has ended", async () => {
  const here = space();
  const client = new XClient(sandbox);
  const [ended, dead] = [await client.connect(), await client.connect({ person: "globex" })];
  // It was used: the login is over.
  await client.refresh(dead.refresh_token);
  await client.refresh(dead.refresh_token);
  const entry = (user: string, { access_token, refresh_token }: typeof ended) =>
    `      ${user}:
        type: oauth2
        oauth2: { access_token: ${access_token}, refresh_token: ${refresh_token}, expiration_time: 1700000000 }`;
  const path = file(
    here,
    ".xurl",
    `apps:
  default:
    client_id: ${app.clientId}
    client_secret: ${app.clientSecret}
    oauth2_tokens:
${entry("acme", ended)}
${entry("globex", dead)}
    bearer_token: { type: bearer, bearer: AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA }
default_app: default
`,
  );
  const secrets = [ended, dead].flatMap(({ access_token, refresh_token }) => [access_token, refresh_token ?? ""]);
  const { code, told, stderr } = await taken(here, path, ["--from", "xurl", "--yes"], [...secrets, app.clientSecret]);
  expect(
    told.tokens.map(({ place, outcome, accounts }) => [place, outcome, ...accounts]),
    stderr,
  ).toEqual([
    ["default oauth2 acme", "taken", "x/acme"],
    ["default oauth2 globex", "refused"],
    ["default bearer", "skipped"],
  ]);
  expect(code).toBe(3);
  expect(told.tokens[0]?.notes[0]).toContain("refreshed");
  const { accounts } = (await json(here, "accounts", "list")).json<{ accounts: { account: string }[] }>();
  expect(accounts.map(({ account }) => account)).toEqual(["x/acme"]);
  expect((await json(here, "tokens", "status", "--live")).code).toBe(0);
}, 60_000);

it("says of gh that the keychain has the token, and of any file what it is not", async () => {
  const here = space();
  file(here, ".config/gh/hosts.yml", "github.com:\n    users:\n        ada:\n    git_protocol: https\n    user: ada\n");
  const keychain = await json(here, "import", "--from", "gh", "--yes");
  expect(keychain.code).toBe(2);
  expect(keychain.stdout).toContain("gh auth token | agencyiq connect github");
  const broken = file(here, "broken.json", '{"accessToken": "secret-in-a-broken-file", }');
  const failed = await taken(here, broken, [broken], ["secret-in-a-broken-file"]);
  expect(failed.stdout).toContain("import_unreadable");
  expect((await json(here, "import", file(here, "empty.env", "A=1\n"), "--yes")).code).toBe(2);
  expect((await json(here, "import", join(here.folder, "nowhere.env"))).code).toBe(2);
  expect((await json(here, "import", file(here, "tokens.txt", "x"))).stdout).toContain(
    "--from env, json, gh, toot or xurl",
  );
}, 60_000);

it("takes over what gh and toot keep, each by the server's own keys", async () => {
  const here = space();
  const keyOf = async (platform: string) => (await (await fetch(`${sandbox.url}/keys/${platform}`)).text()).trim();
  const [github, mastodon] = [await keyOf("github"), await keyOf("mastodon")];
  const hosts = file(
    here,
    "hosts.yml",
    `github.com:\n    user: acme\n    oauth_token: ${github}\n    git_protocol: https\n`,
  );
  const byGh = await taken(here, hosts, ["--from", "gh", hosts, "--yes"], [github]);
  expect(byGh, byGh.stderr).toMatchObject({ code: 0, told: { tokens: [{ accounts: ["github/acme"] }] } });
  const instance = "mastodon.social";
  const toot = file(here, "config.json", {
    active_user: "acme@mastodon.social",
    apps: { [instance]: { base_url: "https://mastodon.social", client_id: "a", client_secret: "b", instance } },
    users: { "acme@mastodon.social": { access_token: mastodon, instance, username: "acme" } },
  });
  const byToot = await taken(here, toot, ["--from", "toot", toot, "--yes"], [mastodon]);
  expect(byToot, byToot.stderr).toMatchObject({
    code: 0,
    told: { tokens: [{ accounts: ["mastodon/acme@mastodon.social"] }] },
  });
});
