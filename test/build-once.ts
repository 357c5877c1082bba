import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The tests run the built binary: built from what is here now. */
export function setup(): void {
  if (isFresh()) return;
  const { status } = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
  if (status !== 0) throw new Error("the build failed");
}

/** Whether the build is newer than all that it is made from. Another run of the tests may be using it just now. */
function isFresh(): boolean {
  const built = statSync("dist/main.js", { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).map((path) => join("src", path));
  const newest = [...sources, "scripts/build.mjs", "package-lock.json"].map((path) => statSync(path).mtimeMs);
  return built > Math.max(...newest);
}
