/** Bundles what runs in processes of its own. */
import { mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

export interface Programs {
  readonly folder: string;
  readonly server: string;
  readonly worker: string;
  /** The built command. */
  readonly binary: string;
}

/** @param root the project's folder */
export async function bundlePrograms(root: string): Promise<Programs> {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-chaos-programs-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const shared = {
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  } as const;
  const source = (name: string) => join(root, "test/chaos", `${name}.ts`);
  await build({ ...shared, entryPoints: [source("server")], packages: "external" });
  // In one file it starts twice as fast, and it is started very often.
  const banner = `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`;
  await build({ ...shared, entryPoints: [source("worker")], external: ["better-sqlite3"], banner: { js: banner } });
  return {
    folder,
    server: join(folder, "server.mjs"),
    worker: join(folder, "worker.mjs"),
    binary: join(root, "bin/agencyiq.js"),
  };
}
