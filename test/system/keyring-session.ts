import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { runProgram, temporaryFolder } from "./child-program.ts";

const silentBusName = fileURLToPath(new URL("silent-bus-name.mjs", import.meta.url));

// A bus without service activation: what is not started by the test is not there.
const busConfiguration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:path=BUS</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

const open: ChildProcess[] = [];
afterEach(async () => {
  for (const session of open.splice(0)) await end(session);
});

export interface KeyringSession {
  /** A logged-in user's: the bus's address, and a home of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Holds the bus's socket at `UID/bus`, as /run/user does. */
  readonly runFolder: string;
  /** What would ask for the password is there, and asks nobody: a prompt that is never answered. */
  silencePrompts(): Promise<void>;
  lock(): Promise<void>;
}

/**
 * A session bus with (unless told otherwise) an unlocked gnome-keyring on it, ended after the test. The home is its own:
 * the person's own keyring is never touched.
 */
export async function keyringSession({ keyring = true } = {}): Promise<KeyringSession> {
  const home = temporaryFolder();
  const runFolder = join(home, "run");
  const run = join(runFolder, String(process.getuid?.()));
  const data = join(home, "data");
  mkdirSync(run, { recursive: true, mode: 0o700 });
  mkdirSync(data, { mode: 0o700 });
  const configuration = join(home, "bus.conf");
  writeFileSync(configuration, busConfiguration.replace("BUS", join(run, "bus")));
  const base = { PATH: process.env["PATH"] ?? "", HOME: home, XDG_DATA_HOME: data };
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(run, "bus")}` };
  const unlock = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1";
  // The session lives as long as our end of its standard input.
  const script = `${keyring ? `${unlock} && ` : ""}echo ready && read -r _`;
  await started(spawn("dbus-run-session", ["--config-file", configuration, "--", "sh", "-c", script], { env: base }));
  return {
    env,
    runFolder,
    silencePrompts: () =>
      started(spawn(process.execPath, [silentBusName, "org.gnome.keyring.SystemPrompter"], { env })),
    lock: async () => {
      const collection = "['/org/freedesktop/secrets/collection/login']";
      const { code, stderr } = await runProgram("gdbus", [...toSecretService("Service.Lock"), collection], env);
      if (code !== 0) throw new Error(stderr);
    },
  };
}

function toSecretService(method: string): string[] {
  const words = ["call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets"];
  return [...words, "--method", `org.freedesktop.Secret.${method}`];
}

/** Resolves with the child's first word on stdout. */
async function started(child: ReturnType<typeof spawn>): Promise<void> {
  open.unshift(child);
  let complaints = "";
  child.stderr?.on("data", (text) => {
    complaints += text;
  });
  const word = child.stdout ? once(child.stdout, "data") : Promise.reject(new Error("no stdout"));
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`ended with ${code}: ${complaints}`);
  });
  await Promise.race([word, failed]);
  failed.catch(() => null);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.stdin?.end("\n");
  // The prompter reads no input.
  if (child.spawnfile === process.execPath) child.kill("SIGKILL");
  await ended;
}
