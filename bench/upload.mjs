// A large video to the sandbox with the built program, killed half-way and gone on with by the next run: what arrived twice, how
// long it took, and the most memory that a process held. `node bench/upload.mjs [youtube|facebook|x] [MiB]`
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** How each is connected, and which of its requests carry the file. */
const platforms = {
  youtube: {
    app: { CLIENT_ID: "sandbox-google-client", CLIENT_SECRET: "sandbox-google-secret" },
    connect: [],
    publish: ["--account", "youtube/acme", "--title", "How it is made"],
    carries: ({ method, path }) => method === "PUT" && path === "/upload/youtube/v3/videos",
  },
  facebook: {
    app: { CLIENT_ID: "sandbox-facebook-client", CLIENT_SECRET: "sandbox-facebook-secret" },
    connect: ["--select", "all"],
    publish: ["--account", "facebook/acme", "How it is made"],
    carries: ({ method, path }) => method === "POST" && /\/videos$|^\/video-upload\/|^\/upload:/.test(path),
  },
  x: {
    app: { CLIENT_ID: "sandbox-x-client", CLIENT_SECRET: "sandbox-x-secret" },
    connect: [],
    publish: ["--account", "x/acme", "How it is made"],
    carries: ({ path }) => path.endsWith("/append"),
  },
};

const [id = "youtube", size = "1024"] = process.argv.slice(2);
const platform = platforms[id];
if (!platform) throw new Error(`no platform ${id}; there are ${Object.keys(platforms).join(", ")}`);
const bytes = Number(size) * 1024 * 1024;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const program = here("../bin/agencyiq.js");
const folder = mkdtempSync(join(tmpdir(), "agencyiq-upload-"));
const sandbox = spawn(process.execPath, [program, "sandbox", "--port", "0"], {
  env: { PATH: process.env.PATH, HOME: folder },
});
const url = await listening(sandbox);
const environment = {
  PATH: process.env.PATH,
  HOME: folder,
  AGENCYIQ_HOME: join(folder, "home"),
  AGENCYIQ_KEY_FILE: join(folder, "key"),
  AGENCYIQ_ENDPOINT_URL: url,
  BROWSER: `${process.execPath} ${here("../scripts/approve-consent.mjs")}`,
  ...Object.fromEntries(
    Object.entries(platform.app).map(([name, value]) => [`AGENCYIQ_${id.toUpperCase()}_${name}`, value]),
  ),
};

try {
  await finished(started(["connect", id, ...platform.connect]));
  const video = film(join(folder, "film.mp4"));
  const args = ["publish", "--key", "film", ...platform.publish, "--video", video, "--json", "--progress"];
  const first = started(args);
  const half = await until(() => first.progress.some(({ done }) => done >= bytes / 2), first);
  if (!half) throw new Error(`it ended before it was half-way: ${first.printed}`);
  first.child.kill("SIGKILL");
  await first.ended;
  const before = await carried();
  const second = started(args);
  await finished(second);
  const after = (await carried()) - before;
  const [seen] = second.progress;
  const figures = [
    ["video", `${size} MiB`],
    [
      "killed at",
      `${percent(Math.max(...first.progress.map(({ done }) => done)))} after ${seconds(first)}, ${before} requests with the file`,
    ],
    ["gone on with from", `${percent(seen?.done ?? 0)} (first progress told), ${after} requests with the file`],
    ["to the end", seconds(second)],
    ["peak memory", `${first.peak.toFixed(0)} and ${second.peak.toFixed(0)} MiB (goal: below 150)`],
    ["progress told", `${first.progress.length} and ${second.progress.length} lines`],
  ];
  for (const [name, value] of figures) console.log(`${name.padEnd(20)} ${value}`);
  if (Math.max(first.peak, second.peak) >= 150) process.exitCode = 1;
} finally {
  sandbox.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function listening(child) {
  let printed = "";
  for await (const piece of child.stdout) {
    printed += piece;
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(printed);
    if (found) return found[0];
  }
  throw new Error(`the sandbox did not start: ${printed}`);
}

/** A run with its memory watched, and its progress as far as it told. */
function started(args) {
  const child = spawn(process.execPath, [program, ...args], { env: environment });
  const run = { child, begun: performance.now(), took: 0, peak: 0, printed: "", progress: [], ended: null };
  const watching = setInterval(() => {
    run.peak = Math.max(run.peak, peakOf(child.pid));
  }, 10);
  let rest = "";
  child.stdout.on("data", (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.includes('"event":"progress"')) run.progress.push(JSON.parse(line));
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (run.printed += piece));
  run.ended = once(child, "close").then(([code]) => {
    clearInterval(watching);
    run.took = performance.now() - run.begun;
    return code;
  });
  return run;
}

async function finished(run) {
  const code = await run.ended;
  if (code !== 0) throw new Error(`it ended with ${code}: ${run.printed}`);
}

/** false where the run ends first. */
async function until(holds, run) {
  let over = false;
  run.ended.then(() => (over = true));
  while (!holds() && !over) await sleep(5);
  return !over;
}

async function carried() {
  const { requests } = await (await fetch(`${url}/_sandbox/requests?platform=${id}`)).json();
  return requests.filter(platform.carries).length;
}

/** A film that plays, and behind it a box that players skip; of that, the disk holds nothing. */
function film(path) {
  copyFileSync(here("../test/media/film.mp4"), path);
  const box = Buffer.alloc(8);
  box.writeUInt32BE(bytes - statSync(path).size);
  box.write("free", 4);
  appendFileSync(path, box);
  truncateSync(path, bytes);
  return path;
}

/** The most memory a process had until now (MiB), as the kernel counted. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function percent(done) {
  return `${Math.round((100 * done) / bytes)} %`;
}

function seconds({ took }) {
  return `${(took / 1000).toFixed(1)} s`;
}
