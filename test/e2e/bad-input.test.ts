import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FailureCode } from "../../src/domain/failure.ts";
import { type Ended, run, workspace } from "./command.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

/** One or two lines on stderr: what failed, and after "mend:" what to do. */
function expectFailure(ended: Ended, code: number, message: RegExp, mend: RegExp): void {
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code, stderr: expect.stringMatching(message) });
  const lines = ended.stderr.trimEnd().split("\n");
  expect(lines.length, ended.stderr).toBeLessThanOrEqual(2);
  expect(lines.at(-1)).toMatch(mend);
  expect(ended.stderr).not.toMatch(/\bat .*:\d+:\d+/);
}

/** The same in both voices: words on stderr, or one JSON document on stdout with nothing beside it. */
async function fails(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  expected: { code: number; error: FailureCode; message: RegExp; mend: RegExp },
): Promise<void> {
  expectFailure(await run(args, { env }), expected.code, expected.message, expected.mend);
  const told = await run([...args, "--json"], { env });
  expect({ code: told.code, stderr: told.stderr }).toEqual({ code: expected.code, stderr: "" });
  const { error } = told.json<{
    error: { code: string; message: string; hint: string | null; account: string | null };
  }>();
  expect(error.code).toBe(expected.error);
  // People are told the account before the message, scripts beside it.
  expect(`${error.account}: ${error.message}`).toMatch(expected.message);
  expect(error.hint ?? error.message).toMatch(expected.mend);
}

async function connected(people: readonly string[] = ["acme"]): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  for (const person of people) await connectX(space, person);
  return space;
}

const vaultFile = ({ env }: { env: Readonly<Record<string, string>> }) => join(env["AGENCYIQ_HOME"] ?? "", "vault.db");

/** Changes a vault's rows as somebody with the file but without the key could. */
function tamper(space: Sandboxed, change: (database: Sqlite.Database) => void): void {
  const database = new Sqlite(vaultFile(space));
  change(database);
  database.close();
}

async function tokenRequests({ sandbox }: Sandboxed): Promise<number> {
  const { requests } = (await (await fetch(`${sandbox.url}/_sandbox/requests`)).json()) as {
    requests: { path: string }[];
  };
  return requests.filter(({ path }) => path === "/2/oauth2/token").length;
}

describe("wrong usage (exit 2) names what to write instead", () => {
  it.each<[string, FailureCode, string[], RegExp, RegExp]>([
    ["a platform nobody knows", "unknown_platform", ["connect", "odic"], /no platform "odic"/, /did you mean oidc\?/],
    ["a command nobody knows", "unknown_command", ["conect"], /no command "conect"/, /agencyiq connect/],
    ["a subcommand nobody knows", "unknown_command", ["tokens", "prnt"], /"tokens prnt"/, /agencyiq tokens print/],
    ["a flag nobody knows", "usage", ["tokens", "status", "--lve"], /option '--lve'/, /agencyiq tokens status --help/],
    ["too many words", "usage", ["connect", "x", "y"], /too many arguments/, /agencyiq connect --help/],
    ["a missing word", "usage", ["accounts", "rename", "x"], /missing .*'name'/, /agencyiq accounts rename --help/],
    ["publish without a target", "question_without_terminal", ["publish", "a"], /no terminal/, /--platform PLATFORM/],
    ["connect without a platform", "question_without_terminal", ["connect"], /no terminal to ask/, /PLATFORM/],
    ["setup without a platform", "question_without_terminal", ["setup"], /no terminal to ask/, /PLATFORM/],
    ["setup without a terminal", "question_without_terminal", ["setup", "x"], /no terminal/, /agencyiq apps set x/],
    [
      "… where https is wanted",
      "question_without_terminal",
      ["setup", "threads"],
      /no terminal/,
      /connect threads --https/,
    ],
    ["refresh without an account", "question_without_terminal", ["tokens", "refresh"], /which accounts/, /--all/],
    ["an app without an id", "question_without_terminal", ["apps", "set", "x"], /no terminal to ask/, /--client-id ID/],
    ["oidc without an issuer", "usage", ["connect", "oidc"], /which server/, /--issuer URL/],
    ["no developer app", "app_missing", ["connect", "x"], /no developer app for x/, /agencyiq setup x/],
    [
      "an account not there",
      "unknown_account",
      ["tokens", "print", "x/no"],
      /no account "x\/no"/,
      /agencyiq connect x/,
    ],
    ["a port that is none", "usage", ["connect", "x", "--port", "99999"], /--port must be a whole number/, /--port/],
    ["a duration that is none", "usage", ["log", "--since", "soon"], /"soon" is not a duration/, /24h/],
    ["a brand that no address can hold", "usage", ["connect", "x", "--brand", "a/b"], /"a\/b" cannot be/, /letters/],
    ["a name that is empty", "usage", ["connect", "x", "--as", " @"], /cannot be an account's name/, /letter/],
    ["two ways at once", "usage", ["connect", "x", "--manual", "--device"], /exclude each other/, /choose one/],
    ["a copy that is not there", "file_unreadable", ["vault", "restore", "none.db", "--yes"], /none\.db/, /\w/],
  ])("%s", async (_name, error, args, message, mend) => {
    const { folder, env } = workspace();
    await fails(args, env, { code: 2, error, message, mend });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("an endpoint that is not on this machine", async () => {
    const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: "https://evil.example", AGENCYIQ_X_CLIENT_ID: "a" });
    await fails(["connect", "x", "--no-browser", "--port", "0"], env, {
      code: 2,
      error: "endpoint_not_loopback",
      message: /not on this machine/,
      mend: /127\.0\.0\.1/,
    });
  });

  it("two key sources at once", async () => {
    const { env } = workspace({ AGENCYIQ_KEY_COMMAND: "pass show key" });
    const expected = { message: /two key sources/, mend: /name one/ };
    await fails(["vault", "init"], env, { code: 2, error: "key_sources_conflict", ...expected });
  });

  it("an ambiguous account, with the list", async () => {
    const space = await connected(["acme", "globex"]);
    const expected = { message: /x\/acme, x\/globex/, mend: /accounts default/ };
    await fails(["tokens", "print", "x"], space.env, { code: 2, error: "ambiguous_account", ...expected });
    await fails(["publish", "--platform", "x", "a"], space.env, { code: 2, error: "ambiguous_account", ...expected });
    expect((await run(["tokens", "print", "x/globex"], { env: space.env })).code).toBe(0);
  });

  it("questions about an account that is there: nothing is done to it", async () => {
    const space = await connected();
    const asked = { code: 2, error: "question_without_terminal", message: /no terminal/ } as const;
    await fails(["disconnect", "x"], space.env, { ...asked, mend: /--yes/ });
    await fails(["publish", "--platform", "x"], space.env, { ...asked, mend: /the text as an argument, or --stdin/ });
    expect((await run(["tokens", "print", "x"], { env: space.env })).code).toBe(0);
  });

  it("a taken port names the flag and the developer app's setting", async () => {
    const space = await sandboxed();
    onTestFinished(() => space.sandbox.close());
    await run(["vault", "init"], { env: space.env });
    const server = createServer().listen(space.port, "127.0.0.1");
    onTestFinished(() => void server.close());
    await fails(["connect", "x", "--port", String(space.port)], space.env, {
      code: 2,
      error: "port_taken",
      message: new RegExp(`port ${space.port} is in use`),
      mend: /register .*callback\/x in the developer app and use --port/,
    });
  });
});

describe("keys (exit 5)", () => {
  it("no vault, no terminal, no key source: names the three variables and makes nothing", async () => {
    const { folder, env } = workspace();
    const { AGENCYIQ_KEY_FILE: _, ...without } = env as Record<string, string>;
    await fails(["apps", "set", "x", "--client-id", "a", "--public"], without, {
      code: 5,
      error: "vault_missing",
      message: /no key source is named/,
      mend: /AGENCYIQ_KEY_FILE, AGENCYIQ_KEY_COMMAND or AGENCYIQ_PASSPHRASE/,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a missing key file is never made anew", async () => {
    const space = await connected();
    const key = space.env["AGENCYIQ_KEY_FILE"] ?? "";
    rmSync(key);
    const expected = { message: /does not exist/, mend: /recovery code/ };
    await fails(["tokens", "print", "x"], space.env, { code: 5, error: "key_missing", ...expected });
    expect(existsSync(key)).toBe(false);
    expect((await run(["tokens", "status"], { env: space.env })).code).toBe(0);
  });

  it("a wrong key file", async () => {
    const space = await connected();
    const path = space.env["AGENCYIQ_KEY_FILE"] ?? "";
    const right = readFileSync(path);
    writeFileSync(path, Buffer.alloc(32, 1));
    const expected = { message: /does not open this vault/, mend: /key file/ };
    await fails(["tokens", "print", "x"], space.env, { code: 5, error: "key_wrong", ...expected });
    writeFileSync(path, right);
    expect((await run(["tokens", "print", "x"], { env: space.env })).code).toBe(0);
  });

  it("a wrong passphrase", async () => {
    const { env } = workspace();
    const { AGENCYIQ_KEY_FILE: _, ...without } = env as Record<string, string>;
    expect((await run(["vault", "init"], { env: { ...without, AGENCYIQ_PASSPHRASE: "right and long" } })).code).toBe(0);
    const wrong = { ...without, AGENCYIQ_PASSPHRASE: "wrong and long" };
    const expected = { message: /passphrase is wrong/, mend: /--key-source recovery/ };
    await fails(["vault", "rotate"], wrong, { code: 5, error: "key_wrong", ...expected });
  });
});

describe("damage (exit 8)", () => {
  it("a truncated vault, and an empty one, are never replaced by a new one", async () => {
    const space = await connected();
    const whole = readFileSync(vaultFile(space));
    for (const size of [0, 3000, Math.floor(whole.length / 2)]) {
      truncateSync(vaultFile(space), size);
      const expected = { message: /vault file/, mend: /agencyiq vault restore FILE/ };
      await fails(["tokens", "print", "x"], space.env, { code: 8, error: "vault_damaged", ...expected });
      writeFileSync(vaultFile(space), whole);
    }
    expect((await run(["tokens", "print", "x"], { env: space.env })).code).toBe(0);
  });

  it("swapped records: both are named, with what mends them; the third account works on", async () => {
    const space = await connected();
    await connectX(space, "globex", ["--brand", "globex"]);
    await connectX(space, "acme", ["--brand", "other"]);
    tamper(space, (database) => {
      const rows = database
        .prepare(
          "select s.owner_id, s.blob from secrets s join credentials c on c.id = s.owner_id join accounts a on a.id = c.account_id where s.kind = 'access_token' and a.brand <> 'other'",
        )
        .all() as { owner_id: string; blob: Buffer }[];
      const [a, b] = rows;
      if (!a || !b) throw new Error("two accounts are needed");
      const put = database.prepare("update secrets set blob = ? where owner_id = ? and kind = 'access_token'");
      put.run(b.blob, a.owner_id);
      put.run(a.blob, b.owner_id);
    });
    const damaged = { "x/acme": "agencyiq connect x", "globex:x/globex": "agencyiq connect x --brand globex" };
    for (const [name, mend] of Object.entries(damaged)) {
      await fails(["tokens", "print", name], space.env, {
        code: 8,
        error: "record_damaged",
        message: new RegExp(`${name}.*changed, moved or cut`),
        mend: new RegExp(`${mend}\\b`),
      });
    }
    expect((await run(["tokens", "print", "other:x/acme"], { env: space.env })).code).toBe(0);
    const status = await run(["tokens", "status", "--json"], { env: space.env });
    expect(status.json<{ accounts: unknown[] }>().accounts).toHaveLength(3);
    const check = await run(["vault", "status", "--check", "--json"], { env: space.env });
    expect(check.code).toBe(8);
    const findings = check.json<{ check: { ok: boolean; account?: string }[] }>().check.filter(({ ok }) => !ok);
    expect(findings.map(({ account }) => account)).toEqual(expect.arrayContaining(Object.keys(damaged)));
    const doctor = await run(["doctor", "--json"], { env: space.env });
    expect(doctor.code).toBe(8);
    const { checks } = doctor.json<{ checks: { ok: boolean; message: string; fix: string | null }[] }>();
    for (const [name, fix] of Object.entries(damaged)) {
      expect(checks).toContainEqual(
        expect.objectContaining({ ok: false, fix, message: expect.stringMatching(new RegExp(`^${name}: `)) }),
      );
    }
  });

  it("one altered bit: its account is named, the other works on, connecting again mends it", async () => {
    const space = await connected(["acme", "globex"]);
    tamper(space, (database) => {
      const row = database
        .prepare(
          "select s.owner_id, s.blob from secrets s join credentials c on c.id = s.owner_id join accounts a on a.id = c.account_id where s.kind = 'refresh_token' and a.handle = 'globex'",
        )
        .get() as { owner_id: string; blob: Buffer };
      row.blob.writeUInt8(row.blob.readUInt8(row.blob.length - 1) ^ 1, row.blob.length - 1);
      database
        .prepare("update secrets set blob = ? where owner_id = ? and kind = 'refresh_token'")
        .run(row.blob, row.owner_id);
    });
    const check = await run(["vault", "status", "--check"], { env: space.env });
    expect(check.code).toBe(8);
    expect(check.stdout).toContain("x/globex");
    const asked = await tokenRequests(space);
    expect((await run(["tokens", "refresh", "x/globex", "--force"], { env: space.env })).code).toBe(8);
    expect(await tokenRequests(space)).toBe(asked);
    expect((await run(["tokens", "refresh", "x/acme", "--force"], { env: space.env })).code).toBe(0);
    await connectX(space, "globex");
    expect((await run(["vault", "status", "--check"], { env: space.env })).code).toBe(0);
  });

  it("an altered record and one put back to before its last refresh", async () => {
    const space = await connected();
    const before = new Sqlite(vaultFile(space));
    const secrets = before.prepare("select * from secrets").all() as {
      owner_id: string;
      kind: string;
      generation: number;
      blob: Buffer;
    }[];
    before.close();
    expect((await run(["tokens", "refresh", "x", "--force"], { env: space.env })).code).toBe(0);
    tamper(space, (database) => {
      const put = database.prepare("update secrets set blob = ?, generation = ? where owner_id = ? and kind = ?");
      for (const { blob, generation, owner_id, kind } of secrets) put.run(blob, generation, owner_id, kind);
      database.prepare("update credentials set generation = 1").run();
    });
    const expected = { message: /x\/acme.*put back/, mend: /connect/ };
    await fails(["tokens", "print", "x"], space.env, { code: 8, error: "record_rolled_back", ...expected });
  });
});

/** A vault on a disk that runs full, and then has room again. */
async function fillsUp(disk: string): Promise<void> {
  const sandbox = await sandboxed();
  onTestFinished(() => sandbox.sandbox.close());
  const space = { ...sandbox, env: { ...sandbox.env, AGENCYIQ_HOME: join(disk, "home") } };
  await connectX(space);
  const asked = await tokenRequests(space);
  const filler = join(disk, "filler");
  try {
    writeFileSync(filler, Buffer.alloc(4 << 20));
  } catch {
    // Full: as wanted.
  }
  const refresh = ["tokens", "refresh", "x", "--force"];
  expectFailure(await run(refresh, { env: space.env }), 1, /disk/, /free some space/);
  const told = (await run([...refresh, "--json"], { env: space.env })).json<{ results: unknown[] }>();
  expect(told.results).toMatchObject([{ outcome: "failed", error: { code: "storage_full" } }]);
  expect(await tokenRequests(space)).toBe(asked);
  expect((await run(["tokens", "status"], { env: space.env })).code).toBe(0);
  rmSync(filler);
  expect((await run(["tokens", "refresh", "x", "--force"], { env: space.env })).code).toBe(0);
}

describe("a store that takes no writes", () => {
  it("a full disk stops a refresh before it is sent, and loses nothing", async (context) => {
    const folder = workspace().folder;
    const disk = join(folder, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("a tmpfs cannot be mounted here (needs root)");
    }
    try {
      await fillsUp(disk);
    } finally {
      execFileSync("umount", ["-l", disk]);
    }
  });

  it("a read-only folder: status answers, a refresh is not sent", async (context) => {
    if (process.getuid?.() !== 0) context.skip("needs root, to run as somebody else");
    const space = await connected();
    const home = space.env["AGENCYIQ_HOME"] ?? "";
    chmodSync(space.folder, 0o755);
    for (const path of [
      home,
      ...readdirSync(home).map((name) => join(home, name)),
      space.env["AGENCYIQ_KEY_FILE"] ?? "",
    ]) {
      chownSync(path, 65_534, 65_534);
    }
    chmodSync(home, 0o500);
    chmodSync(vaultFile(space), 0o400);
    const program = join(space.folder, "as-nobody.cjs");
    const binary = fileURLToPath(new URL("../../bin/agencyiq.js", import.meta.url));
    writeFileSync(
      program,
      `process.setgroups([]); process.setgid(65534); process.setuid(65534); require(${JSON.stringify(binary)});`,
    );
    const asNobody = (args: string[]) => run(args, { env: space.env, program });
    const asked = await tokenRequests(space);
    expect((await asNobody(["tokens", "status"])).stdout).toContain("x/acme");
    expectFailure(
      await asNobody(["tokens", "refresh", "x", "--force"]),
      1,
      /cannot be (written|opened)/,
      /owner and mode/,
    );
    expect(await tokenRequests(space)).toBe(asked);
  });
});

describe("what a platform answers to a refresh", () => {
  const refresh = ["tokens", "refresh", "x", "--force"];
  const token = { method: "POST", path: "/2/oauth2/token" };

  it.each<[string, unknown, RegExp]>([
    ["500", { kind: "status", status: 500 }, /answered 500/],
    ["a firewall's page", { kind: "html", status: 403 }, /without an OAuth error/],
    ["a cut answer", "garbage", /could not be read/],
    ["no answer", "drop-before", /the answer was lost/],
    ["429", { kind: "status", status: 429 }, /asks to wait/],
  ])("%s: try again later (exit 6), and the token that lives is printed", async (_name, fault, message) => {
    const space = await connected();
    await orderFault(space.sandbox, { ...token, fault });
    expectFailure(await run(refresh, { env: space.env }), 6, message, /later|try again|connect again before/);
    expect((await run(["tokens", "print", "x"], { env: space.env })).code).toBe(0);
    expect(
      (await run(["accounts", "list", "--json"], { env: space.env })).json<{ accounts: unknown[] }>().accounts,
    ).toHaveLength(1);
  });

  it("a dead grant: connect again (exit 4), and the dead token is never presented again", async () => {
    const space = await connected();
    await orderFault(space.sandbox, { ...token, fault: { kind: "error", name: "token-invalid" } });
    expectFailure(await run(refresh, { env: space.env }), 4, /x\/acme.*no longer valid/, /agencyiq connect x/);
    const asked = await tokenRequests(space);
    expect((await run(refresh, { env: space.env })).code).toBe(4);
    expect(await tokenRequests(space)).toBe(asked);
    await connectX(space);
    expect((await run(refresh, { env: space.env })).code).toBe(0);
  });

  it("a refused app is for its owner (exit 1): nobody is asked to connect again", async () => {
    const space = await connected();
    await orderFault(space.sandbox, { ...token, fault: { kind: "error", name: "unauthorized-client" } });
    const ended = await run(refresh, { env: space.env });
    expectFailure(ended, 1, /developer app was refused/, /agencyiq apps set x/);
    expect(ended.stderr).not.toContain("agencyiq connect");
  });

  it("a changed client secret (invalid_client): the same, and with the right one all goes on", async () => {
    const space = await connected();
    const wrong = { ...space.env, AGENCYIQ_X_CLIENT_SECRET: "not-the-secret" };
    const ended = await run(refresh, { env: wrong });
    expectFailure(ended, 1, /developer app was refused/, /agencyiq apps set x/);
    expect(ended.stderr).not.toContain("agencyiq connect");
    expect((await run(["tokens", "status"], { env: space.env })).stdout).not.toMatch(/reauth/);
    expect((await run(refresh, { env: space.env })).code).toBe(0);
  });
});

/** A BROWSER that does this with the consent page's answer. `location` is where the browser would be sent. */
function person({ folder }: Sandboxed, decision: "approve" | "deny", then: string): string {
  const program = join(folder, "person.mjs");
  writeFileSync(
    program,
    `const authorize = new URL(process.argv[2]);
const page = await (await fetch(authorize)).text();
const body = new URLSearchParams({ request: /name="request" value="([^"]+)"/.exec(page)[1], person: "acme", decision: "${decision}" });
authorize.search = "";
const location = (await fetch(authorize, { method: "POST", body, redirect: "manual" })).headers.get("location");
${then}
await fetch(location);
`,
  );
  return `${process.execPath} ${program}`;
}

describe("what goes wrong while connecting (exit 4 or 1) stores nothing", () => {
  async function connects(space: Sandboxed, env: Readonly<Record<string, string>>): Promise<Ended> {
    const ended = await run(["connect", "x", "--port", String(space.port), "--quiet"], {
      env: { ...space.env, ...env },
    });
    expect((await run(["accounts", "list", "--json"], { env: space.env })).json()).toEqual({ accounts: [] });
    // The port is free again, and the next attempt goes through.
    await connectX(space);
    return ended;
  }

  async function space(): Promise<Sandboxed> {
    const made = await sandboxed();
    onTestFinished(() => made.sandbox.close());
    return made;
  }

  it("denied consent", async () => {
    const made = await space();
    const ended = await connects(made, { BROWSER: person(made, "deny", "") });
    expectFailure(ended, 4, /access was denied/, /agencyiq connect x/);
  });

  it("an expired code", async () => {
    const made = await space();
    const later = `await fetch("${made.sandbox.url}/_sandbox/clock", { method: "POST", headers: { "content-type": "application/json" }, body: '{"advance":60}' });`;
    const ended = await connects(made, { BROWSER: person(made, "approve", later) });
    expectFailure(ended, 4, /authorization code was invalid/, /connect/);
  });

  it("an answer to another attempt", async () => {
    const made = await space();
    const foreign = 'await fetch(location.replace(/state=[^&]+/, "state=other"));';
    const ended = await connects(made, { BROWSER: person(made, "approve", foreign) });
    expectFailure(ended, 4, /state/, /close old tabs .* connect again/);
  });

  it("a wrong client secret is for the app's owner", async () => {
    const made = await space();
    const ended = await connects(made, { AGENCYIQ_X_CLIENT_SECRET: "not-the-secret" });
    // What is stored would not be looked at: the environment goes before it.
    expectFailure(ended, 1, /developer app/, /AGENCYIQ_X_CLIENT_SECRET.* unset them .*agencyiq apps set x/);
  });
});
