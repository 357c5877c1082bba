/** OAuth 1.0a as a second way in and as the credential that stands in for the first, with the built binary. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDaemon } from "./agent-daemon.ts";
import { type Ended, run, type Started, start } from "./command.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

const consumer = {
  AGENCYIQ_X_CONSUMER_KEY: "sandbox-x-api-key",
  AGENCYIQ_X_CONSUMER_SECRET: "sandbox-x-api-key-secret",
};

/** A sandbox, and both of the developer app's pairs of keys in the environment. */
async function space(more: Readonly<Record<string, string>> = consumer): Promise<Sandboxed> {
  const made = await sandboxed();
  onTestFinished(() => made.sandbox.close());
  return { ...made, env: { ...made.env, ...more } };
}

/** Connected by both. */
async function connectedTwice(): Promise<Sandboxed> {
  const made = await space();
  await connectX(made);
  await connectX(made, "acme", ["--credential", "oauth1"]);
  return made;
}

async function control({ sandbox }: Sandboxed, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${sandbox.url}/_sandbox${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...(path === "/clock" ? {} : { platform: "x" }), ...(body as object) }),
  });
  return response.json();
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

async function askedOf({ sandbox }: Sandboxed): Promise<string[]> {
  const { requests } = (await (await fetch(`${sandbox.url}/_sandbox/requests`)).json()) as { requests: Asked[] };
  return requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
}

async function timeline({ sandbox }: Sandboxed): Promise<string[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] };
  return posts.map(({ text }) => text);
}

function notificationsIn({ env }: Sandboxed) {
  const database = new Sqlite(join(env["AGENCYIQ_HOME"] ?? "", "vault.db"), { readonly: true });
  try {
    return database.prepare("select kind, account, subject, body, command from notifications order by at, rowid").all();
  } finally {
    database.close();
  }
}

const publish = (made: Sandboxed, text: string) => run(["publish", "--platform", "x", text], { env: made.env });

async function statusOf(made: Sandboxed, ...more: string[]) {
  const ended = await run(["tokens", "status", "--json", ...more], { env: made.env });
  const { accounts } = ended.json<{ accounts: Record<string, unknown>[] }>();
  return { code: ended.code, stderr: ended.stderr, ...accounts[0] };
}

interface Credentials {
  readonly credentials: readonly { readonly method: string; readonly tokenType: string; readonly expiresAt: null }[];
}

async function methodsOf({ env }: Sandboxed): Promise<string[]> {
  const { credentials } = (await run(["accounts", "show", "x", "--json"], { env })).json<Credentials>();
  return credentials.map(({ method }) => method);
}

describe("a second credential", () => {
  it("stands in for the first when that was taken away: the post goes out, and the owner is told", async () => {
    const made = await connectedTwice();
    expect(await methodsOf(made)).toEqual(["oauth2", "oauth1"]);
    expect(await statusOf(made)).toMatchObject({ code: 0, status: "healthy", credential: "oauth2", fallbackFor: null });
    expect(await control(made, "/revoke", { credential: "oauth2" })).toEqual({ revoked: 1 });

    const ended = await publish(made, "Through the other door");
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^published x\/acme https:\/\/x\.com\/acme\/status\/\d+\n$/);
    expect(ended.stderr).toMatch(
      /^warning: x\/acme: by its oauth1 credential, since oauth2: .+ \(agencyiq connect x\)\n$/,
    );
    expect(await timeline(made)).toEqual(["Through the other door"]);

    expect(notificationsIn(made)).toMatchObject([
      { kind: "needs_reauth", account: "x/acme", command: "agencyiq connect x" },
      { kind: "fallback", subject: "x/acme is used through its oauth1 credential now", command: "agencyiq connect x" },
    ]);
    expect(await statusOf(made)).toMatchObject({
      code: 0,
      status: "healthy",
      credential: "oauth1",
      expiresAt: null,
      fallbackFor: { credential: "oauth2" },
    });
    const { stdout } = await run(["tokens", "status"], { env: made.env });
    expect(stdout).toMatch(/x\/acme +healthy +never +no +by oauth1: oauth2 /);

    // From now on the dead one is not asked first, and nobody is told twice.
    const before = (await askedOf(made)).length;
    expect((await publish(made, "And again")).code).toBe(0);
    expect((await askedOf(made)).slice(before)).toEqual(["POST /2/tweets 201"]);
    expect(notificationsIn(made)).toHaveLength(2);
  });

  it("does so too where a daemon has the keys: whoever asked it is told", async () => {
    const made = await connectedTwice();
    const runtime = join(made.folder, "runtime");
    mkdirSync(runtime, { mode: 0o700 });
    const env = { ...made.env, XDG_RUNTIME_DIR: runtime };
    await startDaemon(env);
    await control(made, "/revoke", { credential: "oauth2" });
    const { AGENCYIQ_KEY_FILE: _key, ...keyless } = env as Record<string, string>;
    const ended = await run(["publish", "--platform", "x", "Signed by the daemon"], { env: keyless });
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: x\/acme: by its oauth1 credential/),
    });
    expect(await timeline(made)).toEqual(["Signed by the daemon"]);
    expect(await run(["disconnect", "x", "--yes"], { env: keyless })).toMatchObject({ code: 0 });
    expect((await askedOf(made)).at(-1)).toBe("POST /1.1/oauth/invalidate_token.json 200");
  });

  it("gives way again once the first was connected anew", async () => {
    const made = await connectedTwice();
    await control(made, "/revoke", { credential: "oauth2" });
    await publish(made, "One");
    await connectX(made);
    expect(await methodsOf(made)).toEqual(["oauth2", "oauth1"]);
    expect(await publish(made, "Two")).toMatchObject({ code: 0, stderr: "" });
    expect(await statusOf(made)).toMatchObject({ credential: "oauth2", fallbackFor: null });
  });

  it("comes after OAuth 2 though it was connected before it", async () => {
    const made = await space();
    await connectX(made, "acme", ["--credential", "oauth1"]);
    expect(await methodsOf(made)).toEqual(["oauth1"]);
    expect(await publish(made, "Signed")).toMatchObject({ code: 0, stderr: "" });
    await connectX(made);
    expect(await methodsOf(made)).toEqual(["oauth2", "oauth1"]);
  });

  it("is asked as well by --live, and its own command mends it", async () => {
    const made = await connectedTwice();
    expect(await statusOf(made, "--live")).toMatchObject({
      code: 0,
      live: { ok: true, detail: "oauth2: answers as @acme; oauth1: answers as @acme" },
    });
    await control(made, "/revoke", { credential: "oauth1" });
    const ended = await run(["tokens", "status", "--live"], { env: made.env });
    expect(ended.code).toBe(4);
    expect(ended.stdout).toMatch(/not live: oauth2: answers as @acme; oauth1: X answered 401: "Unauthorized"/);
    expect(ended.stderr).toContain("mend: agencyiq connect x --credential oauth1");
    expect(notificationsIn(made)).toMatchObject([
      { kind: "needs_reauth", command: "agencyiq connect x --credential oauth1" },
    ]);
  });

  it("is no help where both were taken away: the first is named", async () => {
    const made = await connectedTwice();
    await control(made, "/revoke", {});
    const ended = await publish(made, "Nowhere");
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/mend: agencyiq connect x\n$/);
    expect(await timeline(made)).toEqual([]);
  });

  it("is no reason to send a post twice: one whose answer was lost is looked for", async () => {
    const made = await connectedTwice();
    await control(made, "/revoke", { credential: "oauth2" });
    await publish(made, "First");
    await orderFault(made.sandbox, { method: "POST", path: "/2/tweets", fault: "drop-after" });
    expect((await publish(made, "Did it go out?")).code).toBe(0);
    expect((await timeline(made)).sort()).toEqual(["Did it go out?", "First"]);
  });

  it("is revoked with the first by disconnect", async () => {
    const made = await connectedTwice();
    const before = (await askedOf(made)).length;
    const ended = await run(["disconnect", "x", "--yes"], { env: made.env });
    expect(ended.stdout).toBe("Disconnected x/acme (its tokens are revoked)\n");
    expect((await askedOf(made)).slice(before)).toEqual([
      "POST /2/oauth2/revoke 200",
      "POST /2/oauth2/revoke 200",
      "POST /1.1/oauth/invalidate_token.json 200",
    ]);
  });

  it("that X ended before is as good as revoked, and one that cannot be revoked is kept", async () => {
    const made = await space();
    await connectX(made, "acme", ["--credential", "oauth1"]);
    const wrong = { ...made.env, AGENCYIQ_X_CONSUMER_SECRET: "not-the-secret-any-more" };
    const kept = await run(["disconnect", "x", "--yes"], { env: wrong });
    expect(kept.code).toBe(1);
    expect(kept.stderr).toMatch(/could not be revoked, so it is kept: X answered 401/);
    await control(made, "/revoke", { credential: "oauth1" });
    expect((await run(["disconnect", "x", "--yes"], { env: made.env })).code).toBe(0);
  });
});

describe("no token of OAuth 1.0a works by itself", () => {
  it("so tokens print gives the one of OAuth 2, or none", async () => {
    const made = await connectedTwice();
    expect((await run(["tokens", "print", "x"], { env: made.env })).stdout).toMatch(/^[\w-]{40,}\n$/);
    await control(made, "/revoke", { credential: "oauth2" });
    await publish(made, "One");
    const ended = await run(["tokens", "print", "x", "--format", "header"], { env: made.env });
    expect(ended).toMatchObject({ code: 4, stdout: "" });

    const alone = await space();
    await connectX(alone, "acme", ["--credential", "oauth1"]);
    const none = await run(["tokens", "print", "x"], { env: alone.env });
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(none.stderr).toContain("signs each request");
  });

  it("and it is not refreshed", async () => {
    const made = await space();
    await connectX(made, "acme", ["--credential", "oauth1"]);
    const ended = await run(["tokens", "refresh", "--all", "--force", "--json"], { env: made.env });
    expect(ended.code).toBe(0);
    expect(ended.json()).toMatchObject({ results: [{ account: "x/acme", outcome: "not_refreshable", error: null }] });
  });
});

/** Connects with a PIN: reads the address, approves as a person, types what the page shows. */
async function connectWithPin(made: Sandboxed, typed = (pin: string) => pin): Promise<Ended> {
  const args = ["connect", "x", "--credential", "oauth1", "--manual", "--json"];
  const connecting: Started = await start(args, { env: made.env, stdin: null });
  const { url, redirectUri } = JSON.parse(await connecting.line(/"event":"authorize"/)) as Record<string, string>;
  expect(redirectUri).toBe("oob");
  const page = await (await fetch(url ?? "")).text();
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const body = new URLSearchParams({ request, person: "acme", decision: "approve" });
  const shown = await (await fetch((url ?? "").replace(/\?.*/, ""), { method: "POST", body })).text();
  connecting.child.stdin?.end(`${typed(/\b\d{7}\b/.exec(shown)?.[0] ?? "")}\n`);
  return connecting.ended;
}

describe("connecting by OAuth 1.0a", () => {
  it("with --manual takes a PIN", async () => {
    const made = await space();
    const ended = await connectWithPin(made, (pin) => `${pin.slice(0, 3)} ${pin.slice(3)}`);
    expect(ended.code).toBe(0);
    expect(await publish(made, "By PIN")).toMatchObject({ code: 0 });
  });

  it("refuses a wrong PIN, and says how to go on", async () => {
    const made = await space();
    const ended = await connectWithPin(made, () => "0000000");
    expect(ended.code).toBe(4);
    const last = JSON.parse(ended.stdout.trimEnd().split("\n").at(-1) ?? "") as { error: Record<string, string> };
    expect(last.error).toMatchObject({
      code: "authorization_failed",
      message: 'X answered 401: "Error processing your OAuth request: Invalid oauth_verifier parameter"',
    });
    expect(last.error["hint"]).toContain("agencyiq connect x --credential oauth1");
    const nonsense = await connectWithPin(made, () => "no pin!");
    expect(nonsense.code).toBe(2);
    expect(await run(["accounts", "list", "--json"], { env: made.env }).then((told) => told.json())).toEqual({
      accounts: [],
    });
  });

  it("uses the keys that apps set stored, sealed", async () => {
    const made = await space({});
    const missing = await run(["connect", "x", "--credential", "oauth1"], { env: made.env });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("API Key and API Key Secret of the x app are not known");
    expect(missing.stderr).toContain("agencyiq apps set x --credential oauth1");
    expect(missing.stderr).toContain("AGENCYIQ_X_CONSUMER_KEY and AGENCYIQ_X_CONSUMER_SECRET");
    const set = ["apps", "set", "x", "--credential", "oauth1", "--client-id", "sandbox-x-api-key", "--secret-stdin"];
    const stored = await run(set, { env: made.env, stdin: "sandbox-x-api-key-secret\n" });
    expect(stored.stdout).toBe(
      "Stored the X app sandbox-x-api-key.\nRedirect URI to register: http://127.0.0.1:8791/callback/x\n",
    );
    await connectX(made, "acme", ["--credential", "oauth1"]);
    expect((await publish(made, "Stored")).code).toBe(0);
    expect((await run(["doctor"], { env: made.env })).stdout).toContain(
      "ok     every OAuth 1.0a credential has the secret",
    );
    const list = await run(["apps", "list", "--json"], { env: made.env });
    expect(list.json()).toMatchObject({
      apps: [{ platform: "x", credential: "oauth1", clientId: "sandbox-x-api-key", hasSecret: true }],
    });
    // Without its secret nothing can be signed: said before anything is sent.
    await run(["apps", "remove", "x", "--yes"], { env: made.env });
    const ended = await publish(made, "Unsigned");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("agencyiq apps set x --credential oauth1");
    const { checks } = (await run(["doctor", "--json"], { env: made.env })).json<{
      checks: Record<string, unknown>[];
    }>();
    expect(checks.find(({ id }) => id === "signing")).toMatchObject({
      ok: false,
      message: "x/acme: the secret of its oauth1 app sandbox-x-api-key is not known",
      fix: "agencyiq apps set x --credential oauth1",
    });
  });

  it("keeps both pairs of keys apart", async () => {
    const made = await space({ AGENCYIQ_X_CLIENT_ID: "", AGENCYIQ_X_CLIENT_SECRET: "" });
    const set = (more: string[], stdin: string) =>
      run(["apps", "set", "x", "--secret-stdin", "--client-id", ...more], { env: made.env, stdin });
    expect((await set(["sandbox-x-api-key", "--credential", "oauth1"], "sandbox-x-api-key-secret")).code).toBe(0);
    expect((await run(["connect", "x"], { env: made.env })).code).toBe(2);
    expect((await set(["sandbox-x-client"], "sandbox-x-secret")).code).toBe(0);
    await connectX(made);
    await connectX(made, "acme", ["--credential", "oauth1"]);
    const { stdout } = await run(["apps", "show", "x"], { env: made.env });
    expect(stdout).toMatch(/credential +oauth2\nclient id +sandbox-x-client\n/);
    expect(stdout).toMatch(/credential +oauth1\nclient id +sandbox-x-api-key\n/);
  });

  it.each([
    ["a wrong secret", { AGENCYIQ_X_CONSUMER_SECRET: "not the secret" }, [], 1, "the API key and secret were refused"],
    ["a callback that is not registered", {}, ["--port", "0"], 1, "the callback URL is not one of the app's"],
    [
      "an app that takes no callback",
      {
        AGENCYIQ_X_CONSUMER_KEY: "sandbox-x-native-key",
        AGENCYIQ_X_CONSUMER_SECRET: "sandbox-x-native-key-secret",
      },
      [],
      1,
      "use --manual for a PIN",
    ],
    ["a device code", {}, ["--device"], 2, "--device is nothing that the credential oauth1 knows"],
    ["scopes", {}, ["--scope", "tweet.read"], 2, "--scope is nothing"],
    ["DPoP", {}, ["--dpop"], 2, "--dpop is nothing"],
  ] as const)("says what is wrong with %s", async (_, env, more, code, text) => {
    const made = await space();
    const args = ["connect", "x", "--credential", "oauth1", "--port", String(made.port), ...more];
    const ended = await run(args, { env: { ...made.env, ...env } });
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(text);
  });

  it("tells a person who denied", async () => {
    const made = await space();
    const args = ["connect", "x", "--credential", "oauth1", "--no-browser", "--json", "--port", String(made.port)];
    const connecting = await start(args, { env: made.env });
    const { url } = JSON.parse(await connecting.line(/"event":"authorize"/)) as { url: string };
    const page = await (await fetch(url)).text();
    const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const body = new URLSearchParams({ request, person: "acme", decision: "deny" });
    const shown = await (await fetch(url.replace(/\?.*/, ""), { method: "POST", body })).text();
    expect(shown).toContain("X was not connected");
    expect(await connecting.ended).toMatchObject({ code: 4 });
  });

  it("does not take another attempt's answer", async () => {
    const made = await space();
    const args = ["connect", "x", "--credential", "oauth1", "--no-browser", "--json", "--port", String(made.port)];
    const connecting = await start(args, { env: made.env });
    await connecting.line(/"event":"authorize"/);
    const forged = `http://127.0.0.1:${made.port}/callback/x?oauth_token=another&oauth_verifier=planted`;
    expect(await (await fetch(forged)).text()).toContain("belongs to another attempt");
    const ended = await connecting.ended;
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain('"code":"state_mismatch"');
  });

  it("keeps the token though X does not say at once who it is: the answer with the token told", async () => {
    const made = await space();
    await orderFault(made.sandbox, { path: "/2/users/me", times: 3, fault: { kind: "status", status: 503 } });
    await connectX(made, "globex", ["--credential", "oauth1"]);
    const { accounts } = (await run(["accounts", "list", "--json"], { env: made.env })).json<{
      accounts: { account: string; externalId: string; url: string }[];
    }>();
    expect(accounts).toMatchObject([{ account: "x/globex", url: "https://x.com/globex" }]);
    expect(accounts[0]?.externalId).toMatch(/^\d+$/);
  });
});

it("works though this machine's clock is an hour behind: what is refused for its time is signed by the server's", async () => {
  const made = await space();
  await control(made, "/clock", { advance: 3600 });
  await connectX(made, "acme", ["--credential", "oauth1"]);
  expect(await publish(made, "Late")).toMatchObject({ code: 0, stderr: "" });
  expect((await askedOf(made)).slice(-2)).toEqual(["POST /2/tweets 401", "POST /2/tweets 201"]);
  expect(notificationsIn(made)).toEqual([]);
});
