import { spawnSync } from "node:child_process";

/** The tests run the built binary: built from what is here now. */
export function setup(): void {
  const { status } = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
  if (status !== 0) throw new Error("the build failed");
}
