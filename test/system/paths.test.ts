import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homeFolder } from "../../src/system/paths.ts";
import { bundled, runProgram } from "./child-program.ts";

test.each([
  [{ AGENCYIQ_HOME: "/srv/agency", XDG_DATA_HOME: "/data" }, "linux", "/srv/agency"],
  [{ AGENCYIQ_HOME: "relative" }, "linux", join(process.cwd(), "relative")],
  [{ AGENCYIQ_HOME: "", XDG_DATA_HOME: "/data" }, "linux", "/data/agencyiq"],
  [{ XDG_DATA_HOME: "/data" }, "linux", "/data/agencyiq"],
  [{ XDG_DATA_HOME: "relative" }, "linux", join(homedir(), ".local/share/agencyiq")],
  [{ XDG_DATA_HOME: "" }, "linux", join(homedir(), ".local/share/agencyiq")],
  [{}, "linux", join(homedir(), ".local/share/agencyiq")],
  [{ XDG_DATA_HOME: "/data" }, "darwin", join(homedir(), "Library/Application Support/agencyiq")],
  [{ LOCALAPPDATA: "/appdata" }, "win32", "/appdata/agencyiq"],
  [{}, "win32", join(homedir(), "AppData/Local/agencyiq")],
] as const)("%j on %s: %s", (environment, platform, folder) => {
  expect(homeFolder(environment, platform)).toBe(folder);
});

// Only root can become a user that no name belongs to, as a container's run --user does.
test.runIf(process.getuid?.() === 0)("a user whom nobody has heard of is told what to set", async () => {
  const entry = await bundled(`
    import { homeFolder } from "system/paths.ts";
    process.setuid(54321);
    for (const environment of [{ AGENCYIQ_HOME: "/srv/agency" }, {}]) {
      try { console.log(homeFolder(environment)); } catch ({ code, hint }) { console.log(code + ": " + hint); }
    }
  `);
  const { stdout, stderr } = await runProgram(process.execPath, [entry]);
  expect(stdout, stderr).toBe("/srv/agency\nusage: set AGENCYIQ_HOME\n");
});
