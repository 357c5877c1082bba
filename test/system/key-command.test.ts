import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keyCommandSource } from "../../src/system/key-command.ts";
import { bundled, runProgram, temporaryFolder } from "./child-program.ts";

const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));
const environment = { PATH: "/usr/bin:/bin", AGENCYIQ_PASSPHRASE: "correct horse", AGENCYIQ_X_CLIENT_SECRET: "hidden" };
const slot = (command: string) => ({ id: "slot", parameters: { command } });

/** A program of the test's own. */
function program(body: string): string {
  const path = join(temporaryFolder(), "key program");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const quoted = (path: string) => JSON.stringify([path]);
const source = (command: string | null = null) => keyCommandSource({ command, environment });

test.each([
  ["base64", `echo ${key.toString("base64")}`],
  ["base64 without a newline", `printf %s ${key.toString("base64")}`],
  ["hexadecimal", `echo ${key.toString("hex").toUpperCase()}`],
  ["32 bytes", `echo ${key.toString("base64")} | base64 -d`],
])("a key as %s", async (_name, body) => {
  expect(Buffer.from(await source().read(slot(quoted(program(body))), "vault"))).toEqual(key);
});

test("a new slot adopts the key and records the line, which is not a secret", async () => {
  const line = quoted(program(`echo ${key.toString("base64")}`));
  const made = await source(line).create("slot", "vault");
  expect(Buffer.from(made.key)).toEqual(key);
  expect(made.parameters).toEqual({ command: line });
});

test("the line that is named now wins over the recorded one", async () => {
  const line = quoted(program(`echo ${key.toString("base64")}`));
  expect(Buffer.from(await source(line).read(slot("/nonexistent/old"), "vault"))).toEqual(key);
});

test("the line that a foreign copy of a vault recorded is not run when told so; a named one is", async () => {
  const ran = join(temporaryFolder(), "ran");
  const recorded = slot(quoted(program(`touch ${ran}; echo ${key.toString("base64")}`)));
  const wary = keyCommandSource({ command: null, environment, ignoreRecorded: true });
  await expect(wary.read(recorded, "vault")).rejects.toMatchObject({ code: "key_missing" });
  expect(existsSync(ran)).toBe(false);
  const line = quoted(program(`echo ${key.toString("base64")}`));
  const named = keyCommandSource({ command: line, environment, ignoreRecorded: true });
  expect(Buffer.from(await named.read(recorded, "vault"))).toEqual(key);
  expect(existsSync(ran)).toBe(false);
});

test("no shell reads the line", async () => {
  const failure = source().read(slot(`echo ${key.toString("base64")} | cat`), "vault");
  await expect(failure).rejects.toMatchObject({ code: "key_wrong" });
});

test("the program is not given our secrets", async () => {
  const body = `env | grep -qE 'correct horse|hidden' && exit 9; echo ${key.toString("base64")}`;
  await expect(source().read(slot(quoted(program(body))), "vault")).resolves.toBeDefined();
});

test.each([
  ["is not there", "/nonexistent/program", "key_unavailable", /not there/],
  ["is not a program", "/etc/passwd", "key_unavailable", /EACCES/],
  ["cannot be split", "pass 'show", "usage", /cannot be read/],
])("a program that %s", async (_name, line, code, message) => {
  await expect(source().read(slot(line), "vault")).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test.each([
  ["ends with a code", `echo ${key.toString("base64")}; exit 3`, "key_unavailable"],
  ["dies by a signal", "kill -9 $$", "key_unavailable"],
  ["prints too much", "yes", "key_unavailable"],
  ["prints nothing", "true", "key_wrong"],
  ["prints a short key", "echo c2hvcnQ=", "key_wrong"],
  ["prints two keys", `echo ${key.toString("base64")}; echo ${key.toString("base64")}`, "key_wrong"],
  ["prints a passphrase of 32 characters", "printf correct-horse-battery-staple-abc", "key_wrong"],
  ["prints a passphrase of 31 characters and a newline", "echo correct-horse-battery-staple-ab", "key_wrong"],
])("a program that %s", async (_name, body, code) => {
  const failure = await source()
    .read(slot(quoted(program(body))), "vault")
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code });
  expect(String((failure as Error).message)).not.toContain(key.toString("base64"));
});

test("no line at all", async () => {
  await expect(source().read({ id: "slot", parameters: {} }, "vault")).rejects.toMatchObject({ code: "key_missing" });
});

test("a program that does not end is ended at the limit, though its own child holds the pipe; its complaints are seen", async () => {
  const line = quoted(program("echo waiting for a card >&2; sleep 30 2>/dev/null & wait"));
  const entry = await bundled(`
    import { keyCommandSource } from "system/key-command.ts";
    const source = keyCommandSource({ command: process.argv[2], environment: process.env, limit: 700 });
    await source.read({ id: "slot", parameters: {} }, "vault").catch(({ code }) => console.log(code));
  `);
  const ended = await runProgram(process.execPath, [entry, line], { PATH: "/usr/bin:/bin" });
  expect(ended.stdout.trim()).toBe("key_timeout");
  expect(ended.stderr).toContain("waiting for a card");
  expect(ended.milliseconds).toBeLessThan(5000);
});
