// The licences of what is bundled travel with the bundle: most of them ask for just that.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One text for all packages that a build read files of (esbuild's metafiles). */
export function thirdPartyLicences(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== null));
  return [...folders]
    .sort()
    .map(describe)
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** `node_modules/@hono/node-server` of a file below it; null for our own. */
function packageFolder(input) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? null;
}

function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${name} ${version}: ${license ?? "see below"}\n\n${text}\n`;
}
