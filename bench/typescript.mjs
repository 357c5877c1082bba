// A TypeScript program beside this file, built and run to its end.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export async function runTypeScript(name, args, env) {
  const script = fileURLToPath(new URL(`../dist/bench-${name}.mjs`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile: script,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["better-sqlite3"],
    logLevel: "warning",
  });
  const { status } = spawnSync(process.execPath, [script, ...args], { env, stdio: "inherit" });
  rmSync(script, { force: true });
  if (status !== 0) throw new Error(`${name} failed`);
}
