import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll } from "vitest";

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A folder of the test file's own, removed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-system-"));
  folders.push(folder);
  return folder;
}

/** Bundles TypeScript that imports from src/system (as "system/…") into one file that a bare Node can run. */
export async function bundled(source: string): Promise<string> {
  const folder = temporaryFolder();
  const entry = join(folder, "entry.ts");
  const outfile = join(folder, "entry.mjs");
  writeFileSync(entry, source);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["@napi-rs/keyring"],
    alias: { system: fileURLToPath(new URL("../../src/system", import.meta.url)) },
    nodePaths: [fileURLToPath(new URL("../../node_modules", import.meta.url))],
    banner: {
      // The native library is found where the project has it, from wherever the bundle lies.
      js: `import{createRequire as _r}from"node:module";const require=_r(import.meta.url);`,
    },
    define: { "import.meta.url": JSON.stringify(new URL("../../src/system/bundle.js", import.meta.url).href) },
    logLevel: "error",
  });
  return outfile;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Runs a program to its end, with exactly this environment. */
export function runProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  limit = 20_000,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child: ChildProcess = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const text = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk) => {
      text.stdout += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      text.stderr += chunk;
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), limit);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, ...text, milliseconds: performance.now() - started });
    });
  });
}
