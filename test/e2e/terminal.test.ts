import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run, runOnTerminal } from "./command.ts";
import { approve, connectX, orderFault, sandboxed } from "./sandboxed.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const escapes = /\u001b\[[0-9;?]*[A-Za-z]/g;

async function space() {
  const made = await sandboxed();
  onTestFinished(() => made.sandbox.close());
  return made;
}

describe("on a terminal of 80 columns", () => {
  it("setup walks from nothing to a connected account", async () => {
    const { env, port } = await space();
    const { AGENCYIQ_X_CLIENT_ID: _id, AGENCYIQ_X_CLIENT_SECRET: _secret, ...bare } = env as Record<string, string>;
    // The sandbox registers this URI; the wizard uses the usual one, so the app is stored with its own first.
    const stored = [
      "apps",
      "set",
      "x",
      "--client-id",
      "sandbox-x-client",
      "--secret-stdin",
      "--redirect-uri",
      `http://127.0.0.1:${port}/callback/x`,
    ];
    expect((await run(stored, { env: bare, stdin: "sandbox-x-secret" })).code).toBe(0);
    const ended = await runOnTerminal(["setup", "x"], [{ after: /Use the app sandbox-x-client/, type: "\r" }], {
      env: bare,
    });
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.stdout).toContain("Connected x/acme");
    expect(ended.stdout).toContain('agencyiq publish --platform x "Hello"');
  });

  it("setup asks for the app step by step and never shows its secret", async () => {
    const { env, sandbox } = await space();
    const { AGENCYIQ_X_CLIENT_ID: _id, AGENCYIQ_X_CLIENT_SECRET: _secret, ...bare } = env as Record<string, string>;
    const answers = [
      { after: /Open https:\/\/console\.x\.com/, type: "n\r" },
      { after: /Client ID:/, type: "sandbox-x-client\r" },
      { after: /Client secret/, type: "sandbox-x-secret\r" },
    ];
    await fetch(`${sandbox.url}/_sandbox/reset`, { method: "POST" });
    const ended = await runOnTerminal(["setup", "x"], answers, { env: bare, timeout: 40_000 });
    expect(ended.stdout).toContain("http://127.0.0.1:8791/callback/x");
    expect(ended.stdout).not.toContain("sandbox-x-secret");
    // The usual port may be somebody else's just now.
    expect(ended.stdout).toMatch(/Connected x\/acme|port 8791 is in use/);
    const apps = (await run(["apps", "list", "--json"], { env: bare })).json<{
      apps: { clientId: string; hasSecret: boolean }[];
    }>();
    expect(apps.apps).toMatchObject([{ clientId: "sandbox-x-client", hasSecret: true }]);
  });

  it("asks where to post when nobody said", async () => {
    const made = await space();
    await connectX(made);
    await connectX(made, "globex");
    const ended = await runOnTerminal(["publish", "Which one?"], [{ after: /Where to\?/, type: "\r" }], {
      env: made.env,
    });
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.stdout).toContain("published");
  });

  it("shows that it is at work on what takes longer, and ends as it would without", async () => {
    const made = await space();
    await connectX(made);
    await orderFault(made.sandbox, { method: "POST", path: "/2/tweets", fault: { kind: "delay", seconds: 1.5 } });
    const ended = await runOnTerminal(["publish", "--platform", "x", "Slowly"], [], { env: made.env });
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.stdout).toMatch(/⠋.*publishing/);
    expect(ended.stdout).toContain("https://x.com/acme/status/");
  });

  it("has colour, and no line longer than the terminal", async () => {
    const made = await space();
    await connectX(made, "acme", ["--as", "a-rather-long-handle-that-somebody-chose"]);
    const ended = await runOnTerminal(["tokens", "status", "--live"], [], { env: made.env });
    expect(ended.stdout).toMatch(escapes);
    const lines = ended.stdout.replace(escapes, "").split(/\r?\n/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("has none with NO_COLOR", async () => {
    const made = await space();
    await connectX(made);
    const ended = await runOnTerminal(["tokens", "status"], [], { env: { ...made.env, NO_COLOR: "1" } });
    expect(ended.stdout).not.toMatch(escapes);
  });
});

it("opens the system's browser where none is named", async () => {
  const { env, folder, port } = await space();
  const { BROWSER: _named, PATH: path = "", ...bare } = env as Record<string, string>;
  const launcher = join(folder, "xdg-open");
  writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${approve}' "$@"\n`, { mode: 0o755 });
  const display = { ...bare, PATH: `${folder}:${path}`, DISPLAY: ":99" };
  const ended = await run(["connect", "x", "--port", String(port), "--timeout", "10"], { env: display });
  expect(ended).toMatchObject({ code: 0, stdout: "Connected x/acme (Acme Bakery)\n" });
  expect(ended.stderr).toContain("Approve in the browser that just opened.");
});

describe("in a pipe", () => {
  it("is plain text without escapes; the result alone is on stdout", async () => {
    const made = await space();
    await connectX(made);
    const ended = await run(["tokens", "status"], { env: made.env });
    expect(ended.stdout).toMatch(/^ACCOUNT +STATUS +EXPIRES +REFRESH +NOTE\nx\/acme +healthy /);
    expect(ended.stderr).toBe("");
    expect(ended.stdout).not.toMatch(escapes);
  });

  it("says nothing with --quiet when all is well, and still says what is wrong", async () => {
    const made = await space();
    await connectX(made);
    expect(await run(["tokens", "refresh", "--all", "--quiet"], { env: made.env })).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const wrong = await run(["tokens", "print", "x/nobody", "--quiet"], { env: made.env });
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain("x/nobody");
  });
});
