// `agencyiq publish` to 1 and to 10 accounts, next to @humanwhocodes/crosspost posting the same text to the same server: whole
// processes, interleaved. crosspost posts by webhook, its lightest way (one request without signature); it has one account a
// platform, so there is no 10 to compare with, and ours to 10 is held against the slowest of ours to 1.
import { fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { runTypeScript } from "./typescript.mjs";

const peer = "@humanwhocodes/crosspost@1.0.4";
const rounds = Number(process.argv[2] ?? 15);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "agencyiq-publish-"));
const home = join(folder, "home");
const server = fork(here("post-server.mjs"));
const [port] = await once(server, "message");
const environment = {
  ...process.env,
  HOME: folder,
  AGENCYIQ_HOME: home,
  AGENCYIQ_KEY_FILE: join(folder, "key"),
  AGENCYIQ_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  AGENCYIQ_X_CLIENT_ID: "bench",
  DISCORD_WEBHOOK_URL: `http://127.0.0.1:${port}/api/webhooks/1/token`,
};

try {
  const crosspost = installPeer();
  await runTypeScript("seed-accounts", [home, environment.AGENCYIQ_KEY_FILE, "10"], environment);
  const ours = here("../bin/agencyiq.js");
  const to = (count) => Array.from({ length: count }, (_, index) => ["--account", `x/customer_${index}`]).flat();
  const commands = {
    "crosspost, 1 account": () => [crosspost, "--discord-webhook", text()],
    "agencyiq publish, 1 account": () => [ours, "publish", ...to(1), text()],
    "agencyiq publish, 10 accounts": () => [ours, "publish", ...to(10), text()],
  };
  const measured = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = -2; round < rounds; round += 1) {
    for (const [name, args] of Object.entries(commands)) {
      const one = await run(args());
      // The first rounds warm the file cache.
      if (round >= 0) measured[name].push(one);
    }
  }
  print(measured);
  const video = film(join(folder, "film.mp4"), 1024 ** 3);
  const upload = await run([ours, "publish", ...to(1), "How it is made", "--video", video]);
  console.log(
    `a video of 1 GiB                         ${(upload.milliseconds / 1000).toFixed(1)} s, peak memory ${upload.peak.toFixed(0)} MiB (goal: below 150)`,
  );
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** Outside the project's own packages: it is only ever measured. */
function installPeer() {
  const place = here("../node_modules/.cache/bench-peer");
  const program = join(place, "node_modules/@humanwhocodes/crosspost/dist/bin.js");
  if (existsSync(program)) return program;
  mkdirSync(place, { recursive: true });
  const options = ["install", "--prefix", place, "--no-save", "--no-audit", "--no-fund", "--loglevel", "error", peer];
  const { status } = spawnSync("npm", options, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${peer} could not be installed`);
  return program;
}

/** The same for all of a kind, and never twice: X refuses what it has seen. */
function text() {
  return `Today: soup, bread and a pear, at ${performance.now()}`;
}

async function run(args) {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 4);
  const [status] = await once(child, "exit");
  const milliseconds = performance.now() - started;
  clearInterval(watching);
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
  return { milliseconds, peak };
}

/** A film that plays, and behind it a box that players skip; of that, the disk holds nothing. */
function film(path, bytes) {
  copyFileSync(here("../test/media/film.mp4"), path);
  const box = Buffer.alloc(8);
  box.writeUInt32BE(bytes - statSync(path).size);
  box.write("free", 4);
  appendFileSync(path, box);
  truncateSync(path, bytes);
  return path;
}

/** The most memory a process had until now (MiB), as the kernel counted. */
function peakOf(id) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function print(measured) {
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const [theirs, one, ten] = Object.values(measured);
  const time = (runs) => median(runs.map(({ milliseconds }) => milliseconds));
  console.log(`${rounds} rounds, one after the other; medians, and the highest peak of memory\n`);
  console.log(`${"command".padEnd(32)} ${"ms".padStart(7)} ${"slowest".padStart(8)} ${"MiB".padStart(6)}`);
  for (const [name, runs] of Object.entries(measured)) {
    const slowest = Math.max(...runs.map(({ milliseconds }) => milliseconds));
    const peak = Math.max(...runs.map((run) => run.peak));
    console.log(
      `${name.padEnd(32)} ${time(runs).toFixed(1).padStart(7)} ${slowest.toFixed(1).padStart(8)} ${peak.toFixed(0).padStart(6)}`,
    );
  }
  const slowestSingle = Math.max(...one.map(({ milliseconds }) => milliseconds));
  console.log(
    `\n1 account, ratio to crosspost            ${(time(one) / time(theirs)).toFixed(2)} (goal: less than 0.5)`,
  );
  console.log(
    `1 account, peak memory                   ${Math.max(...one.map(({ peak }) => peak)).toFixed(0)} MiB (goal: at most 70)`,
  );
  console.log(`10 accounts, ratio to the median of 1    ${(time(ten) / time(one)).toFixed(2)}`);
  console.log(`10 accounts, ratio to the slowest of 1   ${(time(ten) / slowestSingle).toFixed(2)} (goal: at most 1.2)`);
}
