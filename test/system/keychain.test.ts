import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { withSessionBus } from "../../src/system/session-bus.ts";
import { bundled, type Ended, runProgram, temporaryFolder } from "./child-program.ts";
import { needsPackages } from "./debian-package.ts";

/**
 * Asks a real gnome-keyring on a bus of its own. Each test runs a small program in a process of its own and reads what
 * it prints: what came of it, how long it took, and how often the event loop turned meanwhile.
 */
const program = `
import { keychainSource } from "system/keychain.ts";
import { systemRandom } from "system/random.ts";
const source = keychainSource(systemRandom);
let turns = 0;
setInterval(() => { turns += 1; }, 50);
const hex = (key) => Buffer.from(key).toString("hex");
const steps = {
  create: async () => { const { key, parameters } = await source.create("slot", "vault"); return { key: hex(key), parameters }; },
  read: async () => ({ key: hex(await source.read({ id: "slot", parameters: {} }, "vault")) }),
  remove: async () => { await source.remove({ id: "slot", parameters: {} }, "vault"); return {}; },
};
for (const step of process.argv.slice(2)) {
  const started = performance.now();
  const result = await steps[step]().catch(({ name, code, message, hint }) => ({ name, code, message, hint }));
  console.log(JSON.stringify({ step, ...result, turns, milliseconds: performance.now() - started }));
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
  readonly milliseconds: number;
}

const silentBusName = fileURLToPath(new URL("silent-bus-name.mjs", import.meta.url));
// A bus without service activation: what is not started by the test is not there.
const busConfiguration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:path=BUS</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

let entry = "";
beforeAll(async () => {
  entry = await bundled(program);
});

const steps = (ended: Ended): Step[] => {
  const lines = ended.stdout.split("\n").filter((line) => line.startsWith("{"));
  if (lines.length === 0) throw new Error(`nothing was printed: ${ended.stderr}`);
  return lines.map((line) => JSON.parse(line) as Step);
};
const only = (ended: Ended): Step => steps(ended)[0] ?? { turns: 0, milliseconds: 0 };

/** Runs a script on a session bus of its own, with a home of its own: the person's own keyring is never touched. */
function onBus(script: string): Promise<Ended> {
  const home = temporaryFolder();
  const data = join(home, "data");
  const run = join(home, "run");
  for (const folder of [data, run]) mkdirSync(folder, { mode: 0o700 });
  const configuration = join(home, "bus.conf");
  writeFileSync(configuration, busConfiguration.replace("BUS", join(run, "bus")));
  const prelude = `
set -eu
node=${process.execPath}; entry=${entry}
unlocked() { echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; }
lock() { gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \\
  --method org.freedesktop.Secret.Service.Lock "['/org/freedesktop/secrets/collection/login']" >/dev/null; }
`;
  return runProgram(
    "dbus-run-session",
    ["--config-file", configuration, "--", "bash", "-c", prelude + script],
    { PATH: process.env["PATH"] ?? "", HOME: home, XDG_DATA_HOME: data, RUN: run },
    28_000,
  );
}

const keyring = needsPackages("gnome-keyring", "dbus", "libglib2.0-bin");

describe.skipIf(keyring.skip)(`gnome-keyring${keyring.note}`, () => {
  test("makes a key, reads it back in another process, and forgets it", async () => {
    const ended = await onBus('unlocked; $node "$entry" create; $node "$entry" read remove read');
    const [made, read, removed, gone] = steps(ended);
    expect(made?.key).toMatch(/^[0-9a-f]{64}$/);
    expect(made?.parameters).toEqual({ service: "agencyiq" });
    expect(read?.key).toBe(made?.key);
    expect(removed?.code).toBeUndefined();
    expect(gone?.code).toBe("key_missing");
    expect(gone?.hint).toContain("recovery");
  });

  test("keeps 44 characters of ASCII under agencyiq and vault/slot", async () => {
    const ended = await onBus(
      `unlocked; $node "$entry" create >/dev/null
       gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \\
         --method org.freedesktop.Secret.Service.SearchItems "{'service': 'agencyiq', 'username': 'vault/slot'}"`,
    );
    expect(ended.stdout).toContain("/org/freedesktop/secrets/collection/login/");
  });

  test("a cron-like environment finds the bus in the run folder", async () => {
    const ended = await onBus(
      'unlocked; $node "$entry" create >/dev/null; env -i XDG_RUNTIME_DIR="$RUN" "$node" "$entry" read',
    );
    expect(only(ended).key).toMatch(/^[0-9a-f]{64}$/);
  });

  test("a cron-like environment without a bus is told apart from a missing key", async () => {
    const ended = await onBus('env -i XDG_RUNTIME_DIR=/nonexistent "$node" "$entry" read');
    expect(only(ended)).toMatchObject({ code: "key_unavailable", hint: expect.stringMatching(/key.file/i) });
  });

  test("a bus without a keyring is unavailable, not locked", async () => {
    expect(only(await onBus('$node "$entry" read')).code).toBe("key_unavailable");
  });

  test("a locked keyring that nobody can be asked to open is locked", async () => {
    const read = only(await onBus('unlocked; $node "$entry" create >/dev/null; lock; $node "$entry" read'));
    expect(read).toMatchObject({ code: "key_locked", hint: expect.stringContaining("rekey --add file") });
  });

  test("a prompt that nobody answers ends after 5 s: the event loop turns, the process exits", async () => {
    const ended = await onBus(
      `unlocked; $node "$entry" create
       coproc prompter { $node ${silentBusName} org.gnome.keyring.SystemPrompter; }
       read -r owned <&"\${prompter[0]}"; lock
       $node "$entry" read; kill $prompter_PID`,
    );
    const read = steps(ended)[1];
    expect(read).toMatchObject({ code: "key_timeout", hint: expect.stringContaining("unlock") });
    expect(read?.milliseconds).toBeGreaterThan(4900);
    expect(read?.milliseconds).toBeLessThan(6500);
    expect(read?.turns).toBeGreaterThan(60);
    expect(ended.code).toBe(0);
    expect(ended.milliseconds).toBeLessThan(12_000);
  });
});

describe("without a keyring", () => {
  const servers: Server[] = [];
  afterEach(() => {
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

  test("a bus that never answers ends after 5 s", async () => {
    const path = await silentBus();
    const ended = await runProgram(process.execPath, [entry, "read"], {
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}`,
    });
    const read = only(ended);
    expect(read.code).toBe("key_timeout");
    expect(read.turns).toBeGreaterThan(60);
    expect(ended.milliseconds).toBeLessThan(8000);
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
  ])("the hint over %s is about it", async (_name, env, hint) => {
    const ended = await runProgram(process.execPath, [entry, "read"], {
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus",
      ...env,
    });
    expect(only(ended).hint).toMatch(hint);
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
    const given = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/given", XDG_RUNTIME_DIR: join(real, "..") };
    expect(withSessionBus(given)).toBe(given);
  });
});
