/** Debian's cron and crontab over a spool of the test's own: nobody's real crontab is read or written. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type Ended, runProgram, temporaryFolder } from "./child-program.ts";
import { type Mounts, withMounts } from "./private-mounts.ts";

const binary = fileURLToPath(new URL("../../bin/agencyiq.js", import.meta.url));

export interface CronSpace {
  /** agencyiq, whose `crontab` has this spool. */
  agencyiq(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended & { json<T>(): T }>;
  /** The crontab's bytes, without what crontab(1) puts before them; null: there is none. */
  bytes(): string | null;
  /** Writes the crontab, as somebody else would. */
  write(text: string | Buffer): Promise<void>;
  /** cron(8), running on until the test ends. */
  startDaemon(): ChildProcess;
}

export function cronSpace(): CronSpace {
  const folder = temporaryFolder();
  const spool = join(folder, "spool");
  mkdirSync(join(spool, "crontabs"), { recursive: true });
  // As the package makes it: crontab(1) is setgid to this group.
  chownSync(join(spool, "crontabs"), 0, groupOfCrontab());
  chmodSync(join(spool, "crontabs"), 0o1730);
  chmodSync(folder, 0o755);
  const systemTable = join(folder, "crontab");
  writeFileSync(systemTable, "");
  // The system's own jobs are none of ours.
  const mounts: Mounts = { "/var/spool/cron": spool, "/etc/cron.d": null, "/etc/crontab": systemTable };
  const run = (words: readonly string[], env: Readonly<Record<string, string>>) => {
    const [program = "", ...rest] = withMounts(mounts, words);
    return runProgram(program, rest, env, 60_000);
  };
  const plain = { PATH: process.env["PATH"] ?? "", HOME: folder };
  return {
    agencyiq: async (args, env) => {
      const ended = await run([process.execPath, binary, ...args], env);
      return { ...ended, json: <T>() => JSON.parse(ended.stdout) as T };
    },
    bytes: () => {
      const table = join(spool, "crontabs", "root");
      return existsSync(table) ? readFileSync(table, "latin1").split("\n").slice(3).join("\n") : null;
    },
    write: async (text) => {
      const file = join(folder, "new");
      writeFileSync(file, text);
      const { code, stderr } = await run(["crontab", file], plain);
      if (code !== 0) throw new Error(stderr);
    },
    startDaemon: () => {
      // A /run of its own: the system's cron may be running too, and both would want its lock.
      const words = withMounts({ ...mounts, "/run": null }, ["cron", "-f", "-L", "0"], { processes: true });
      const child = spawn(words[0] ?? "", words.slice(1), { env: plain, stdio: "ignore" });
      onTestFinished(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      });
      return child;
    },
  };
}

function groupOfCrontab(): number {
  const [, , group = ""] = /^crontab:(\w*):(\d+):/m.exec(groups()) ?? [];
  return Number(group);
}

function groups(): string {
  return readFileSync("/etc/group", "utf8");
}
