import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { withSessionBus } from "../../src/system/session-bus.ts";
import { bundled, type Ended, runProgram, temporaryFolder } from "./child-program.ts";
import { needsPackages } from "./debian-package.ts";
import { keyringSession } from "./keyring-session.ts";

/**
 * Run by each test in a process of its own. It prints what came of each step and how often the event loop turned
 * meanwhile. RUN_FOLDER stands for /run/user, LIMIT for the usual 5 s,
 * OPTIONS for NODE_OPTIONS.
 */
const program = `
import { keychainSource } from "system/keychain.ts";
import { systemRandom } from "system/random.ts";
import { withSessionBus } from "system/session-bus.ts";
const { RUN_FOLDER, LIMIT, OPTIONS, ...rest } = process.env;
const own = OPTIONS ? { ...rest, NODE_OPTIONS: OPTIONS } : rest;
const environment = RUN_FOLDER ? withSessionBus(own, RUN_FOLDER) : own;
const source = keychainSource(systemRandom, environment, LIMIT ? { limit: Number(LIMIT) } : {});
let turns = 0;
setInterval(() => { turns += 1; }, 50);
const hex = (key) => Buffer.from(key).toString("hex");
const steps = {
  create: async () => { const { key, parameters } = await source.create("slot", "vault"); return { key: hex(key), parameters }; },
  read: async () => ({ key: hex(await source.read({ id: "slot", parameters: {} }, "vault")) }),
  remove: async () => { await source.remove({ id: "slot", parameters: {} }, "vault"); return {}; },
};
for (const step of process.argv.slice(2)) {
  const result = await steps[step]().catch(({ name, code, message, hint }) => ({ name, code, message, hint }));
  console.log(JSON.stringify({ step, ...result, turns }));
}
process.exit(0);
`;

interface Step {
  readonly key?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly parameters?: unknown;
  readonly turns: number;
}

let entry = "";
beforeAll(async () => {
  entry = await bundled(program);
});

const steps = (ended: Ended): Step[] => {
  const lines = ended.stdout.split("\n").filter((line) => line.startsWith("{"));
  if (lines.length === 0) throw new Error(`nothing was printed: ${ended.stderr}`);
  return lines.map((line) => JSON.parse(line) as Step);
};
const only = (ended: Ended): Step => steps(ended)[0] ?? { turns: 0 };

const keyring = needsPackages("gnome-keyring", "dbus", "libglib2.0-bin");

describe.skipIf(keyring.skip)(`gnome-keyring${keyring.note}`, () => {
  const ask = (env: Readonly<Record<string, string>>, ...words: string[]) =>
    runProgram(process.execPath, [entry, ...words], env);

  test("makes a key, reads it back in another process, and forgets it", async () => {
    const { env } = await keyringSession();
    const made = only(await ask(env, "create"));
    const [read, removed, gone] = steps(await ask(env, "read", "remove", "read"));
    expect(made.key).toMatch(/^[0-9a-f]{64}$/);
    expect(made.parameters).toEqual({ service: "agencyiq" });
    expect(read?.key).toBe(made.key);
    expect(removed?.code).toBeUndefined();
    expect(gone?.code).toBe("key_missing");
    expect(gone?.hint).toContain("recovery");
  });

  test("keeps the key's base64 under agencyiq and vault/slot", async () => {
    const { env } = await keyringSession();
    const made = only(await ask(env, "create"));
    const kept = await inKeyring(env, "entry.getPassword()");
    expect(kept).toBe(Buffer.from(made.key ?? "", "hex").toString("base64"));
  });

  test("an item that is no key of ours is told as such", async () => {
    const { env } = await keyringSession();
    await inKeyring(env, 'entry.setPassword("hunter2")');
    const read = only(await ask(env, "read"));
    expect(read.code).toBe("key_wrong");
    expect(`${read.message}${read.hint}`).not.toContain("hunter2");
  });

  test("an empty environment, as cron's is, finds the bus in the run folder", async () => {
    const { env, runFolder } = await keyringSession();
    const made = only(await ask(env, "create"));
    const cron = (words: Readonly<Record<string, string>>) => ask({ ...words }, "read");
    expect(only(await cron({ RUN_FOLDER: runFolder })).key).toBe(made.key);
    expect(only(await cron({ XDG_RUNTIME_DIR: join(runFolder, String(process.getuid?.())) })).key).toBe(made.key);
  });

  test("a cron-like environment without a bus is told apart from a missing key", async () => {
    const read = only(await ask({ XDG_RUNTIME_DIR: "/nonexistent" }, "read"));
    expect(read).toMatchObject({ code: "key_unavailable", hint: expect.stringMatching(/key.file/i) });
  });

  test("a bus without a keyring is unavailable, not locked", async () => {
    const { env } = await keyringSession({ keyring: false });
    expect(only(await ask(env, "read")).code).toBe("key_unavailable");
  });

  test("a prompt that nobody answers ends at the limit, and leaves no process that waits for it", async () => {
    const session = await keyringSession();
    await ask(session.env, "create");
    await session.silencePrompts();
    await session.lock();
    const secrets = { AGENCYIQ_PASSPHRASE: "correct horse", AGENCYIQ_X_CLIENT_SECRET: "s3cr3t-value" };
    const asked = ask({ ...session.env, ...secrets, LIMIT: "1500", OPTIONS: "--require=/nonexistent" }, "read");
    let [helper] = waiting(session.env);
    for (; !helper; [helper] = waiting(session.env)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told(helper, "environ")).not.toMatch(/correct horse|s3cr3t-value|nonexistent/);
    const late = only(await asked);
    expect(late).toMatchObject({ code: "key_timeout", hint: expect.stringContaining("unlock") });
    expect(late.turns).toBeGreaterThan(5);
    expect(waiting(session.env)).toEqual([]);
  });
});

/** Helper processes of ours on this bus that still run. */
function waiting(env: Readonly<Record<string, string>>): string[] {
  const bus = `DBUS_SESSION_BUS_ADDRESS=${env["DBUS_SESSION_BUS_ADDRESS"]}\0`;
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.filter((id) => told(id, "environ").includes(bus) && told(id, "cmdline").includes("vault/slot"));
}

/** Nothing for a process that ended meanwhile. */
function told(process: string, file: string): string {
  try {
    return readFileSync(join("/proc", process, file), "utf8");
  } catch {
    return "";
  }
}

/** The item as the library itself sees it. */
async function inKeyring(env: Readonly<Record<string, string>>, expression: string): Promise<string> {
  const library = fileURLToPath(new URL("../../node_modules/@napi-rs/keyring", import.meta.url));
  const script = `const { Entry } = require(${JSON.stringify(library)});
    const entry = new Entry("agencyiq", "vault/slot", { linux: { store: "secret-service" } });
    console.log(${expression});`;
  const { stdout, stderr, code } = await runProgram(process.execPath, ["-e", script], env);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

describe("without a keyring", () => {
  const servers: Server[] = [];
  afterEach(() => {
    vi.restoreAllMocks();
    for (const server of servers.splice(0)) server.close();
  });

  /** A bus that accepts a connection and never says a word. */
  async function silentBus(): Promise<string> {
    const path = join(temporaryFolder(), "bus");
    const server = createServer(() => {});
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return path;
  }

  test("a bus that never answers ends at the limit: the event loop turns meanwhile, the process exits", async () => {
    const path = await silentBus();
    const ended = await runProgram(process.execPath, [entry, "read"], {
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}`,
      LIMIT: "700",
    });
    const read = only(ended);
    expect(read.code).toBe("key_timeout");
    expect(read.turns).toBeGreaterThan(5);
    expect(ended.code).toBe(0);
    expect(ended.milliseconds).toBeLessThan(5000);
  });

  test("a stale bus address is unavailable", async () => {
    const ended = await runProgram(process.execPath, [entry, "read"], {
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus",
    });
    expect(only(ended).code).toBe("key_unavailable");
  });

  test.each([
    ["ssh", { SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" }, /ssh/],
    ["a container", { container: "podman" }, /AGENCYIQ_KEY_FILE/],
  ])("the hint over %s is about it, and can be followed", async (_name, env, hint) => {
    const away = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus", ...env };
    const [made, read] = steps(await runProgram(process.execPath, [entry, "create", "read"], away));
    // Where a key is to be made there may be no vault that one could be added to.
    expect(made?.hint).toContain("agencyiq vault init --key-file PATH");
    // A vault that is there opens with a key that was added to it, not with any file.
    expect(read?.hint).toContain("agencyiq vault rekey --add file --new-key-file PATH");
    for (const step of [made, read]) expect(step?.hint).toMatch(hint);
  });

  test("only a socket of ours is taken for the session bus", async () => {
    const folder = temporaryFolder();
    const own = join(folder, String(process.getuid?.()));
    mkdirSync(own);
    expect(withSessionBus({}, folder)).toEqual({});
    symlinkSync(await silentBus(), join(own, "bus"));
    expect(withSessionBus({}, folder)).toEqual({});
    const real = await silentBus();
    const found = withSessionBus({ XDG_RUNTIME_DIR: join(real, "..") }, folder);
    expect(found["DBUS_SESSION_BUS_ADDRESS"]).toBe(`unix:path=${join(real, "..")}/bus`);
    vi.spyOn(process, "getuid").mockReturnValue(54321);
    expect(withSessionBus({ XDG_RUNTIME_DIR: join(real, "..") }, folder)["DBUS_SESSION_BUS_ADDRESS"]).toBeUndefined();
    const given = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/given", XDG_RUNTIME_DIR: join(real, "..") };
    expect(withSessionBus(given)).toBe(given);
  });
});
