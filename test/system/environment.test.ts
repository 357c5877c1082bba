import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { readEnvironment } from "../../src/system/environment.ts";
import { temporaryFolder } from "./child-program.ts";

afterEach(() => vi.restoreAllMocks());

function folderWith(text: string, mode = 0o600): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, ".env"), text);
  chmodSync(join(folder, ".env"), mode);
  return folder;
}

test("only our names are taken, and none that is set, though it is set to nothing", async () => {
  const folder = folderWith(
    'AGENCYIQ_HOME=/from/file\nAGENCYIQ_KEY_FILE="/a b/key" # the key\nAGENCYIQ_PASSPHRASE=file\nPATH=/evil\nNODE_OPTIONS=--evil\nXAGENCYIQ_A=1\n',
  );
  const environment = { PATH: "/usr/bin", AGENCYIQ_PASSPHRASE: "", AGENCYIQ_HOME: "/from/environment" };
  expect(await readEnvironment(environment, folder)).toEqual({
    PATH: "/usr/bin",
    AGENCYIQ_HOME: "/from/environment",
    AGENCYIQ_KEY_FILE: "/a b/key",
    AGENCYIQ_PASSPHRASE: "",
  });
});

test("without a .env the environment is what it is", async () => {
  const environment = { PATH: "/usr/bin" };
  expect(await readEnvironment(environment, temporaryFolder())).toBe(environment);
});

test("a folder, a pipe and a file that others can write are as good as none", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, ".env"));
  const piped = temporaryFolder();
  execFileSync("mkfifo", [join(piped, ".env")]);
  for (const place of [folder, piped, folderWith("AGENCYIQ_HOME=/evil", 0o666)]) {
    expect(await readEnvironment({}, place)).toEqual({});
  }
});

test("somebody else's .env does not speak for us: it could name a program to run", async () => {
  const folder = folderWith("AGENCYIQ_KEY_COMMAND=/tmp/evil");
  // Root gives it away; anybody else becomes somebody else.
  if (process.geteuid?.() === 0) chownSync(join(folder, ".env"), 54321, 54321);
  else vi.spyOn(process, "geteuid").mockReturnValue(54321);
  expect(await readEnvironment({}, folder)).toEqual({});
});
