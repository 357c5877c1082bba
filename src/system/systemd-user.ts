/** The user's own systemd: unit files of theirs, and systemctl --user to start them. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { JobFile, ScheduledJob, Scheduler } from "../domain/ports/scheduler.ts";
import { runProgram } from "./run-program.ts";
import { jobInUnit, serviceUnit, timerUnit } from "./systemd-units.ts";
import { withUserManager } from "./user-manager.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Systemctl = (...words: string[]) => Promise<string>;

/** `nameOf`: the units' name for a vault's folder. */
export function systemdScheduler(environment: Environment, nameOf: (home: string) => string): Scheduler {
  const folder = unitFolder(environment);
  const own = withUserManager(environment);
  const systemctl: Systemctl = async (...words) => {
    const ended = await runProgram("systemctl", ["--user", ...words], { environment: own });
    if (ended?.code === 0) return ended.stdout.toString("utf8").trim();
    const said = (ended?.stderr ?? "there is no systemctl").trim().replace(/\s+/g, " ").slice(0, 300);
    throw new Failure("scheduler_refused", `systemctl --user ${words.join(" ")} failed (${said})`, {
      hint: `look with: systemctl --user status ${words.at(-1)}; or --with crontab`,
    });
  };
  const pathsOf = (home: string) => {
    const name = nameOf(home);
    return { service: join(folder, `${name}.service`), timer: join(folder, `${name}.timer`) };
  };
  const render = (job: ScheduledJob): JobFile[] => {
    const { service, timer } = pathsOf(job.home);
    const files = [{ name: service, text: serviceUnit(job) }];
    return job.every === null ? files : [...files, { name: timer, text: timerUnit(job, job.every) }];
  };
  const remove = async (home: string) => {
    const { service, timer } = pathsOf(home);
    if (textOf(service) === null && textOf(timer) === null) return false;
    for (const path of [timer, service]) {
      // A service without a timer of its own is started by nobody: its file going is all.
      if (textOf(path)?.includes("[Install]")) await systemctl("disable", "--now", unitName(path));
      rmSync(path, { force: true });
    }
    await systemctl("daemon-reload");
    return true;
  };
  return {
    kind: "systemd",
    obstacle: async () => {
      const ended = await runProgram("systemctl", ["--user", "show", "--property=Version"], { environment: own });
      if (ended?.code === 0) return null;
      return ended ? "your user's systemd is not running" : "there is no systemd here";
    },
    render,
    install: async (job) => {
      const files = render(job);
      // From a timer to a daemon and back: what is not needed any more goes.
      await remove(job.home);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const file of files) writeWhole(file);
      await systemctl("daemon-reload");
      const { service, timer } = pathsOf(job.home);
      await systemctl("enable", "--now", unitName(job.every === null ? service : timer));
      return (await lingers(environment)) ? [] : [lingerHint];
    },
    installed: async (home) => {
      const { service, timer } = pathsOf(home);
      const text = textOf(service);
      if (text === null) return null;
      const times = textOf(timer);
      const starter = unitName(times === null ? service : timer);
      const files = [{ name: service, text }, ...(times === null ? [] : [{ name: timer, text: times }])];
      const active = await systemctl("is-active", starter).then(
        (word) => word === "active",
        () => false,
      );
      return { ...jobInUnit(text), files, active };
    },
    remove,
  };
}

const lingerHint =
  "it runs only while you are logged in; for always: loginctl enable-linger (a keychain stays locked then: use a key file)";

/** Whether the user's systemd stays when they log out. */
async function lingers(environment: Environment): Promise<boolean> {
  const words = ["show-user", String(process.getuid?.()), "--property=Linger", "--value"];
  const ended = await runProgram("loginctl", words, { environment: withUserManager(environment) });
  return ended?.code === 0 && ended.stdout.toString("utf8").trim() === "yes";
}

/** systemd.unit(5), the user's search path. */
function unitFolder(environment: Environment): string {
  const configured = environment["XDG_CONFIG_HOME"];
  const base = configured && isAbsolute(configured) ? configured : join(homedir(), ".config");
  return join(base, "systemd", "user");
}

function unitName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Whole or not at all: systemd may look at any moment. */
function writeWhole({ name, text }: JobFile): void {
  const draft = `${name}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, name);
}
