import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jobInUnit, serviceUnit, timerUnit } from "../../src/system/systemd-units.ts";
import { temporaryFolder } from "./child-program.ts";
import { needsPackages } from "./debian-package.ts";
import { awkward, scheduledJob } from "./scheduled-job.ts";

const packages = needsPackages("systemd");

describe("a service", () => {
  it("is read back as what it was made from", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme", minLength: 1 }), (path, value) => {
        fc.pre(!/[\n\r\0]/.test(path + value));
        const job = scheduledJob({
          words: ["/usr/bin/node", `/${path}`, "tokens"],
          environment: { AGENCYIQ_HOME: value, B: "2" },
          credential: { path: `/keys/${value}`, encrypted: path.length % 2 === 0 },
        });
        const { words, environment, credential } = job;
        expect(jobInUnit(serviceUnit(job))).toEqual({ words, environment, credential });
      }),
    );
  });

  it("runs once for a timer, and on for a daemon", () => {
    const once = serviceUnit(scheduledJob());
    expect(once).toMatch(/^Type=oneshot$/m);
    expect(once).not.toContain("[Install]");
    const daemon = serviceUnit(scheduledJob({ every: null }));
    for (const line of ["Type=notify", "WatchdogSec=2min", "Restart=on-failure", "WantedBy=default.target"])
      expect(daemon.split("\n")).toContain(line);
  });

  it("a line break cannot become a setting", () => {
    const words = ["/usr/bin/node", "/a\nExecStartPre=/bin/evil"];
    expect(() => serviceUnit(scheduledJob({ words }))).toThrow(expect.objectContaining({ code: "usage" }));
    expect(() => serviceUnit(scheduledJob({ home: "/a\nb" }))).toThrow(expect.objectContaining({ code: "usage" }));
  });
});

describe.skipIf(packages.skip)(`systemd itself reads it${packages.note}`, () => {
  /** The units as files; `systemd-analyze verify` says everything that it does not understand. */
  function verify(units: Readonly<Record<string, string>>, manager = "--user"): string {
    const folder = temporaryFolder();
    const paths = Object.entries(units).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    const words = [manager, "--man=no", "--recursive-errors=no", "verify", ...paths];
    const env = { PATH: "/usr/bin:/bin", HOME: folder, XDG_RUNTIME_DIR: folder };
    const { status, stderr, stdout } = spawnSync("systemd-analyze", words, { encoding: "utf8", env });
    return status === 0 ? stderr + stdout : `${status}: ${stderr}${stdout}`;
  }

  it.each([
    ["as usual", scheduledJob()],
    ["with all that is awkward", scheduledJob({ home: awkward, environment: { AGENCYIQ_HOME: awkward, A: "$x %h" } })],
    ["with a credential", scheduledJob({ credential: { path: "/etc/credstore/a b%", encrypted: false } })],
    ["with an encrypted credential", scheduledJob({ credential: { path: "/etc/k.cred", encrypted: true } })],
    ["as a daemon", scheduledJob({ every: null })],
  ])("%s", (_name, job) => {
    const script = join(temporaryFolder(), "a b$c%d'e");
    mkdirSync(script);
    const service = serviceUnit({ ...job, words: [process.execPath, script, ...job.words.slice(2)] });
    const timer = job.every === null ? {} : { "a.timer": timerUnit(job, job.every) };
    expect(verify({ "a.service": service, ...timer })).toBe("");
  });

  it("so it does the system service of docs/cron.md", () => {
    const page = readFileSync(new URL("../../docs/cron.md", import.meta.url), "utf8");
    const [, unit = ""] = /^```ini\n(.*?)^```/ms.exec(page) ?? [];
    const program = unit.replace(/\/usr\/bin\/node/, process.execPath);
    expect(unit).toContain("LoadCredentialEncrypted");
    expect(verify({ "a.service": program }, "--system")).toBe("");
  });

  it("and would say so where it did not", () => {
    expect(verify({ "a.service": `${serviceUnit(scheduledJob())}Colour=blue\n` })).toContain("Colour");
  });

  it.each([1, 2, 15, 30, 60, 120, 720, 1440])("an interval of %i minutes is one", (every) => {
    const [, expression = ""] = /^OnCalendar=(.*)$/m.exec(timerUnit(scheduledJob(), every)) ?? [];
    const words = ["calendar", "--iterations=4", "--base-time=2026-11-21 00:00:00", expression];
    const env = { PATH: "/usr/bin:/bin", TZ: "UTC" };
    const { stdout, stderr } = spawnSync("systemd-analyze", words, { encoding: "utf8", env });
    const times = [...stdout.matchAll(/(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+ \S+) UTC/g)];
    const instants = times.map(([, time = ""]) => Date.parse(`${time.replace(" ", "T")}Z`));
    expect(instants, stdout + stderr).toHaveLength(4);
    for (const [index, instant] of instants.slice(1).entries())
      expect(instant - (instants[index] ?? 0)).toBe(every * 60_000);
  });
});
