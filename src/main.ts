/** Starts. What the version needs is in bin/; everything else is wired in wiring.ts. */
import { readFileSync } from "node:fs";
import { start } from "./wiring.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

void start(process.argv.slice(2), version);
