import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  codeOf,
  commitOf,
  connect,
  credentialIn,
  custodyIn,
  type Home,
  keyOf,
  newHome,
  newVault,
  openAgain,
  plan,
  raw,
  temporaryFolder,
  tokens,
} from "./home.ts";
import { otherProcess, withCustody } from "./other-process.ts";

const root = process.getuid?.() === 0;
const nobody = 65534;

/** A container may refuse it to root too. */
function canMount(): boolean {
  if (!root || process.platform !== "linux") return false;
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
  if (mounted) spawnSync("umount", [folder]);
  rmdirSync(folder);
  return mounted;
}

async function closedVault(): Promise<Home> {
  const home = await newVault();
  for (const handle of ["alice", "bob", "carol"]) await connect(home.vault, handle);
  await home.vault.close();
  return home;
}

/** Everything a vault is for, in one go: the first failure tells. */
const using = (home: Home) =>
  codeOf(async () => {
    const vault = await openAgain(home);
    for (const account of await vault.accounts()) {
      for (const credential of account.credentials) await vault.secret(credential, "access_token");
    }
    await vault.ledger({});
  });

/** A file that is not right must never be taken for a new vault, nor be made into one. */
async function expectNoFreshVault(home: Home, before: Buffer): Promise<void> {
  expect(await codeOf(home.custody.create(home.source, { recovery: false }))).toBe("vault_exists");
  expect(readFileSync(home.path).equals(before)).toBe(true);
}

describe("a file that is not what was written", () => {
  it.each([0, 1, 50, 99, 100, 511, 512, 4095, 4096, 8192, 0.5, 0.9])("cut to %d is told", async (length) => {
    const home = await closedVault();
    const size = statSync(home.path).size;
    truncateSync(home.path, length > 0 && length < 1 ? Math.floor((size * length) / 4096) * 4096 : length);
    const before = readFileSync(home.path);
    expect(await using(home)).toBe("vault_damaged");
    expect(await codeOf(home.custody.status())).toBe("vault_damaged");
    await expectNoFreshVault(home, before);
  });

  it("that never was a database is told", async () => {
    const home = await closedVault();
    writeFileSync(home.path, "dear diary, ".repeat(2000));
    const before = readFileSync(home.path);
    expect(await using(home)).toBe("vault_damaged");
    await expectNoFreshVault(home, before);
  });

  it("that is somebody else's database is told and left alone", async () => {
    const home = newHome();
    const other = new Sqlite(home.path);
    other.exec("create table recipes (name text); insert into recipes values ('bread')");
    other.close();
    const before = readFileSync(home.path);
    expect(await using(home)).toBe("vault_damaged");
    await expectNoFreshVault(home, before);
  });

  it("of a newer format is told and left alone", async () => {
    const home = await closedVault();
    raw(home.path, (database) => database.pragma("user_version = 99"));
    const before = readFileSync(home.path);
    expect(await using(home)).toBe("storage_unsupported");
    await expectNoFreshVault(home, before);
  });

  it("with its meta data gone is told", async () => {
    const home = await closedVault();
    raw(home.path, (database) => database.exec("delete from meta where key = 'vault_id'"));
    expect(await using(home)).toBe("vault_damaged");
  });

  it("with any one page damaged is told, by use or by a check, in words of ours", async () => {
    const home = await closedVault();
    const whole = readFileSync(home.path);
    const pages = whole.length / 4096;
    expect(pages).toBeGreaterThan(20);
    for (let page = 0; page < pages; page += 1) {
      for (const suffix of ["-wal", "-shm"]) rmSync(home.path + suffix, { force: true });
      writeFileSync(home.path, whole);
      const file = openSync(home.path, "r+");
      writeSync(file, Buffer.alloc(200, 0xff), 0, 200, page * 4096);
      closeSync(file);
      const told = await using(home);
      expect(["vault_damaged", "record_damaged", "no failure"], `page ${page}: ${told}`).toContain(told);
      let findings = "not looked at";
      const checked = await codeOf(async () => {
        findings = (await home.custody.verify(home.plan)).every(({ ok }) => ok) ? "all well" : "something wrong";
      });
      expect(["vault_damaged", "record_damaged", "no failure"], `page ${page}: ${checked}`).toContain(checked);
      if (checked === "no failure") expect(findings, `page ${page}`).toBe("something wrong");
    }
  });

  it("that is not there is told", async () => {
    const home = newHome();
    expect(await using(home)).toBe("vault_missing");
    expect(await codeOf(home.custody.backup(join(home.folder, "copy.db")))).toBe("vault_missing");
    expect(await home.custody.status()).toMatchObject({ exists: false, id: null, slots: [] });
    expect(home.custody.exists()).toBe(false);
    expect(existsSync(home.path)).toBe(false);
  });
});

describe.runIf(root)("for somebody who may not write (needs root)", () => {
  const program = `${withCustody}
    const vault = await custody.open(plan);
    const accounts = await vault.accounts();
    const [credential] = accounts[0]?.credentials ?? [];
    process.stdout.write(JSON.stringify({
      handles: accounts.map(({ handle }) => handle),
      entries: (await vault.ledger({})).length,
      secret: credential && (await vault.secret(credential, "access_token")),
      status: (await custody.status()).accounts,
      prove: await codeOf(vault.prove()),
      append: await codeOf(vault.append({ action: "token.refreshed" })),
      intent: credential && (await codeOf(vault.beginAttempt(credential, "x/alice", 0, "refresh-token"))),
    }));
    await vault.close();
  `;

  async function asNobody(home: Home): Promise<unknown> {
    const stage = temporaryFolder();
    chmodSync(stage, 0o755);
    const { ended } = otherProcess(stage, {
      code: program,
      arguments: [home.folder, keyOf(home.source)],
      uid: nobody,
    });
    return JSON.parse(await ended);
  }

  const answer = {
    handles: ["alice", "bob", "carol"],
    entries: 4,
    secret: "access-alice",
    status: 3,
    prove: "storage_unwritable",
    append: "storage_unwritable",
    intent: "storage_unwritable",
  };

  it("a folder and file that are read-only still answer", async () => {
    const home = await closedVault();
    chmodSync(home.path, 0o444);
    chmodSync(home.folder, 0o555);
    const before = readdirSync(home.folder);
    expect(await asNobody(home)).toEqual(answer);
    expect(readdirSync(home.folder)).toEqual(before);
  });

  it("a folder that is read-only around a writable file still answers", async () => {
    const home = await closedVault();
    chownSync(home.path, nobody, nobody);
    chmodSync(home.path, 0o600);
    chmodSync(home.folder, 0o555);
    expect(await asNobody(home)).toEqual(answer);
  });

  it("what a process that was killed left in the log is seen too", async () => {
    const home = await newVault();
    for (const handle of ["alice", "bob", "carol"]) await connect(home.vault, handle);
    const copy = newHome();
    for (const suffix of ["", "-wal"]) {
      copyFileSync(home.path + suffix, copy.path + suffix);
      chmodSync(copy.path + suffix, 0o444);
    }
    chmodSync(copy.folder, 0o555);
    expect(await asNobody({ ...copy, source: home.source })).toEqual(answer);
  });
});

describe.runIf(canMount())("on a disk that is full (needs root, to mount a small tmpfs)", () => {
  /** A file system of one mebibyte. */
  function smallDisk(): string {
    const folder = join(temporaryFolder(), "disk");
    mkdirSync(folder);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", folder]);
    if (mounted.status !== 0) throw new Error(`no tmpfs: ${mounted.stderr}`);
    onTestFinished(() => void spawnSync("umount", ["-l", folder]));
    return folder;
  }

  function fill(folder: string): () => void {
    const path = join(folder, "ballast");
    const file = openSync(path, "w");
    try {
      for (const size of [65536, 4096, 1]) {
        try {
          while (true) if (writeSync(file, Buffer.alloc(size)) < size) break;
        } catch (error) {
          expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
        }
      }
    } finally {
      closeSync(file);
    }
    return () => {
      ftruncateAndRemove(path);
    };
  }

  function ftruncateAndRemove(path: string): void {
    const file = openSync(path, "r+");
    ftruncateSync(file);
    closeSync(file);
    rmSync(path);
  }

  it("the intent is refused, so nothing is sent, and nothing is lost", async () => {
    const home = await newVault(newHome(smallDisk()));
    await connect(home.vault, "alice", "one");
    const credential = await credentialIn(home.vault, "alice");
    const free = fill(home.folder);
    let told = "no failure";
    // The log has room for a few more transactions at first.
    for (let count = 0; count < 500 && told === "no failure"; count += 1) {
      told = await codeOf(home.vault.beginAttempt(credential, "x/alice", count, "refresh-token"));
    }
    expect(told).toBe("storage_full");
    expect(await codeOf(home.vault.prove())).toBe("storage_full");
    expect(await home.vault.secret(credential, "refresh_token")).toBe("refresh-one");
    free();
    const attempt = await home.vault.beginAttempt(credential, "x/alice", 0, "refresh-token");
    expect(await home.vault.commitAttempt(commitOf(attempt, "two"), "x/alice")).toBe("committed");
    expect((await home.custody.verify(home.plan)).every(({ ok }) => ok)).toBe(true);
  });

  it("and on one that is read-only the lock is refused by its reason", async () => {
    const home = await newVault(newHome(smallDisk()));
    await connect(home.vault, "alice", "one");
    await home.vault.close();
    spawnSync("mount", ["-o", "remount,ro", home.folder]);
    const vault = await openAgain(home);
    expect(await codeOf(vault.lock("account", 0))).toBe("storage_unwritable");
  });

  it("what is there can be read by who comes anew, and written once there is room", async () => {
    const home = await newVault(newHome(smallDisk()));
    await connect(home.vault, "alice", "one");
    await home.vault.close();
    const free = fill(home.folder);
    const vault = await openAgain(home);
    const credential = await credentialIn(vault, "alice");
    expect(await vault.secret(credential, "access_token")).toBe("access-one");
    expect(await codeOf(vault.beginAttempt(credential, "x/alice", 0, "refresh-token"))).toBe("storage_full");
    expect(await codeOf(vault.lock("account", 0).then((lock) => lock.release()))).toMatch(/no failure|storage_full/);
    expect((await home.custody.status()).accounts).toBe(1);
    await vault.close();
    free();
    const again = await openAgain(home);
    await again.prove();
    expect(await again.secret(await credentialIn(again, "alice"), "refresh_token")).toBe("refresh-one");
  });

  it("an answer that arrives is kept, in room that was set aside before its request was sent", async () => {
    const home = await newVault(newHome(smallDisk()));
    await connect(home.vault, "alice", "one");
    const attempt = await home.vault.beginAttempt(
      await credentialIn(home.vault, "alice"),
      "x/alice",
      0,
      "refresh-token",
    );
    const free = fill(home.folder);
    const large = tokens("two", { accessToken: "x".repeat(20_000) });
    await home.vault.rescue({ ...commitOf(attempt, "two"), tokens: large });
    free();
    expect(await home.vault.applyRescues(attempt.credentialId, "x/alice")).toBe(1);
    expect(await home.vault.secret(await credentialIn(home.vault, "alice"), "refresh_token")).toBe("refresh-two");
  });

  it("the intent is refused where that room cannot be set aside", async () => {
    const home = await newVault(newHome(smallDisk()));
    await connect(home.vault, "alice", "one");
    const credential = await credentialIn(home.vault, "alice");
    fill(home.folder);
    // Enough for every transaction of a refresh.
    truncateSync(join(home.folder, "ballast"), statSync(join(home.folder, "ballast")).size - 200_000);
    expect(await codeOf(home.vault.beginAttempt(credential, "x/alice", 0, "refresh-token"))).toBe("storage_full");
    expect(readdirSync(home.folder).filter((name) => name.startsWith("reserve"))).toEqual([]);
    expect(await home.vault.lastAttempt(credential.id)).toBeNull();
  });

  it("a rescue that does not fit is told, and no half of it stays", async () => {
    const home = await newVault(newHome(smallDisk()));
    await connect(home.vault, "alice", "one");
    const attempt = await home.vault.beginAttempt(
      await credentialIn(home.vault, "alice"),
      "x/alice",
      0,
      "refresh-token",
    );
    mkdirSync(join(home.folder, "rescue"));
    fill(home.folder);
    // Room for a part of it: a write that is cut short is no error to the system.
    truncateSync(join(home.folder, "ballast"), statSync(join(home.folder, "ballast")).size - 20_000);
    const commit = commitOf(attempt, "two");
    const large = { ...commit, tokens: { ...commit.tokens, accessToken: "x".repeat(500_000) } };
    expect(await codeOf(home.vault.rescue(large))).toBe("storage_full");
    expect(readdirSync(join(home.folder, "rescue"))).toEqual([]);
  });

  it("a new vault and a backup that do not fit leave nothing behind", async () => {
    const folder = smallDisk();
    const elsewhere = await closedVault();
    fill(folder);
    const custody = custodyIn(folder);
    expect(await codeOf(custody.create(elsewhere.source, { recovery: false }))).toBe("storage_full");
    expect(await codeOf(elsewhere.custody.backup(join(folder, "copy.db")))).toBe("storage_full");
    expect(readdirSync(folder)).toEqual(["ballast"]);
  });
});

describe("files", () => {
  it("are their owner's alone, whatever the umask", async () => {
    const before = process.umask(0o022);
    try {
      const home = newHome(join(temporaryFolder(), "home"));
      const { vault } = await home.custody.create(home.source, { recovery: false });
      onTestFinished(() => vault.close());
      await connect(vault, "alice");
      const attempt = await vault.beginAttempt(await credentialIn(vault, "alice"), "x/alice", 0, "refresh-token");
      await vault.rescue(commitOf(attempt, "two"));
      (await vault.lock("account", 0)).release();
      await home.custody.backup(join(home.folder, "copy.db"));
      const modes = () =>
        readdirSync(home.folder, { withFileTypes: true, recursive: true })
          .map((entry) => {
            const mode = (statSync(join(entry.parentPath, entry.name)).mode & 0o777).toString(8);
            return `${mode} ${entry.name.replace(/\d{8}T\d{6}.*Z/, "TIME").replaceAll(attempt.credentialId, "ID")}`;
          })
          .sort();
      const files = [
        "600 ID.1.rescue",
        "600 account.db",
        "600 copy.db",
        "600 credential-ID.db",
        "600 reserve",
        "600 vault.db",
      ];
      const folders = ["700 locks", "700 rescue"];
      expect(modes()).toEqual([...files, "600 vault.db-shm", "600 vault.db-wal", ...folders]);
      await vault.close();
      await home.custody.restore(join(home.folder, "copy.db"), plan(home.source));
      expect(modes()).toEqual([...files, "600 vault.db.before-restore-TIME", ...folders]);
      expect(statSync(home.folder).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(before);
    }
  });
});
