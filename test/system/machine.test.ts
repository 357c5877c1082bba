import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/system/clock.ts";
import { filesystemOf, folderMode, portIsFree } from "../../src/system/machine.ts";
import { systemRandom } from "../../src/system/random.ts";
import { temporaryFolder } from "./child-program.ts";

afterEach(() => vi.useRealTimers());

describe("facts for doctor", () => {
  test("the file system of a folder that is not there yet is its parent's", async () => {
    const folder = temporaryFolder();
    const told = await filesystemOf(join(folder, "not", "yet"));
    expect(told).toEqual(await filesystemOf(folder).then((facts) => ({ ...facts, freeBytes: expect.any(Number) })));
    expect(told?.freeBytes).toBeGreaterThan(0);
  });

  test("a file system of the kernel's own is local and named", async () => {
    if (!existsSync("/dev/shm")) return;
    expect(await filesystemOf("/dev/shm")).toMatchObject({ type: "tmpfs", network: false });
  });

  test("a folder's mode, and one that is not there", () => {
    const folder = join(temporaryFolder(), "home");
    expect(folderMode(folder)).toEqual({ exists: false, mode: null, writable: true });
    mkdirSync(folder);
    chmodSync(folder, 0o750);
    expect(folderMode(folder)).toEqual({ exists: true, mode: 0o750, writable: true });
  });

  test("whether a port is free", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await portIsFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await portIsFree(port)).toBe(true);
  });
});

describe("the clock", () => {
  test("a wait ends with the signal's own reason, at once", async () => {
    const reason = new Error("stopped");
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stop = new AbortController();
    const waiting = systemClock.sleep(60_000, stop.signal);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test("a wait longer than a timer can hold does not end at once", async () => {
    const stop = new AbortController();
    const waiting = systemClock.sleep(2 ** 31 + 1000, stop.signal).then(() => "ended");
    const later = new Promise((resolve) => setTimeout(() => resolve("waiting"), 50));
    expect(await Promise.race([waiting.catch(() => "stopped"), later])).toBe("waiting");
    stop.abort();
    await waiting.catch(() => null);
  });
});

test("random bytes, ids and fractions differ and keep their shape", () => {
  expect(systemRandom.bytes(32)).toHaveLength(32);
  expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32));
  expect(systemRandom.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  for (let count = 0; count < 1000; count += 1) {
    const fraction = systemRandom.fraction();
    expect(fraction >= 0 && fraction < 1).toBe(true);
  }
});
