/** The user's LaunchAgents on macOS: a property list of theirs, and launchctl to load it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { ScheduledJob, Scheduler } from "../domain/ports/scheduler.ts";
import { withoutSecrets } from "./child-environment.ts";
import { jobInAgent, launchAgent } from "./launch-agent.ts";
import { runProgram } from "./run-program.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `nameOf`: the agent's label for a vault's folder. Never a LaunchDaemon: that has no login keychain. */
export function launchdScheduler(environment: Environment, nameOf: (home: string) => string): Scheduler {
  const domain = `gui/${process.getuid?.()}`;
  const launchctl = (...words: string[]) =>
    runProgram("launchctl", words, { environment: withoutSecrets(environment) });
  const pathOf = (home: string) => join(homedir(), "Library", "LaunchAgents", `${nameOf(home)}.plist`);
  const render = (job: ScheduledJob) => {
    const label = nameOf(job.home);
    const log = join(homedir(), "Library", "Logs", `${label}.log`);
    return [{ name: pathOf(job.home), text: launchAgent(label, job, log) }];
  };
  return {
    kind: "launchd",
    obstacle: async () => {
      if (process.platform !== "darwin") return "launchd is macOS's";
      const ended = await launchctl("print", domain);
      return ended?.code === 0 ? null : "nobody is logged in at this Mac's desktop";
    },
    render,
    install: async (job) => {
      const [file] = render(job);
      if (!file) return [];
      // One that is loaded keeps its old settings until it is taken out.
      await launchctl("bootout", `${domain}/${nameOf(job.home)}`);
      mkdirSync(dirname(file.name), { recursive: true });
      writeFileSync(file.name, file.text, { mode: 0o600 });
      const loaded = await launchctl("bootstrap", domain, file.name);
      if (loaded?.code === 0) return [];
      const said = (loaded?.stderr ?? "there is no launchctl").trim().replace(/\s+/g, " ").slice(0, 200);
      throw new Failure("scheduler_refused", `launchctl bootstrap failed (${said})`, {
        hint: "log in at this Mac's desktop and run it there; or --with crontab",
      });
    },
    installed: async (home) => {
      const text = textOf(pathOf(home));
      if (text === null) return null;
      const active = (await launchctl("print", `${domain}/${nameOf(home)}`))?.code === 0;
      return { ...jobInAgent(text), files: [{ name: pathOf(home), text }], credential: null, active };
    },
    remove: async (home) => {
      if (textOf(pathOf(home)) === null) return false;
      await launchctl("bootout", `${domain}/${nameOf(home)}`);
      rmSync(pathOf(home), { force: true });
      return true;
    },
  };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
