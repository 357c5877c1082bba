/** Who is posted as, and what a login was granted, with the built program. */
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { pagesOf } from "../../src/sandbox/facebook/pages.ts";
import { defaultPeople } from "../../src/sandbox/options.ts";
import { type Ended, run, runOnTerminal } from "./command.ts";
import { metaSpace } from "./meta.ts";
import { connectX, type Sandboxed, sandboxed } from "./sandboxed.ts";

const [acme] = defaultPeople;
const [bakery, , outlet, friends] = acme ? pagesOf(acme) : [];
const slow = { timeout: 120_000 };

/** Facebook's app from the environment; in development mode its redirect URI is listed nowhere. */
async function facebook(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  const env = {
    ...space.env,
    AGENCYIQ_FACEBOOK_CLIENT_ID: "sandbox-facebook-client",
    AGENCYIQ_FACEBOOK_CLIENT_SECRET: "sandbox-facebook-secret",
  };
  return { ...space, env };
}

const connect = ({ env, port }: Sandboxed, ...more: string[]): Promise<Ended> =>
  run(["connect", "facebook", "--port", String(port), ...more], { env });

async function handles({ env }: Sandboxed): Promise<(string | null)[]> {
  const listed = await run(["accounts", "list", "--json"], { env });
  return listed.json<{ accounts: { externalId: string | null }[] }>().accounts.map(({ externalId }) => externalId);
}

async function requests({ sandbox }: Sandboxed, method: string, part: string): Promise<number> {
  const answer = await fetch(`${sandbox.url}/_sandbox/requests`);
  const { requests: all } = (await answer.json()) as { requests: { method: string; path: string }[] };
  return all.filter((request) => request.method === method && request.path.includes(part)).length;
}

it(
  "a terminal offers every Page with a mark; what is taken out is not connected, and stays out the next time",
  slow,
  async () => {
    const space = await facebook();
    const args = ["connect", "facebook", "--port", String(space.port)];
    // The first two are left marked, the third is not.
    const ended = await runOnTerminal(args, [{ after: /Who is to be posted as/, type: "\u001b[B\u001b[B \r" }], space);
    expect(ended.code, ended.stdout).toBe(0);
    expect((await handles(space)).sort()).toEqual([bakery?.id, outlet?.id].sort());
    const again = await runOnTerminal(args, [{ after: /Who is to be posted as/, type: "\r" }], space);
    expect(again.stdout).toContain("connected already");
    expect(await handles(space)).not.toContain(friends?.id);
  },
);

it(
  "no terminal: what there is is told with its ids, in words and as a document, and nothing is stored",
  slow,
  async () => {
    const space = await facebook();
    const asked = await connect(space);
    expect(asked.code).toBe(2);
    for (const page of [bakery, outlet, friends]) expect(asked.stderr).toContain(`${page?.id} (${page?.name}, Page)`);
    const document = await connect(space, "--json");
    expect(document.code).toBe(2);
    expect(document.stdout + document.stderr).toContain("question_without_terminal");
    const unknown = await connect(space, "--select", "Nobody's Page");
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("nothing that this login can post as") });
    expect(await handles(space)).toEqual([]);
    expect((await connect(space, "--select", `${bakery?.name},${outlet?.id}`)).code).toBe(0);
    expect(await handles(space)).toHaveLength(2);
  },
);

it("a platform that sends back by https only: a terminal asks how, nothing else does", slow, async () => {
  const space = await metaSpace("threads");
  const args = ["connect", "threads", "--port", String(space.port)];
  const refused = await run(args, { env: space.env });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("--https or --manual");
  const document = await run([...args, "--json"], { env: space.env });
  expect(document).toMatchObject({ code: 2, stdout: expect.stringContaining("question_without_terminal") });
  expect(await requests(space, "POST", "access_token")).toBe(0);
  const browser = { ...space.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  const ended = await runOnTerminal(args, [{ after: /How is its answer received/, type: "\r" }], { env: browser });
  expect(ended.stdout).toContain(`https://localhost:${space.port}/callback/threads`);
  expect(ended.code, ended.stdout).toBe(0);
  expect(await handles(space)).toHaveLength(1);
});

it("a login that was granted too little is warned of, shown, and refused before anything is sent", slow, async () => {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  const { env, port } = space;
  const scopes = ["--scope", "tweet.read", "--scope", "users.read", "--scope", "offline.access"];
  const ended = await run(["connect", "x", "--port", String(port), ...scopes], { env });
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("was not granted tweet.write") });
  expect(ended.stderr).toContain("agencyiq connect x");
  const status = await run(["tokens", "status"], { env });
  expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining("missing scopes: tweet.write") });
  const told = (await run(["tokens", "status", "--live", "--json"], { env })).json<{ accounts: object[] }>();
  expect(told.accounts).toMatchObject([
    { status: "healthy", missingScopes: ["tweet.write"], live: { ok: true, corrected: [] } },
  ]);
  for (const more of [[], ["--dry-run"], ["--at", "+1h"]]) {
    const refused = await run(["publish", "--account", "x", "Soup", ...more], { env });
    expect(refused, more.join(" ")).toMatchObject({ code: 4, stderr: expect.stringContaining("tweet.write") });
    expect(refused.stderr).toContain("agencyiq connect x");
  }
  const dry = await run(["publish", "--account", "x", "Soup", "--dry-run", "--json"], { env });
  expect(dry.stdout).toContain('"scope_missing"');
  expect(await requests(space, "POST", "/2/tweets")).toBe(0);
  expect((await run(["posts", "list", "--json"], { env })).json()).toMatchObject({ posts: [] });
  await connectX(space);
  expect(await run(["publish", "--account", "x", "Soup"], { env })).toMatchObject({ code: 0 });
});

it(
  "what was written down for later is held back by a scope that is gone by then, and goes out once it is granted",
  slow,
  async () => {
    const space = await sandboxed();
    onTestFinished(() => space.sandbox.close());
    const { env, port } = space;
    await connectX(space);
    expect((await run(["publish", "--account", "x", "Soup", "--at", "+1s"], { env })).code).toBe(0);
    const less = ["--scope", "tweet.read,users.read,offline.access"];
    expect((await run(["connect", "x", "--port", String(port), ...less], { env })).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const due = await run(["publish", "--due"], { env, timeout: 60_000 });
    expect(due, due.stderr).toMatchObject({ code: 4, stderr: expect.stringContaining("tweet.write") });
    expect(await requests(space, "POST", "/2/tweets")).toBe(0);
    await connectX(space);
    const { posts } = (await run(["posts", "list", "--json"], { env })).json<{ posts: { id: string }[] }>();
    expect(await run(["posts", "retry", posts[0]?.id ?? ""], { env })).toMatchObject({ code: 0 });
    expect(await requests(space, "POST", "/2/tweets")).toBe(1);
  },
);

it(
  "what Facebook says of its tokens is shown and stored; the end of data access is a warning and told once",
  slow,
  async () => {
    const space = await facebook();
    const { env } = space;
    expect((await connect(space, "--select", "all")).code).toBe(0);
    interface Status {
      readonly accounts: readonly {
        readonly expiresAt: string | null;
        readonly dataAccessExpiresAt: string | null;
        readonly scopes: readonly string[];
        readonly live: { readonly corrected: readonly string[] } | null;
      }[];
    }
    const status = async (...more: string[]) => run(["tokens", "status", "--json", ...more], { env });
    const [before] = (await status()).json<Status>().accounts;
    expect(before).toMatchObject({ expiresAt: null, dataAccessExpiresAt: null, missingScopes: [] });
    const [live] = (await status("--live")).json<Status>().accounts;
    expect(live).toMatchObject({ expiresAt: null, missingScopes: [], live: { ok: true } });
    expect(live?.live?.corrected).toContain("dataAccessExpiresAt");
    const after = (await status()).json<Status>().accounts;
    const days = (Date.parse(after[0]?.dataAccessExpiresAt ?? "") - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89);
    expect(days).toBeLessThan(91);
    const quiet = await run(["tokens", "status"], { env });
    expect(quiet).toMatchObject({ code: 0, stderr: "" });
    // Nearly three months later.
    const database = new Sqlite(join(env["AGENCYIQ_HOME"] ?? "", "vault.db"));
    database.prepare("update credentials set data_access_expires_at = ?").run(Date.now() + 5.5 * 86_400_000);
    database.close();
    const near = await run(["tokens", "status"], { env });
    expect(near).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("facebook/acme: its data access ends in 5 d"),
    });
    expect(near.stderr).toContain("agencyiq connect facebook");
    for (const times of ["once", "and not again"]) {
      expect((await run(["daemon", "--once"], { env })).code, times).toBe(0);
    }
    const { notifications } = (await run(["notify", "log", "--json"], { env })).json<{
      notifications: { kind: string; subject: string }[];
    }>();
    expect(notifications.filter(({ subject }) => subject.includes("data access"))).toMatchObject([
      { kind: "expiring", subject: expect.stringContaining("facebook/acme") },
    ]);
  },
);
