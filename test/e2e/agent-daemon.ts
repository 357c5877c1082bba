/** A daemon that does nothing but answer: the real wiring, with one command of its own in place of ours. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll } from "vitest";
import packageFile from "../../package.json" with { type: "json" };
import { type Started, start } from "./command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const answering = `
  export const commands = [{
    path: "daemon",
    summary: "answers",
    load: async () => ({
      declare: () => {},
      run: async (context) => {
        const vault = await context.services.vault();
        const lock = await vault.lock("daemon", 0);
        await vault.prove();
        const agent = await context.startAgent(context.services);
        context.output.note("listening at " + agent.path);
        await new Promise((resolve) => {
          const alive = setInterval(() => {}, 1000);
          context.signal.addEventListener("abort", () => { clearInterval(alive); resolve(); });
        });
        await context.services.uninterrupted(() => agent.close());
        lock.release();
        return null;
      },
    }),
  }];
`;

let built: Promise<string> | null = null;

afterAll(async () => {
  if (built) rmSync(await built.then((file) => join(file, "..")), { recursive: true, force: true });
});

async function bundle(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-daemon-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const outfile = join(folder, "daemon.cjs");
  await build({
    stdin: {
      contents: `import { start } from "./src/wiring.ts"; void start(process.argv.slice(2), ${JSON.stringify(packageFile.version)});`,
      resolveDir: root,
      loader: "ts",
    },
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    define: { "import.meta.url": "__moduleUrl" },
    banner: { js: 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
    external: ["@napi-rs/keyring", "better-sqlite3"],
    logLevel: "error",
    plugins: [
      {
        name: "one-command",
        setup: ({ onLoad }) => {
          onLoad({ filter: /src\/cli\/commands\.ts$/ }, () => ({ contents: answering, loader: "ts" }));
        },
      },
    ],
  });
  return outfile;
}

/** Started, and listening. */
export async function startDaemon(
  env: Readonly<Record<string, string>>,
): Promise<Started & { readonly socket: string }> {
  built ??= bundle();
  const started = await start(["daemon"], { env, program: await built, timeout: 120_000 });
  const line = await started.line(/^listening at /);
  return { ...started, socket: line.replace("listening at ", "") };
}
