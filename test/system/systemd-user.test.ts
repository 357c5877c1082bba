/** `agencyiq cron --with systemd` against a user's systemd that really runs. */
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect, type Setting, setting } from "../real/connection.ts";
import { needsPackages } from "./debian-package.ts";
import { canStartSystemd, giveToUser, type SystemdSession, systemdSession } from "./systemd-session.ts";

const packages = needsPackages("systemd");
const able = canStartSystemd();
const note = able ? packages.note : " [needs root and control groups of version 2]";

/** A connected account whose token is soon due, in a vault of the session's user. */
async function connected(): Promise<Setting> {
  const at = await setting({ accessTokenLifetime: 4 });
  await connect(at);
  giveToUser(at.folder);
  return at;
}

/** The environment of the user's shell, without a word on the key. */
function shellOf({ env }: Setting): Record<string, string> {
  return { AGENCYIQ_HOME: env["AGENCYIQ_HOME"] ?? "" };
}

interface Installed {
  readonly scheduler: string;
  readonly hints: readonly string[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly checks: readonly { readonly id: string; readonly ok: boolean; readonly message: string }[];
}

async function installed(session: SystemdSession, at: Setting, ...more: string[]): Promise<Installed> {
  const ended = await session.agencyiq(["cron", "install", "--json", ...more], shellOf(at));
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  return JSON.parse(ended.stdout) as Installed;
}

function unitOf({ files }: Installed, ending: "service" | "timer"): string {
  const file = files.find(({ name }) => name.endsWith(ending));
  return file?.name.split("/").at(-1) ?? "";
}

const refreshes = ({ server }: Setting) => server.requests({ route: "token", grant: "refresh_token" }).length;

describe.skipIf(packages.skip || !able)(`a user's systemd${note}`, () => {
  it("is what is taken where it runs: its timer starts the job, hardened, within a minute", {
    timeout: 180_000,
  }, async () => {
    const session = await systemdSession();
    const at = await connected();
    const told = await installed(session, at, "--every", "1m");
    expect(told.scheduler).toBe("systemd");
    expect(told.checks).toMatchObject([
      { id: "cron.key", ok: true, message: expect.stringContaining("opened by file") },
      { id: "cron.record", ok: true, message: "the sealed record of oidc/alice opens" },
    ]);
    expect(told.hints.join()).toContain("loginctl enable-linger");
    const timer = await session.systemctl("list-timers", "--all");
    expect(timer.stdout).toContain(unitOf(told, "timer"));
    await expect.poll(() => refreshes(at), { timeout: 120_000, interval: 200 }).toBeGreaterThan(0);
    const service = unitOf(told, "service");
    const properties = ["--property=Result,ExecMainStatus,NoNewPrivileges"];
    await expect
      .poll(async () => (await session.systemctl("show", service, ...properties)).stdout, { timeout: 10_000 })
      .toMatch(/Result=success[\s\S]*ExecMainStatus=0/);
    expect((await session.systemctl("show", service, ...properties)).stdout).toContain("NoNewPrivileges=yes");

    const shown = await session.agencyiq(["cron", "--json"], shellOf(at));
    expect(JSON.parse(shown.stdout)).toMatchObject({ jobs: [{ scheduler: "systemd", active: true }] });
    const removed = await session.agencyiq(["cron", "remove", "--json"], shellOf(at));
    expect(JSON.parse(removed.stdout)).toEqual({ removedFrom: ["systemd"] });
    expect(readdirSync(session.units, { recursive: true })).toEqual([]);
    expect((await session.systemctl("list-timers", "--all")).stdout).not.toContain("agencyiq");
  });

  it("hands a credential to the job, and to nobody else", async () => {
    const session = await systemdSession();
    const at = await connected();
    const { AGENCYIQ_KEY_FILE: recorded = "" } = at.env;
    const key = join(at.folder, "given to systemd %h");
    renameSync(recorded, key);
    const without = await session.agencyiq(["doctor", "--as-cron"], shellOf(at));
    expect(without).toMatchObject({ code: 5, stdout: expect.stringContaining("does not exist") });
    const told = await installed(session, at, "--load-credential", key);
    expect(told.checks).toMatchObject([{ ok: true }, { ok: true }]);
    // Due after two seconds; until then the key is not asked for.
    const refreshesAfterRun = async () => {
      expect((await session.systemctl("start", unitOf(told, "service"))).code).toBe(0);
      return refreshes(at);
    };
    await expect.poll(refreshesAfterRun, { timeout: 20_000, interval: 500 }).toBe(1);
    const doctor = await session.agencyiq(["doctor", "--as-cron"], shellOf(at));
    expect(doctor, doctor.stdout).toMatchObject({ code: 0 });
  });

  it("runs the daemon, which says that it is ready and alive, and ends when it is asked to", async () => {
    const session = await systemdSession();
    const at = await connected();
    await installed(session, at);
    const told = await installed(session, at, "--daemon");
    const service = unitOf(told, "service");
    expect(unitOf(told, "timer")).toBe("");
    const state = async (...names: string[]) =>
      (await session.systemctl("show", service, `--property=${names.join(",")}`)).stdout;
    // systemctl waited for its READY=1.
    expect(await state("ActiveState", "StatusText", "Type")).toMatch(/Type=notify[\s\S]*StatusText=tokens are watched/);
    await expect.poll(() => refreshes(at), { timeout: 20_000 }).toBeGreaterThan(1);
    expect(await state("WatchdogTimestampMonotonic")).not.toMatch(/=0?$/m);
    expect(await state("ActiveState", "NRestarts")).toBe("NRestarts=0\nActiveState=active\n");
    expect((await session.systemctl("reload", service)).code).toBe(0);
    const timers = await session.systemctl("list-timers", "--all");
    expect(timers.stdout).not.toContain("agencyiq");
    expect((await session.agencyiq(["cron", "remove"], shellOf(at))).code).toBe(0);
    expect(await state("ActiveState", "Result")).toBe("Result=success\nActiveState=inactive\n");
    expect(readdirSync(session.units)).toEqual([]);
  });

  it("another interval replaces the timer; a key that is gone fails the service, and doctor says why", async () => {
    const session = await systemdSession();
    const at = await connected();
    await installed(session, at, "--every", "6h");
    const told = await installed(session, at, "--every", "12h");
    const { stdout } = await session.systemctl("show", unitOf(told, "timer"), "--property=TimersCalendar,ActiveState");
    expect(stdout).toMatch(/OnCalendar=\S+ 00\/12:\d\d:00/);
    expect(stdout).toContain("ActiveState=active");
    renameSync(at.env["AGENCYIQ_KEY_FILE"] ?? "", join(at.folder, "elsewhere"));
    const codeOfRun = async () => (await session.systemctl("start", unitOf(told, "service"))).code;
    await expect.poll(codeOfRun, { timeout: 20_000, interval: 500 }).not.toBe(0);
    const status = await session.systemctl("show", unitOf(told, "service"), "--property=ExecMainStatus");
    expect(status.stdout.trim()).toBe("ExecMainStatus=5");
    const doctor = await session.agencyiq(["doctor", "--as-cron"], shellOf(at));
    expect(doctor).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(/installed with systemd\nwrong .*does not exist/),
    });
  });
});
