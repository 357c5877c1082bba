/** The schedulers of this machine and what their jobs are made of. Loaded by the commands that ask for it. */
import { createHash } from "node:crypto";
import type { Scheduling } from "../domain/ports/scheduler.ts";
import { rehearse } from "./cron-rehearsal.ts";
import { crontabScheduler } from "./crontab.ts";
import { lastingProgram, pathForCommand, surroundingsOf } from "./job-surroundings.ts";
import { launchdScheduler } from "./launchd.ts";
import { homeFolder } from "./paths.ts";
import { systemdScheduler } from "./systemd-user.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export function scheduling(environment: Environment, script: string): Scheduling {
  const usual = homeFolder({ ...environment, AGENCYIQ_HOME: undefined });
  const nameOf = (home: string) =>
    home === usual ? "agencyiq" : `agencyiq-${createHash("sha256").update(home).digest("hex").slice(0, 8)}`;
  return {
    schedulers: [
      launchdScheduler(environment, nameOf),
      systemdScheduler(environment, nameOf),
      crontabScheduler(environment),
    ],
    program: lastingProgram(process.execPath, script),
    surroundings: surroundingsOf(environment),
    pathForCommand: (line) => pathForCommand(line, environment),
    rehearse: (rehearsal) => rehearse(rehearsal, environment),
  };
}
