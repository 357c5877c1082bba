import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/system/clock.ts";
import { systemRandom } from "../../src/system/random.ts";
import { acquireLock } from "../../src/vault/account-lock.ts";
import { codeOf, temporaryFolder } from "./home.ts";
import { type OtherProcess, otherProcess } from "./other-process.ts";

const here = (folder: string) => ({ folder: join(folder, "locks"), clock: systemClock, random: systemRandom });

const program = `
  import { acquireLock } from "src/vault/account-lock.ts";
  import { systemClock as clock } from "src/system/clock.ts";
  import { systemRandom as random } from "src/system/random.ts";
  const [folder, name] = process.argv.slice(2);
  const lock = await acquireLock({ folder, clock, random }, name, 5000);
  process.stdout.write("held");
  process.stdin.once("data", () => { lock.release(); process.exit(0); });
`;

/** Another process that takes the lock, says so, and keeps it until it is told to end. */
async function holder(folder: string, name = "account"): Promise<OtherProcess> {
  const other = otherProcess(folder, { code: program, arguments: [join(folder, "locks"), name] });
  expect(await other.said).toBe("held");
  return other;
}

describe("the lock of an account, between processes", () => {
  it("is free at once when its holder is killed", async () => {
    const folder = temporaryFolder();
    const { child, ended } = await holder(folder);
    expect(await codeOf(acquireLock(here(folder), "account", 0))).toBe("refresh_busy");
    child.kill("SIGKILL");
    await ended;
    (await acquireLock(here(folder), "account", 0)).release();
  });

  it("is not taken from a holder that merely sleeps", async () => {
    const folder = temporaryFolder();
    const { child } = await holder(folder);
    child.kill("SIGSTOP");
    const began = Date.now();
    expect(await codeOf(acquireLock(here(folder), "account", 1500))).toBe("refresh_busy");
    expect(Date.now() - began).toBeGreaterThanOrEqual(1500);
    child.kill("SIGCONT");
    child.stdin?.write("end");
    (await acquireLock(here(folder), "account", 5000)).release();
  });

  it.each([-3_600_000, 3_600_000])("is waited for as long, though the clock steps by %s ms", async (step) => {
    const folder = temporaryFolder();
    await holder(folder);
    const began = Date.now();
    const clock = { ...systemClock, now: () => Date.now() + (Date.now() - began > 300 ? step : 0) };
    expect(await codeOf(acquireLock({ ...here(folder), clock }, "account", 1000))).toBe("refresh_busy");
    expect(Date.now() - began).toBeGreaterThanOrEqual(900);
  });

  it("is waited for", async () => {
    const folder = temporaryFolder();
    const { child } = await holder(folder);
    const waiting = acquireLock(here(folder), "account", 5000);
    setTimeout(() => child.stdin?.write("end"), 100);
    (await waiting).release();
  });

  it("is another one for another account", async () => {
    const folder = temporaryFolder();
    await holder(folder);
    (await acquireLock(here(folder), "other", 0)).release();
  });
});

describe("the lock of an account, within a process", () => {
  it("is held by one at a time", async () => {
    const folder = temporaryFolder();
    let inside = 0;
    let most = 0;
    const turns: number[] = [];
    const work = async (turn: number) => {
      const lock = await acquireLock(here(folder), "account", 5000);
      inside += 1;
      most = Math.max(most, inside);
      await systemClock.sleep(30);
      turns.push(turn);
      inside -= 1;
      lock.release();
    };
    await Promise.all([work(1), work(2), work(3)]);
    expect(most).toBe(1);
    expect(turns.sort()).toEqual([1, 2, 3]);
  });

  it("is kept from others by one who failed to get it here", async () => {
    // POSIX drops a process's locks on a file when any of its descriptors is closed: the second try must not open it.
    const folder = temporaryFolder();
    const lock = await acquireLock(here(folder), "account", 0);
    expect(await codeOf(acquireLock(here(folder), "account", 0))).toBe("refresh_busy");
    const other = holder(folder);
    const first = await Promise.race([other.then(() => "stolen"), systemClock.sleep(1000).then(() => "kept")]);
    expect(first).toBe("kept");
    lock.release();
    await other;
  });

  it("fails at once with no time to wait, and after the time there is", async () => {
    const folder = temporaryFolder();
    const lock = await acquireLock(here(folder), "account", 0);
    const began = performance.now();
    expect(await codeOf(acquireLock(here(folder), "account", 0))).toBe("refresh_busy");
    expect(performance.now() - began).toBeLessThan(50);
    expect(await codeOf(acquireLock(here(folder), "account", 120))).toBe("refresh_busy");
    expect(performance.now() - began).toBeLessThan(1000);
    lock.release();
    lock.release();
    (await acquireLock(here(folder), "account", 0)).release();
  });

  it("lies in files of its owner's alone", async () => {
    const folder = temporaryFolder();
    const before = process.umask(0o022);
    const lock = await acquireLock(here(folder), "account", 0).finally(() => process.umask(before));
    lock.release();
    expect(statSync(join(folder, "locks")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "locks", "account.db")).mode & 0o777).toBe(0o600);
  });
});
