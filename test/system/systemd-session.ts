/**
 * A user's own systemd as after a log-in, really running: as nobody, in a control group, among processes and over a /run
 * of its own. It can see and move nothing that is not the test's.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type Ended, runProgram } from "./child-program.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
/** systemd's programs have no place of their own on the PATH. */
const manager = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].find((path) => existsSync(path));
/** Where control groups of version 2 are, alone or beside those of version 1. */
const groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].find((path) =>
  existsSync(join(path, "cgroup.controllers")),
);
const nobody = 65_534;

const outer = `set -e
mkdir "$1"
echo $$ > "$1/cgroup.procs"
shift
exec unshare --mount --propagation private --cgroup --pid --fork --kill-child=SIGKILL --mount-proc -- sh -ec "$@"`;

// systemd runs for a user only where the system was started by one.
const inner = `mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/user
chown -R "$1" /sys/fs/cgroup/user
echo $$ > /sys/fs/cgroup/user/cgroup.procs
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/systemd/system /run/user/"$1" /run/project
mkdir -m 700 /run/home
chown "$1" /run/user/"$1" /run/home
chmod 700 /run/user/"$1"
touch /run/node
mount --bind "$3" /run/project
mount --bind "$4" /run/node
setpriv --reuid="$1" --regid="$1" --clear-groups env -i PATH=/usr/bin:/bin HOME=/run/home XDG_RUNTIME_DIR=/run/user/"$1" "$2" --user >&2 &
while ! [ -S /run/user/"$1"/systemd/private ]; do kill -0 $!; sleep 0.1; done
echo ready
read -r _`;

/** Root may, where it may make control groups. */
export function canStartSystemd(): boolean {
  if (!manager || !groups || process.getuid?.() !== 0) return false;
  const probe = join(groups, `agencyiq-probe-${process.pid}`);
  const words = [probe, "mount -t cgroup2 cgroup2 /sys/fs/cgroup; mkdir /sys/fs/cgroup/a"];
  const { status } = spawnSync("sh", ["-c", outer, "sh", ...words]);
  removeGroup(probe);
  return status === 0;
}

export interface SystemdSession {
  /** Runs a program as the user who is logged in. */
  run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  agencyiq(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended>;
  systemctl(...args: string[]): Promise<Ended>;
  /** Where the user's own units are, as root sees it. */
  readonly units: string;
}

export async function systemdSession(): Promise<SystemdSession> {
  const group = join(groups ?? "", `agencyiq-test-${process.pid}`);
  const words = [group, inner, "sh", String(nobody), manager ?? "", project, process.execPath];
  const child = spawn("sh", ["-c", outer, "sh", ...words], { stdio: "pipe" });
  onTestFinished(() => end(child, group));
  let complaints = "";
  child.stderr.on("data", (text) => {
    complaints += text;
  });
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`systemd ended with ${code}: ${complaints}`);
  });
  await Promise.race([once(child.stdout, "data"), failed]);
  failed.catch(() => null);
  const init = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
  const run = (program: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const own = { PATH: "/usr/bin:/bin", HOME: "/run/home", XDG_RUNTIME_DIR: `/run/user/${nobody}`, ...env };
    const user = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "env", "--chdir=/run/home"];
    const place = ["--target", init, "--mount", "--pid", "--cgroup"];
    return runProgram("nsenter", [...place, "--", ...user, ...program], own, 60_000);
  };
  return {
    run,
    agencyiq: (args, env) => run(["/run/node", "/run/project/bin/agencyiq.js", ...args], env),
    systemctl: (...args) => run(["systemctl", "--user", ...args]),
    units: `/proc/${init}/root/run/home/.config/systemd/user`,
  };
}

/** Gives a folder and all in it to the user of the session. */
export function giveToUser(folder: string): void {
  chownSync(folder, nobody, nobody);
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    chownSync(join(folder, entry), nobody, nobody);
}

async function end(child: ChildProcess, group: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.stdin?.end("\n");
    await ended;
  }
  removeGroup(group);
}

/** Empty once its processes are gone; one inside another goes first. */
function removeGroup(group: string): void {
  if (!existsSync(group)) return;
  const inside = readdirSync(group, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const paths = inside.map((entry) => join(entry.parentPath, entry.name)).sort((a, b) => b.length - a.length);
  for (const path of [...paths, group]) rmdirSync(path);
}
