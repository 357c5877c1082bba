/** Starts. What the version needs is here; everything else is wired in wiring.ts, loaded only then. */
import { readFileSync } from "node:fs";

const argv = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

if (argv[0] === "--version" || argv[0] === "-V") {
  process.stdout.write(`${version}\n`);
} else {
  const { start } = await import("./wiring.ts");
  await start(argv, version);
}
