/** Builds the real ports, runs the command line, sets the exit code: the only file that wires. */
import { readFileSync } from "node:fs";

const argv = process.argv.slice(2);

if (argv[0] === "--version" || argv[0] === "-V") {
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const { start } = await import("./start.ts");
  await start(argv, packageVersion());
}

function packageVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
