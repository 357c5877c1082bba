import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { Failure } from "../../src/domain/failure.ts";
import { systemBrowser } from "../../src/system/browser.ts";
import { temporaryFolder } from "./child-program.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock("open");
});

const address = "https://x.com/i/oauth2/authorize?client_id=a&scope=b%20c;touch$(pwned)";

/** A program that writes its arguments and environment to a file. */
function recorder(name = "record", after = "exit 0", tells = "") {
  const folder = temporaryFolder();
  const program = join(folder, name);
  const out = join(folder, "seen");
  writeFileSync(
    program,
    `#!/bin/sh\n{ for a in "$@"; do echo "arg:$a"; done; env; ${tells || ":"}; } > "${out}.part"\nmv "${out}.part" "${out}"\n${after}\n`,
  );
  chmodSync(program, 0o755);
  return { folder, program, seen: () => seenIn(out) };
}

async function seenIn(file: string): Promise<string> {
  for (let tries = 0; !existsSync(file) && tries < 100; tries += 1) await sleep(20);
  return readFileSync(file, "utf8");
}

test("BROWSER is run with its own arguments and the address as one more, without a shell and without our secrets", async () => {
  const { program, seen } = recorder("my browser");
  const environment = {
    BROWSER: `"${program}" --profile 'for work'`,
    PATH: "/usr/bin:/bin",
    AGENCYIQ_PASSPHRASE: "correct horse",
    AGENCYIQ_X_CLIENT_SECRET: "s3cr3t-value",
    AGENCYIQ_HOME: "/tmp/kept",
  };
  expect(await systemBrowser(environment).open(address)).toBe(true);
  const text = await seen();
  expect(text.split("\n").filter((line) => line.startsWith("arg:"))).toEqual([
    "arg:--profile",
    "arg:for work",
    `arg:${address}`,
  ]);
  expect(text).toContain("AGENCYIQ_HOME=/tmp/kept");
  expect(text).not.toMatch(/correct horse|s3cr3t-value/);
});

test("a browser that keeps running is not waited for; a Ctrl-C meant for us does not reach it", async () => {
  const { program, seen } = recorder("stays", "sleep 5", "echo group:$(cut -d' ' -f5 /proc/$$/stat) own:$$");
  const started = performance.now();
  expect(await systemBrowser({ BROWSER: program }).open(address)).toBe(true);
  expect(performance.now() - started).toBeLessThan(3000);
  const text = await seen();
  expect(text).toContain(address);
  expect(text).toMatch(/^group:(\d+) own:\1$/m);
});

test("a BROWSER that is not there, or that ends with an error, is none", async () => {
  expect(await systemBrowser({ BROWSER: "/nonexistent/browser" }).open(address)).toBe(false);
  expect(await systemBrowser({ BROWSER: recorder("fails", "exit 3").program }).open(address)).toBe(false);
});

test("a BROWSER that cannot be read is a mistake to be told", async () => {
  await expect(systemBrowser({ BROWSER: "'open" }).open(address)).rejects.toThrow(Failure);
});

test.each([
  ["no display", "linux", {}],
  ["ssh with a forwarded display", "linux", { DISPLAY: ":10", SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" }],
  ["ssh to a Mac", "darwin", { SSH_TTY: "/dev/ttys001" }],
] as const)("%s: there is no browser to start", async (_name, platform, environment) => {
  const launch = vi.fn();
  vi.doMock("open", () => ({ default: launch }));
  expect(await systemBrowser(environment, platform).open(address)).toBe(false);
  expect(launch).not.toHaveBeenCalled();
});

test("the system's launcher is given the address and none of our secrets, which stay with us", async () => {
  const { folder, seen } = recorder("xdg-open");
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  vi.stubEnv("AGENCYIQ_X_CLIENT_SECRET", "s3cr3t-value");
  // `open` prefers an xdg-open beside itself; the bundle has none there, so the system's is tested as the bundle's.
  vi.doMock("open", async () => ({ default: await fromBundle() }));
  expect(await systemBrowser({ DISPLAY: ":99" }, "linux").open(address)).toBe(true);
  const text = await seen();
  expect(text).toContain(`arg:${address}`);
  expect(text).not.toContain("s3cr3t-value");
  expect(process.env["AGENCYIQ_X_CLIENT_SECRET"]).toBe("s3cr3t-value");
});

/** The `open` package as it is after bundling. */
async function fromBundle(): Promise<unknown> {
  const { build } = await import("esbuild");
  const outfile = join(temporaryFolder(), "open.mjs");
  await build({
    stdin: { contents: 'export { default } from "open"', resolveDir: process.cwd() },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  return ((await import(outfile)) as { default: unknown }).default;
}

test("a launcher that finds no browser is none", async () => {
  const { folder } = recorder("xdg-open", "exit 3");
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  expect(await systemBrowser({ DISPLAY: ":99" }, "linux").open(address)).toBe(false);
});
