import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program (or, for a library, a path) that proves a Debian package installed; asking dpkg would cost a process per test file. */
const programs = {
  "gnome-keyring": "gnome-keyring-daemon",
  dbus: "dbus-run-session",
  "libglib2.0-bin": "gdbus",
  chromium: "chromium",
  openssl: "openssl",
  cron: "crontab",
  systemd: "systemd-analyze",
  python3: "python3",
  pass: "pass",
  gnupg: "gpg",
  "python3-oauthlib": "/usr/lib/python3/dist-packages/oauthlib",
} as const satisfies Record<string, string>;

export type DebianPackage = keyof typeof programs;

/**
 * For `describe.skipIf(missing.skip)(\`… ${missing.note}\`)`: what is missing is named in the skipped test's own name,
 * with the command that installs it. Under CI a skip fails the run (test/skipped-reporter.ts).
 */
export function needsPackages(...packages: readonly DebianPackage[]): {
  readonly skip: boolean;
  readonly note: string;
} {
  const missing = packages.filter((name) => !isThere(programs[name]));
  if (missing.length === 0) return { skip: false, note: "" };
  return { skip: true, note: ` [apt-get install -y --no-install-recommends ${missing.join(" ")}]` };
}

function isThere(program: string): boolean {
  if (program.startsWith("/")) return existsSync(program);
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}
