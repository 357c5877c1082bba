// Bundles src/main.ts into dist/: code-split ESM, so that a command loads only what it needs. Native addons stay outside.
import { rmSync } from "node:fs";
import { build } from "esbuild";

const analyze = process.argv.includes("--analyze");
rmSync("dist", { recursive: true, force: true });
const result = await build({
  entryPoints: { main: "src/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  chunkNames: "chunks/[name]-[hash]",
  external: ["better-sqlite3", "@napi-rs/keyring"],
  // CommonJS dependencies inside the bundle ask for require().
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
  legalComments: "none",
  logLevel: "warning",
  metafile: analyze,
});
if (result.metafile) {
  const { analyzeMetafile } = await import("esbuild");
  process.stdout.write(await analyzeMetafile(result.metafile));
}
