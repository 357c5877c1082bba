import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jobInAgent, launchAgent } from "../../src/system/launch-agent.ts";
import { needsPackages } from "./debian-package.ts";
import { awkward, scheduledJob } from "./scheduled-job.ts";

const packages = needsPackages("python3");
const log = "/Users/ada/Library/Logs/agencyiq.log";

describe("a launch agent", () => {
  it("is read back as what it was made from", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/\p{Cc}/u.test(text));
        const job = scheduledJob({
          words: ["/usr/local/bin/node", text],
          environment: { AGENCYIQ_HOME: text, B: "2" },
        });
        expect(jobInAgent(launchAgent("agencyiq", job, log))).toEqual({
          words: job.words,
          environment: job.environment,
        });
      }),
    );
  });

  it("runs in the login session, where the keychain is open", () => {
    const text = launchAgent("agencyiq", scheduledJob(), log);
    expect(text).not.toContain("LimitLoadToSessionType");
    expect(text).not.toContain("UserName");
  });

  it("has no credentials, and no control characters", () => {
    const credential = { path: "/k", encrypted: false };
    for (const job of [scheduledJob({ credential }), scheduledJob({ words: ["/a\u0001"] })])
      expect(() => launchAgent("agencyiq", job, log)).toThrow(expect.objectContaining({ code: "usage" }));
  });
});

describe.skipIf(packages.skip)(`a reader of property lists that is not ours${packages.note}`, () => {
  function read(text: string): Record<string, unknown> {
    const program = "import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
    const { stdout, stderr } = spawnSync("python3", ["-c", program], { encoding: "utf8", input: text });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it("sees the same", () => {
    const environment = { AGENCYIQ_HOME: awkward };
    const job = scheduledJob({ home: awkward, words: ["/usr/local/bin/node", awkward], environment, every: 60 });
    expect(read(launchAgent("agencyiq-1", job, log))).toMatchObject({
      Label: "agencyiq-1",
      ProgramArguments: job.words,
      EnvironmentVariables: environment,
      StartInterval: 3600,
      RunAtLoad: true,
      StandardErrorPath: log,
      Umask: 0o77,
    });
  });

  it("sees a daemon that is kept alive", () => {
    expect(read(launchAgent("agencyiq", scheduledJob({ every: null }), log))).toMatchObject({
      KeepAlive: { SuccessfulExit: false },
    });
  });
});
