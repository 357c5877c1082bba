// A fleet that is due at once: `agencyiq daemon --once` against a loopback token server, next to a bare undici loop that
// sends the same requests and stores nothing; peak memory next to the bare server's; and how long it takes to find what is due.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTypeScript } from "./typescript.mjs";

const [accounts = 10_000, concurrency = 64] = process.argv.slice(2).map(Number);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "agencyiq-sweep-"));
const home = join(folder, "home");
const server = fork(here("token-server.mjs"));
const [port] = await once(server, "message");
const environment = {
  ...process.env,
  HOME: folder,
  AGENCYIQ_HOME: home,
  AGENCYIQ_KEY_FILE: join(folder, "key"),
  AGENCYIQ_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  AGENCYIQ_X_CLIENT_ID: "bench",
};

try {
  await runTypeScript("seed-accounts", [home, environment.AGENCYIQ_KEY_FILE, String(accounts), "due"], environment);
  const bare = [await bareLoop()];
  const sweep = await measured();
  bare.push(await bareLoop());
  const best = (accounts / Math.min(...bare.map(({ time }) => time))) * 1000;
  const own = (accounts / sweep.milliseconds) * 1000;
  console.log(`accounts due at once              ${accounts}, ${concurrency} at a time`);
  console.log(`bare undici loop                  ${best.toFixed(0)} requests/s`);
  console.log(`agencyiq daemon --once            ${own.toFixed(0)} refreshes/s, start-up included`);
  console.log(`ratio                             ${(own / best).toFixed(2)} (goal: at least 0.5)`);
  const serverPeak = peakOf(server.pid);
  console.log(`peak memory                       ${sweep.peak.toFixed(0)} MiB`);
  console.log(`bare Node HTTP server             ${serverPeak.toFixed(0)} MiB`);
  console.log(`bare undici loop                  ${Math.max(...bare.map(({ peak }) => peak)).toFixed(0)} MiB`);
  console.log(`ratio to the server               ${(sweep.peak / serverPeak).toFixed(2)} (goal: at most 1.5)`);
  await runTypeScript("find-due", [home, "100000"], environment);
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function bareLoop() {
  const url = `http://127.0.0.1:${port}/api.x.com/2/oauth2/token`;
  const [measured] = await once(fork(here("bare-loop.mjs"), [url, String(accounts), String(concurrency)]), "message");
  return measured;
}

async function measured() {
  const program = here("../bin/agencyiq.js");
  const args = [program, "daemon", "--once", "--json", "--concurrency", String(concurrency), "--rate", "0"];
  const started = performance.now();
  const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  let answer = "";
  child.stdout.on("data", (chunk) => {
    answer += chunk;
  });
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 20);
  await once(child, "close");
  const milliseconds = performance.now() - started;
  clearInterval(watching);
  const refreshed = JSON.parse(answer).results.filter(({ outcome }) => outcome === "refreshed").length;
  if (refreshed !== accounts) throw new Error(`only ${refreshed} of ${accounts} were refreshed`);
  return { milliseconds, peak };
}

/** The most memory a process ever had (MiB), as the kernel counted; 0 once it has ended. */
function peakOf(id) {
  try {
    const told = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8"));
    return Number(told?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
