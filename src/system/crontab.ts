/** The user's crontab, through crontab(1): it alone may write the spool, and it tells cron. */
import { readdirSync, readFileSync } from "node:fs";
import { Failure } from "../domain/failure.ts";
import type { ScheduledJob, Scheduler } from "../domain/ports/scheduler.ts";
import { withoutSecrets } from "./child-environment.ts";
import { blockIn, crontabBlock, jobIn, withBlock, withoutHeader } from "./crontab-text.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export function crontabScheduler(environment: Environment): Scheduler {
  const crontab = (word: string, input?: Buffer) =>
    runProgram("crontab", [word], {
      // Debian's hides its own header unless told otherwise; others always show theirs. Shown, it can be told apart.
      environment: { ...withoutSecrets(environment), LC_ALL: "C", CRONTAB_NOHEADER: "N" },
      ...(input ? { input } : {}),
    });
  const read = async () => {
    const listed = await crontab("-l");
    if (listed?.code === 0) return withoutHeader(listed.stdout.toString("latin1"));
    if (listed && saysNone(listed)) return "";
    throw refusal(listed);
  };
  const write = async (text: string) => {
    const written = await (text === "" ? crontab("-r") : crontab("-", Buffer.from(text, "latin1")));
    if (written?.code !== 0) throw refusal(written);
    if ((await read()) === text) return;
    throw new Failure("scheduler_refused", "the crontab is not what was written: somebody else changes it just now", {
      hint: "look with crontab -l, and run it again",
    });
  };
  const obstacle = async () => {
    const listed = await crontab("-l");
    if (!listed) return "there is no crontab program (Debian: apt-get install cron)";
    return listed.code === 0 || saysNone(listed) ? null : refusal(listed).message;
  };
  const render = (job: ScheduledJob) => [{ name: "crontab", text: crontabBlock(job) }];
  return {
    kind: "crontab",
    obstacle,
    render,
    install: async (job) => {
      await write(withBlock(await read(), job.home, crontabBlock(job)));
      return daemonIsSeen() ? [] : ["no cron daemon was seen running: until one does, nothing is started"];
    },
    installed: async (home) => {
      if ((await obstacle()) !== null) return null;
      const block = blockIn(await read(), home);
      if (block === null) return null;
      const job = jobIn(block) ?? { words: [], environment: {} };
      return { ...job, files: [{ name: "crontab", text: block }], credential: null, active: null };
    },
    remove: async (home) => {
      if ((await obstacle()) !== null) return false;
      const text = await read();
      if (blockIn(text, home) === null) return false;
      await write(withBlock(text, home, null));
      return true;
    },
  };
}

/** A container often has the program and nothing that reads what it writes. True where it cannot be told. */
function daemonIsSeen(): boolean {
  if (process.platform !== "linux") return true;
  const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return names.some((id) => /^(cron|crond|cronie|fcron|busybox)$/.test(nameOf(id)));
}

function nameOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/comm`, "utf8").trim();
  } catch {
    // It ended while we looked.
    return "";
  }
}

/** "no crontab for ada" (Vixie, cronie, BSD); BusyBox cannot open the file. */
function saysNone({ stderr }: ProgramEnd): boolean {
  return /no crontab for|can't open .*no such file/i.test(stderr);
}

function refusal(end: ProgramEnd | null): Failure {
  if (!end) return new Failure("scheduler_refused", "there is no crontab program", { hint: "--with systemd" });
  const said = end.stderr.trim().replace(/\s+/g, " ").slice(0, 200);
  return new Failure("scheduler_refused", `crontab refused (${said || `ended with ${end.code ?? "a signal"}`})`, {
    hint: "may you use it? crontab -l; else --with systemd",
  });
}
