/** Runs a program the way a scheduler would: with next to nothing in its environment. */
import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { Failure } from "../domain/failure.ts";
import type { KeyCredential, Rehearsal, RehearsalEnd } from "../domain/ports/scheduler.ts";
import { minutes } from "../domain/time.ts";
import { runProgram } from "./run-program.ts";
import { withUserManager } from "./user-manager.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A keychain may take its five seconds and a key command its ten, and the machine may be slow. */
const limit = minutes(1);

/** What cron gives (crontab(5)): the home folder of the password file, and a short PATH. */
function cronEnvironment() {
  const { username, homedir: home } = whoami();
  return { HOME: home, PATH: "/usr/bin:/bin", SHELL: "/bin/sh", LOGNAME: username };
}

/** In a container the user may have a number and no name. */
function whoami(): { username: string; homedir: string } {
  try {
    return userInfo();
  } catch {
    return { username: String(process.getuid?.()), homedir: homedir() };
  }
}

/** @throws Failure `scheduler_refused` */
export async function rehearse({ words, environment, credential }: Rehearsal, own: Environment): Promise<RehearsalEnd> {
  const bare = cronEnvironment();
  const ended = credential
    ? await runProgram("systemd-run", transientService(credential, environment, words), {
        environment: withUserManager(own),
        limit,
      })
    : await runProgram(words[0] ?? "", words.slice(1), {
        environment: { ...bare, ...environment },
        limit,
        ...(existsSync(bare.HOME) ? { folder: bare.HOME } : {}),
      });
  if (!ended) {
    throw new Failure("scheduler_refused", `there is no ${credential ? "systemd-run" : words[0]}`, {
      hint: "agencyiq cron install, to write the job anew",
    });
  }
  return { code: ended.code, stdout: ended.stdout.toString("utf8"), stderr: ended.stderr };
}

/** A credential is handed out by systemd alone: the rehearsal is a service of its own. */
function transientService(
  { path, encrypted }: KeyCredential,
  environment: Readonly<Record<string, string>>,
  words: readonly string[],
): string[] {
  const property = encrypted ? "LoadCredentialEncrypted" : "LoadCredential";
  const settings = Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`);
  return [
    ...["--user", "--wait", "--pipe", "--collect", "--quiet", `--property=${property}=agencyiq-key:${path}`],
    ...settings,
    "--",
    ...words,
  ];
}
