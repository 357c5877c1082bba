// The main job, end to end, against the sandbox: connect X, see its health, outlive a token, publish. Uses a vault of its
// own in a temporary folder and removes it; your own vault is not touched.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../bin/agencyiq.js", import.meta.url));
const approve = fileURLToPath(new URL("approve-consent.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "agencyiq-demo-"));
const tokenLifetime = 10;
let sandbox;

const clean = () => {
  sandbox?.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
};
process.once("SIGINT", () => {
  clean();
  process.exit(130);
});

try {
  await demo();
} finally {
  clean();
}

async function demo() {
  const port = await freePort();
  say("The sandbox plays X on this machine; tokens live ten seconds there.");
  const { url, clients } = await startSandbox(port);
  const app = clients.find(({ platform, clientSecret }) => platform === "x" && clientSecret !== null);
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    AGENCYIQ_HOME: join(folder, "home"),
    AGENCYIQ_KEY_FILE: join(folder, "key"),
    AGENCYIQ_ENDPOINT_URL: url,
    // Stands in for a person: opens the consent page and presses Approve.
    BROWSER: `${process.execPath} ${approve}`,
    ...(process.env.NO_COLOR ? { NO_COLOR: process.env.NO_COLOR } : {}),
    ...(process.env.TERM ? { TERM: process.env.TERM } : {}),
  };
  const run = (...args) => agencyiq(args, environment);

  say("A vault; its key is in a file, as on a server. The recovery code is shown once.");
  await run("vault", "init");
  say("The developer app. Its secret comes from standard input and is stored sealed.");
  await agencyiq(["apps", "set", "x", "--client-id", app.clientId, "--secret-stdin"], environment, app.clientSecret);
  say("Connect: the consent page opens, a person approves, the answer comes back to a loopback port.");
  await run("connect", "x", "--port", String(port));
  const connectedAt = Date.now();
  await run("tokens", "status");
  say("Ten seconds later that token has ended …");
  await sleep(Math.max(0, tokenLifetime * 1000 + 500 - (Date.now() - connectedAt)));
  await run("tokens", "status");
  say("… so the next use refreshes it first, under a lock, and stores the new pair before anything else.");
  const text = `Hello from the demo, ${new Date().toISOString().slice(0, 16)}`;
  await run("publish", "--platform", "x", "--key", "demo-1", text);
  say("The same line again, as a cron job would: nothing is sent twice.");
  await run("publish", "--platform", "x", "--key", "demo-1", text);
  await run("log", "--limit", "8");
  const { posts } = await (await fetch(`${url}/timeline.json`)).json();
  say(`The sandbox's timeline has ${posts.length} post: "${posts[0].text}"`);
  if (posts.length !== 1) throw new Error(`expected one post, found ${posts.length}`);
  say("To look around yourself: agencyiq sandbox, then open http://127.0.0.1:8790/timeline");
}

function say(text) {
  process.stdout.write(`\n# ${text}\n`);
}

/** Runs the built command with this terminal's output; ends the demo when it fails. */
async function agencyiq(args, environment, stdin) {
  process.stdout.write(`$ agencyiq ${args.map((word) => (/[\s,]/.test(word) ? `"${word}"` : word)).join(" ")}\n`);
  const child = spawn(process.execPath, [program, ...args], {
    env: environment,
    stdio: [stdin === undefined ? "ignore" : "pipe", "inherit", "inherit"],
  });
  if (stdin !== undefined) child.stdin.end(stdin);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`agencyiq ${args[0]} ended with ${code}`);
}

async function startSandbox(port) {
  const redirectUri = `http://127.0.0.1:${port}/callback/x`;
  const args = [
    "sandbox",
    "--port",
    "0",
    "--token-lifetime",
    String(tokenLifetime),
    "--redirect-uri",
    redirectUri,
    "--json",
  ];
  sandbox = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: sandbox.stdout })) return JSON.parse(line);
  throw new Error("the sandbox did not start");
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
