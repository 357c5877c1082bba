// Start-up as a user feels it: whole processes in the environment this is run in, interleaved so that a busy machine slows
// all of them alike. What counts is the ratio to a bare Node in the same run; --clean measures both without the environment.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { runTypeScript } from "./typescript.mjs";

const words = process.argv.slice(2);
const clean = words.includes("--clean");
const rounds = Number(words.find((word) => /^\d+$/.test(word)) ?? 25);
const accounts = 1000;
const program = fileURLToPath(new URL("../bin/agencyiq.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "agencyiq-bench-"));
const environment = {
  ...(clean ? { PATH: process.env.PATH } : process.env),
  HOME: folder,
  AGENCYIQ_HOME: join(folder, "home"),
  AGENCYIQ_KEY_FILE: join(folder, "key"),
};

try {
  await runTypeScript(
    "seed-accounts",
    [environment.AGENCYIQ_HOME, environment.AGENCYIQ_KEY_FILE, String(accounts)],
    environment,
  );
  const commands = {
    "node -e 0": { args: ["-e", "0"] },
    "agencyiq --version": { args: [program, "--version"], limit: 1.3 },
    [`agencyiq tokens status (${accounts} accounts)`]: { args: [program, "tokens", "status"], limit: 2.0 },
    "agencyiq tokens print": { args: [program, "tokens", "print", "x/customer_1"] },
  };
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds + 2; round += 1) {
    for (const [name, { args }] of Object.entries(commands)) {
      const time = timeOf(args);
      // The first rounds warm the file cache.
      if (round >= 2) times[name].push(time);
    }
  }
  print(commands, times);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function timeOf(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env: environment, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

function print(commands, times) {
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const [bare] = Object.keys(commands);
  process.stdout.write(`${rounds} rounds, medians; the ratio is to "${bare}"\n`);
  // These cost every start of Node the same, which makes every ratio smaller.
  const slowing = ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"].filter((name) => environment[name]);
  if (slowing.length > 0)
    process.stdout.write(
      `set here, and part of every start: ${slowing.join(", ")} (npm run bench -- --clean measures without)\n`,
    );
  process.stdout.write("\n");
  process.stdout.write(
    `${"command".padEnd(40)} ${"ms".padStart(7)} ${"min".padStart(7)} ${"max".padStart(7)} ${"ratio".padStart(6)}  limit\n`,
  );
  for (const [name, { limit }] of Object.entries(commands)) {
    const values = times[name];
    const cells = [median(values), Math.min(...values), Math.max(...values)].map((ms) => ms.toFixed(1).padStart(7));
    const ratio = (median(values) / median(times[bare])).toFixed(2).padStart(6);
    process.stdout.write(
      `${name.padEnd(40)} ${cells.join(" ")} ${ratio}  ${limit ? `at most ${limit.toFixed(1)}` : ""}\n`,
    );
  }
}
