// npm run chaos:posts -- [--runs N] [--seed S] [--scenes C]: deliveries under fire (docs/publishing.md). Bundles and runs
// test/chaos/posts/main.ts.
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "agencyiq-chaos-posts-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
const outfile = join(folder, "main.mjs");
await build({
  entryPoints: [join(root, "test/chaos/posts/main.ts")],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "error",
});
const { main } = await import(pathToFileURL(outfile).href);
process.exit(await main(root, process.argv.slice(2)));
