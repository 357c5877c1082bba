import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lastingProgram, pathForCommand, surroundingsOf } from "../../src/system/job-surroundings.ts";
import { temporaryFolder } from "./child-program.ts";

/** A program as Homebrew lays it out: a version of its own, and a link to it that outlives it. */
function installed(name: string): { folder: string; version: string; link: string } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "cellar"));
  mkdirSync(join(folder, "bin"));
  const version = join(folder, "cellar", `${name}-1.0`);
  writeFileSync(version, "");
  const link = join(folder, "bin", name);
  symlinkSync(version, link);
  return { folder: join(folder, "bin"), version, link };
}

it("a link that outlives an update is taken, where it leads to the very same program", () => {
  const node = installed("node");
  const agencyiq = installed("agencyiq");
  const folders = [node.folder, agencyiq.folder];
  expect(lastingProgram(node.version, agencyiq.version, folders)).toEqual([node.link, agencyiq.link]);
  expect(lastingProgram(node.version, agencyiq.link, folders)).toEqual([node.link, agencyiq.link]);
  const older = installed("node");
  expect(lastingProgram(older.version, agencyiq.version, folders)).toEqual([older.version, agencyiq.link]);
  expect(lastingProgram(node.link, agencyiq.link, [])).toEqual([node.version, agencyiq.version]);
});

it("settings go along, secrets do not", () => {
  const { kept, left } = surroundingsOf({
    AGENCYIQ_ENDPOINT_URL: "http://127.0.0.1:8790",
    NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
    HTTPS_PROXY: "http://ada:secret@proxy:3128",
    NO_PROXY: "localhost",
    AGENCYIQ_PASSPHRASE: "secret",
    AGENCYIQ_X_CLIENT_SECRET: "secret",
    AGENCYIQ_X_CLIENT_ID: "id",
    AWS_SECRET_ACCESS_KEY: "secret",
    http_proxy: "",
  });
  expect(kept).toEqual({
    AGENCYIQ_ENDPOINT_URL: "http://127.0.0.1:8790",
    NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
    NO_PROXY: "localhost",
  });
  expect(left).toEqual(["HTTPS_PROXY"]);
});

it("a key command that cron's PATH does not have brings its folder along", () => {
  const { folder } = installed("a-key-program");
  const environment = { PATH: `relative:/nonexistent:${folder}:/usr/bin` };
  expect(pathForCommand("a-key-program read 'op://a b/c'", environment)).toBe(`${folder}:/usr/bin:/bin`);
  expect(pathForCommand('["a-key-program"]', environment)).toBe(`${folder}:/usr/bin:/bin`);
  for (const line of ["sh -c true", `${folder}/a-key-program`, "not-there", "'open", ""])
    expect(pathForCommand(line, environment), line).toBe(null);
});
