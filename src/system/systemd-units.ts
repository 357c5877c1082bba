/** The text of systemd user units (systemd.service(5), systemd.timer(5), systemd.exec(5)): pure. */
import { Failure } from "../domain/failure.ts";
import { minuteOf } from "../domain/job-interval.ts";
import type { InstalledJob, KeyCredential, ScheduledJob } from "../domain/ports/scheduler.ts";
import { splitCommandLine } from "./command-line.ts";

type Setting = readonly [name: string, value: string];

/**
 * What a user's own service manager can do without being root: no namespaces, so nothing that hides files. No
 * MemoryDenyWriteExecute: V8 compiles to memory. AF_NETLINK: the resolver asks which networks there are.
 */
const hardening: readonly Setting[] = [
  ["NoNewPrivileges", "yes"],
  ["LockPersonality", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["RestrictNamespaces", "yes"],
  ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
  ["SystemCallArchitectures", "native"],
  ["SystemCallFilter", "@system-service"],
  ["SystemCallErrorNumber", "EPERM"],
  ["UMask", "0077"],
];

/** Runs once and ends. Exit 6, "try again later", is what the next run is for. */
const oneshot: readonly Setting[] = [
  ["Type", "oneshot"],
  ["SuccessExitStatus", "6"],
  ["TimeoutStartSec", "10min"],
];

/** Says when it is ready and, at least every 30 s, that it is alive; what it has sent it finishes before it ends. */
const daemon: readonly Setting[] = [
  ["Type", "notify"],
  // By systemd-notify, a process of its own (service-manager.ts).
  ["NotifyAccess", "all"],
  // Ended by a signal as it was asked to.
  ["SuccessExitStatus", "130 143"],
  ["WatchdogSec", "2min"],
  ["Restart", "on-failure"],
  ["RestartSec", "30s"],
  ["RestartPreventExitStatus", "2"],
  ["ExecReload", "/bin/kill -HUP $MAINPID"],
  ["KillMode", "mixed"],
  ["TimeoutStopSec", "2min"],
];

/** @throws Failure `usage` */
export function serviceUnit(job: ScheduledJob): string {
  const runsOn = job.every === null;
  return unit({
    Unit: [
      ["Description", `agencyiq: keeps tokens alive (${literal(job.home)})`],
      // A key that is locked for a while must not end the trying.
      ...(runsOn ? [["StartLimitIntervalSec", "0"] as const] : []),
    ],
    Service: [
      ...(runsOn ? daemon : oneshot),
      ...Object.entries(job.environment).map(([name, value]) => ["Environment", word(`${name}=${value}`)] as const),
      ...(job.credential ? [credentialSetting(job.credential)] : []),
      // Only a command line knows variables.
      ["ExecStart", job.words.map((each) => word(each).replaceAll("$", "$$$$")).join(" ")],
      ...hardening,
    ],
    ...(runsOn ? { Install: [["WantedBy", "default.target"]] } : {}),
  });
}

/** For a job that has an interval. */
export function timerUnit({ home, vaultId }: ScheduledJob, every: number): string {
  return unit({
    Unit: [["Description", `agencyiq: keeps tokens alive, every ${every} minutes (${literal(home)})`]],
    Timer: [
      ["OnCalendar", calendar(vaultId, every)],
      // What was missed while the machine slept or was off is made up for.
      ["Persistent", "true"],
      ["RandomizedDelaySec", `${Math.min(every * 6, 300)}s`],
      ["AccuracySec", "10s"],
    ],
    Install: [["WantedBy", "timers.target"]],
  });
}

function calendar(vaultId: string, every: number): string {
  const minute = minuteOf(vaultId, every);
  if (every < 60) return `*:${minute}/${every}`;
  const at = String(minute).padStart(2, "0");
  return every === 60 ? `*:${at}` : every === 24 * 60 ? `00:${at}` : `00/${every / 60}:${at}`;
}

function credentialSetting({ path, encrypted }: KeyCredential): Setting {
  // The rest of the line is the path: no quotes.
  return [encrypted ? "LoadCredentialEncrypted" : "LoadCredential", `agencyiq-key:${literal(path)}`];
}

function unit(sections: Readonly<Record<string, readonly Setting[]>>): string {
  const text = Object.entries(sections).map(
    ([name, settings]) => `[${name}]\n${settings.map(([key, value]) => `${key}=${value}\n`).join("")}`,
  );
  return `# Made by agencyiq cron install; taken away by agencyiq cron remove\n${text.join("\n")}`;
}

/** A percent sign begins a specifier. @throws Failure `usage` */
function literal(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new Failure("usage", "systemd cannot run this: there is a line break in a path");
  return text.replaceAll("%", "%%");
}

/** One word, whatever is in it. */
function word(text: string): string {
  const escaped = literal(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return /^[\w@%+=:,./-]+$/.test(text) ? escaped : `"${escaped}"`;
}

/** What a unit runs. */
export function jobInUnit(text: string): Pick<InstalledJob, "words" | "environment" | "credential"> {
  const values = (name: string) =>
    text.split("\n").flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
  const words = (value: string) => (splitCommandLine(value) ?? []).map((each) => each.replaceAll("%%", "%"));
  const settings = values("Environment").flatMap(words);
  const [command = ""] = values("ExecStart");
  return {
    words: words(command).map((each) => each.replaceAll("$$", "$")),
    environment: Object.fromEntries(
      settings.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
    ),
    credential: credentialIn(values("LoadCredential")[0], values("LoadCredentialEncrypted")[0]),
  };
}

function credentialIn(plain: string | undefined, encrypted: string | undefined): KeyCredential | null {
  const value = encrypted ?? plain;
  if (value === undefined) return null;
  return { path: value.slice(value.indexOf(":") + 1).replaceAll("%%", "%"), encrypted: encrypted !== undefined };
}
