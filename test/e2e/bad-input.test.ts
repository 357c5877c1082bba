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
  it.each<[string, string[], RegExp, RegExp]>([
    ["a platform nobody knows", ["connect", "odic"], /no platform "odic"/, /did you mean oidc\?/],
    ["a command nobody knows", ["conect"], /no command "conect"/, /agencyiq connect/],
    ["a flag nobody knows", ["tokens", "status", "--lve"], /unknown option '--lve'/, /agencyiq tokens status --help/],
    ["publish without a target", ["publish", "hello"], /no terminal to ask/, /--platform PLATFORM/],
    ["connect without a platform", ["connect"], /no terminal to ask/, /PLATFORM/],
    ["setup without a terminal", ["setup", "x"], /no terminal/, /agencyiq apps set x/],
    ["oidc without an issuer", ["connect", "oidc"], /which server/, /--issuer URL/],
    ["no developer app", ["connect", "x"], /no developer app for x/, /agencyiq setup x/],
    ["an account that is not there", ["tokens", "print", "x/nobody"], /no account "x\/nobody"/, /agencyiq connect x/],
    ["a port that is none", ["connect", "x", "--port", "99999"], /--port must be a whole number/, /--port/],
    ["two ways at once", ["connect", "x", "--manual", "--device"], /exclude each other/, /choose one/],
  ])("%s", async (_name, args, message, mend) => {
    expectFailure(await run(args, { env: workspace().env }), 2, message, mend);
  });

  it("an endpoint that is not on this machine", async () => {
    const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: "https://evil.example", AGENCYIQ_X_CLIENT_ID: "a" });
    expectFailure(
      await run(["connect", "x", "--no-browser", "--port", "0"], { env }),
      2,
      /not on this machine/,
      /127\.0\.0\.1/,
    );
  });

  it("two key sources at once", async () => {
    const { env } = workspace({ AGENCYIQ_KEY_COMMAND: "pass show key" });
    expectFailure(await run(["vault", "init"], { env }), 2, /two key sources/, /name one/);
  });

  it("an ambiguous account, with the list", async () => {
    const space = await connected(["acme", "globex"]);
    expectFailure(await run(["tokens", "print", "x"], { env: space.env }), 2, /x\/acme, x\/globex/, /accounts default/);
  });

  it("disconnect without --yes keeps the account", async () => {
    const space = await connected();
    expectFailure(await run(["disconnect", "x"], { env: space.env }), 2, /no terminal/, /--yes/);
    expect((await run(["tokens", "print", "x"], { env: space.env })).code).toBe(0);
  });

  it("a taken port names the flag and the developer app's setting", async () => {
    const space = await sandboxed();
    onTestFinished(() => space.sandbox.close());
    await run(["vault", "init"], { env: space.env });
    const server = createServer().listen(space.port, "127.0.0.1");
    onTestFinished(() => void server.close());
    const ended = await run(["connect", "x", "--port", String(space.port)], { env: space.env });
    expectFailure(
      ended,
      2,
      new RegExp(`port ${space.port} is in use`),
      /register .*callback\/x in the developer app and use --port/,
    );
  });

  it("with --json is one document, and nothing on stderr", async () => {
    const ended = await run(["connect", "odic", "--json"], { env: workspace().env });
    expect(ended.stderr).toBe("");
    expect(ended.json()).toEqual({
      error: {
        code: "unknown_platform",
        message: expect.any(String),
        hint: expect.stringContaining("oidc"),
        account: null,
      },
    });
  });
});

describe("keys (exit 5)", () => {
  it("no vault, no terminal, no key source: names the three variables and makes nothing", async () => {
    const { folder, env } = workspace();
    const { AGENCYIQ_KEY_FILE: _, ...without } = env as Record<string, string>;
    const ended = await run(["apps", "set", "x", "--client-id", "a", "--public"], { env: without });
    expectFailure(ended, 5, /no key source is named/, /AGENCYIQ_KEY_FILE, AGENCYIQ_KEY_COMMAND or AGENCYIQ_PASSPHRASE/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a missing key file is never made anew", async () => {
    const space = await connected();
    const key = space.env["AGENCYIQ_KEY_FILE"] ?? "";
    rmSync(key);
    expectFailure(await run(["tokens", "print", "x"], { env: space.env }), 5, /does not exist/, /recovery code/);
    expect(existsSync(key)).toBe(false);
    expect((await run(["tokens", "status"], { env: space.env })).code).toBe(0);
  });

  it("a wrong key file", async () => {
    const space = await connected();
    writeFileSync(space.env["AGENCYIQ_KEY_FILE"] ?? "", Buffer.alloc(32, 1));
    expectFailure(await run(["tokens", "print", "x"], { env: space.env }), 5, /does not open this vault/, /key file/);
  });

  it("a wrong passphrase", async () => {
    const { env } = workspace();
    const { AGENCYIQ_KEY_FILE: _, ...without } = env as Record<string, string>;
    expect((await run(["vault", "init"], { env: { ...without, AGENCYIQ_PASSPHRASE: "right and long" } })).code).toBe(0);
    const wrong = { ...without, AGENCYIQ_PASSPHRASE: "wrong and long" };
    expectFailure(await run(["vault", "rotate"], { env: wrong }), 5, /passphrase is wrong/, /--key-source recovery/);
  });
});

describe("damage (exit 8)", () => {
  it("a truncated vault, and an empty one, are never replaced by a new one", async () => {
    const space = await connected();
    const whole = readFileSync(vaultFile(space));
    for (const size of [0, 3000, Math.floor(whole.length / 2)]) {
      truncateSync(vaultFile(space), size);
      const ended = await run(["tokens", "print", "x"], { env: space.env });
      expectFailure(ended, 8, /vault file/, /agencyiq vault restore FILE/);
      writeFileSync(vaultFile(space), whole);
    }
    expect((await run(["tokens", "print", "x"], { env: space.env })).code).toBe(0);
  });

  it("swapped records: both are named, the third account works on", async () => {
    const space = await connected(["acme", "globex"]);
    await connectX(space, "acme", ["--brand", "other"]);
    tamper(space, (database) => {
      const rows = database
        .prepare(
          "select s.owner_id, s.blob from secrets s join credentials c on c.id = s.owner_id join accounts a on a.id = c.account_id where s.kind = 'access_token' and a.brand = 'default'",
        )
        .all() as { owner_id: string; blob: Buffer }[];
      const [a, b] = rows;
      if (!a || !b) throw new Error("two accounts are needed");
      const put = database.prepare("update secrets set blob = ? where owner_id = ? and kind = 'access_token'");
      put.run(b.blob, a.owner_id);
      put.run(a.blob, b.owner_id);
    });
    for (const name of ["x/acme", "x/globex"]) {
      expectFailure(
        await run(["tokens", "print", name], { env: space.env }),
        8,
        new RegExp(`${name}.*changed, moved or cut`),
        /agencyiq/,
      );
    }
    expect((await run(["tokens", "print", "other:x/acme"], { env: space.env })).code).toBe(0);
    const status = await run(["tokens", "status", "--json"], { env: space.env });
    expect(status.json<{ accounts: unknown[] }>().accounts).toHaveLength(3);
    const check = await run(["vault", "status", "--check", "--json"], { env: space.env });
    expect(check.code).toBe(8);
    const findings = check.json<{ check: { ok: boolean; account?: string }[] }>().check.filter(({ ok }) => !ok);
    expect(findings.map(({ account }) => account)).toEqual(expect.arrayContaining(["x/acme", "x/globex"]));
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
    expectFailure(await run(["tokens", "print", "x"], { env: space.env }), 8, /x\/acme.*put back/, /connect/);
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
  expectFailure(await run(["tokens", "refresh", "x", "--force"], { env: space.env }), 1, /disk/, /free some space/);
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

  it("denied consent (exit 4) stores nothing", async () => {
    const space = await sandboxed();
    onTestFinished(() => space.sandbox.close());
    const deny = `${process.execPath} -e "fetch(new URL(process.argv[1]).searchParams.get('redirect_uri')+'?error=access_denied&state='+new URL(process.argv[1]).searchParams.get('state'))"`;
    const ended = await run(["connect", "x", "--port", String(space.port), "--quiet"], {
      env: { ...space.env, BROWSER: deny },
    });
    expectFailure(ended, 4, /access was denied/, /connect again/);
    expect((await run(["accounts", "list", "--json"], { env: space.env })).json()).toEqual({ accounts: [] });
  });
});
