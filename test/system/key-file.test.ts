import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { keyFileSource } from "../../src/system/key-file.ts";
import { systemRandom as random } from "../../src/system/random.ts";
import { bundled, runProgram, temporaryFolder } from "./child-program.ts";

const key = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index));

function file(content: string | Buffer, mode = 0o600): string {
  const path = join(temporaryFolder(), "key");
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const source = (path: string | null, credentialsDirectory: string | null = null) =>
  keyFileSource({ path, credentialsDirectory, random });
const read = (path: string) => source(null).read({ id: "slot", parameters: { path } }, "vault");

afterEach(() => vi.restoreAllMocks());

describe("reading", () => {
  test.each([
    ["32 bytes", key],
    ["base64", key.toString("base64")],
    ["base64 and a newline", `${key.toString("base64")}\n`],
    ["base64 and a Windows newline", `${key.toString("base64")}\r\n`],
    ["hexadecimal", `${key.toString("hex")}\n`],
    ["hexadecimal and a Windows newline", `${key.toString("hex")}\r\n`],
  ])("%s", async (_name, content) => {
    expect(Buffer.from(await read(file(content)))).toEqual(key);
  });

  test.each([
    ["32 bytes and a newline", Buffer.concat([key, Buffer.from("\n")])],
    ["31 bytes", key.subarray(1)],
    ["base64 and two newlines", `${key.toString("base64")}\n\n`],
    ["base64 with a space before it", ` ${key.toString("base64")}`],
    ["base64 without its padding", key.toString("base64").slice(0, -1)],
    ["base64 with a stray bit", `${"A".repeat(42)}B=`],
    ["a passphrase of 31 characters and a newline", "correct-horse-battery-staple-ab\n"],
    ["a long file", Buffer.alloc(4096, 7)],
    ["nothing", ""],
  ])("%s is no key", async (_name, content) => {
    await expect(read(file(content))).rejects.toMatchObject({ code: "key_wrong" });
  });

  test.each([0o640, 0o604, 0o660, 0o620, 0o644])("mode %o is refused", async (mode) => {
    const path = file(key, mode);
    await expect(read(path)).rejects.toMatchObject({ code: "key_unavailable", hint: `chmod 600 ${path}` });
  });

  test("mode 400 is as good as 600", async () => {
    expect(Buffer.from(await read(file(key, 0o400)))).toEqual(key);
  });

  test("somebody else's file is refused", async () => {
    const path = file(key);
    vi.spyOn(process, "geteuid").mockReturnValue(54321);
    await expect(read(path)).rejects.toMatchObject({ code: "key_unavailable", message: /somebody else/ });
  });

  test("a symbolic link is refused, wherever it leads", async () => {
    const path = join(temporaryFolder(), "link");
    symlinkSync(file(key), path);
    await expect(read(path)).rejects.toMatchObject({ code: "key_unavailable", message: /symbolic link/ });
  });

  test("a folder and a named pipe are refused at once", async () => {
    const folder = temporaryFolder();
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", ["-m", "600", pipe]);
    for (const path of [folder, pipe]) await expect(read(path)).rejects.toMatchObject({ code: "key_unavailable" });
  });

  test("a file that is gone is missing, and never made anew", async () => {
    const path = join(temporaryFolder(), "gone");
    await expect(read(path)).rejects.toMatchObject({ code: "key_missing", hint: expect.stringContaining("recovery") });
    expect(existsSync(path)).toBe(false);
  });

  test("no path at all", async () => {
    const nowhere = source(null).read({ id: "slot", parameters: {} }, "vault");
    await expect(nowhere).rejects.toMatchObject({
      code: "key_missing",
      hint: expect.stringContaining("AGENCYIQ_KEY_FILE"),
    });
  });

  test("the path that is named now wins over the recorded one", async () => {
    const slot = { id: "slot", parameters: { path: "/nonexistent/old" } };
    expect(Buffer.from(await source(file(key)).read(slot, "vault"))).toEqual(key);
  });
});

describe("systemd's credentials", () => {
  function credentials(mode = 0o400): string {
    const path = join(temporaryFolder(), "agencyiq-key");
    writeFileSync(path, key);
    chmodSync(path, mode);
    return dirname(path);
  }
  const slot = { id: "slot", parameters: { path: "/etc/agencyiq/key" } };

  test("are used in place of the recorded path, but not of a named one", async () => {
    expect(Buffer.from(await source(null, credentials()).read(slot, "vault"))).toEqual(key);
    const other = file(Buffer.alloc(32, 200));
    expect(Buffer.from(await source(other, credentials()).read(slot, "vault"))).toEqual(Buffer.alloc(32, 200));
  });

  // With User= systemd keeps them root's and lets the user in by an access list, whose mask shows as 0440.
  test("may be root's and show the group's bits, but never those of others", async () => {
    const folder = credentials(0o440);
    const owner = statSync(folder).uid;
    vi.spyOn(process, "geteuid").mockReturnValue(owner === 0 ? 54321 : owner);
    expect(Buffer.from(await source(null, folder).read(slot, "vault"))).toEqual(key);
    const open = source(null, credentials(0o444)).read(slot, "vault");
    await expect(open).rejects.toMatchObject({ code: "key_unavailable" });
  });

  test("a folder without ours leaves the recorded path", async () => {
    const recorded = { id: "slot", parameters: { path: file(key) } };
    expect(Buffer.from(await source(null, temporaryFolder()).read(recorded, "vault"))).toEqual(key);
  });
});

describe("making", () => {
  test("a file of its owner alone, whatever the umask, in a folder of its own", async () => {
    const path = join(temporaryFolder(), "deeper", "key");
    const before = process.umask(0);
    try {
      const made = await source(path).create("slot", "vault");
      expect(made.parameters).toEqual({ path });
      expect(readFileSync(path, "latin1")).toBe(`${Buffer.from(made.key).toString("base64")}\n`);
      expect(Buffer.from(await read(path))).toEqual(Buffer.from(made.key));
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(path))).toEqual(["key"]);
  });

  test("its owner can read and write it, though the umask takes that away", async () => {
    const path = join(temporaryFolder(), "key");
    const before = process.umask(0o677);
    try {
      await source(path).create("slot", "vault");
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a valid file that is there is adopted and left as it is", async () => {
    const path = file(key, 0o400);
    expect(Buffer.from((await source(path).create("slot", "vault")).key)).toEqual(key);
    expect(readFileSync(path)).toEqual(key);
    expect(readdirSync(dirname(path))).toEqual(["key"]);
  });

  test.each([
    ["an invalid file", () => file("not a key"), "key_wrong"],
    ["a file that others can read", () => file(key, 0o644), "key_unavailable"],
    ["a link that leads nowhere", () => danglingLink(), "key_unavailable"],
  ])("%s is refused and not overwritten", async (_name, place, code) => {
    const path = place();
    const before = existsSync(path) ? readFileSync(path) : null;
    await expect(source(path).create("slot", "vault")).rejects.toMatchObject({ code });
    expect(existsSync(path) ? readFileSync(path) : null).toEqual(before);
  });

  test("a relative path is recorded in full", async () => {
    const folder = temporaryFolder();
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    const { parameters } = await source("key").create("slot", "vault");
    expect(parameters).toEqual({ path: join(folder, "key") });
  });

  test("a place that cannot hold it is told, and nothing is left there", async () => {
    const blocked = join(file("a file, not a folder"), "key");
    await expect(source(blocked).create("slot", "vault")).rejects.toMatchObject({ code: "storage_unwritable" });
  });

  test("processes that make it at once agree on one key", async () => {
    const path = join(temporaryFolder(), "key");
    const entry = await bundled(`
      import { keyFileSource } from "system/key-file.ts";
      import { systemRandom as random } from "system/random.ts";
      const source = keyFileSource({ path: process.argv[2], credentialsDirectory: null, random });
      console.log(Buffer.from((await source.create("slot", "vault")).key).toString("hex"));
    `);
    const all = await Promise.all(Array.from({ length: 6 }, () => runProgram(process.execPath, [entry, path])));
    expect(new Set(all.map(({ stdout, stderr }) => stdout.trim() || stderr))).toEqual(
      new Set([Buffer.from(await read(path)).toString("hex")]),
    );
  });

  test("folders that are there keep their mode", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "shared"), { mode: 0o755 });
    await source(join(folder, "shared", "key")).create("slot", "vault");
    expect(statSync(join(folder, "shared")).mode & 0o777).toBe(0o755);
  });
});

function danglingLink(): string {
  const path = join(temporaryFolder(), "link");
  symlinkSync("/nonexistent/target", path);
  return path;
}
