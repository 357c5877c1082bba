/** 6: a disk that is full, or may not be written, when the intent is to be stored: nothing leaves. */
import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { runBinary } from "../binary.ts";
import { Field } from "../field.ts";
import type { Stage } from "../stage.ts";
import { countCall, expectThat, newTally, type Tally } from "../tally.ts";
import { close, settle } from "../verdict.ts";

const size = 4 * 1024 * 1024;

/** @returns null where no file system can be mounted */
export async function fullDisk(stage: Stage): Promise<Tally | null> {
  const disk = mountSmallDisk(stage, "full");
  if (disk === null) return null;
  const tally = newTally("6 disk full");
  try {
    const levels = Array.from({ length: 7 }, (_none, index) => index * 16_384);
    const field = new Field(stage, { label: "full", graces: levels.map(() => null), home: join(disk, "home") });
    await field.prepare();
    for (const [index, free] of levels.entries()) await refuse(stage, field, tally, { disk, free, index });
    await fullForAMoment(stage, field, tally, disk);
    await settle(stage, field);
    await close(stage, field, tally);
    expectThat(tally, tally.labelled === 0, `${tally.labelled} tokens were lost on a full disk`);
  } finally {
    execFileSync("umount", ["--lazy", disk]);
  }
  return tally;
}

function mountSmallDisk(stage: Stage, name: string): string | null {
  const disk = join(stage.folder, `${name}-disk`);
  mkdirSync(disk);
  if (process.getuid?.() !== 0) return null;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "tmpfs", disk], { stdio: "ignore" });
    return disk;
  } catch {
    return null;
  }
}

/** Leaves so many bytes. */
function fill(disk: string, free: number): void {
  const ballast = openSync(join(disk, "ballast"), "w");
  const block = Buffer.alloc(4096, 1);
  let written = 0;
  try {
    while (written <= size) written += writeSync(ballast, block);
  } catch {
    // Full, to the last block.
  } finally {
    closeSync(ballast);
  }
  if (free > 0) truncateSync(join(disk, "ballast"), Math.max(0, written - free));
}

const empty = (disk: string) => rmSync(join(disk, "ballast"), { force: true });

interface Full {
  readonly disk: string;
  readonly free: number;
  readonly index: number;
}

/** By the binary, and by a process that was at work already: either it is refused before anything leaves, or all of it fits. */
async function refuse(stage: Stage, field: Field, tally: Tally, { disk, free, index }: Full): Promise<void> {
  const address = field.addresses[index] ?? "";
  const worker = stage.startWorker(field);
  await worker.ready;
  countCall(tally, (await worker.refresh(address))?.code ?? null);
  fill(disk, free);
  const before = (await stage.authority.counts(field.label)).presented;
  const call = await worker.refresh(address);
  countCall(tally, call?.code ?? null);
  const between = (await stage.authority.counts(field.label)).presented;
  const what = `with ${free} bytes left`;
  const whole = call?.code === null && between === before + 1;
  const refused = call?.code === "storage_full" && between === before;
  expectThat(tally, whole || refused, `${what}: a worker ended with ${call?.code}, ${between - before} requests`);
  await worker.kill();
  const { code, stdout } = await runBinary(stage, field, ["tokens", "refresh", "--force", address, "--json"]);
  const after = (await stage.authority.counts(field.label)).presented;
  const said = code === 0 ? after === between + 1 : /storage_(full|unwritable)/.test(stdout) && after === between;
  expectThat(tally, said, `${what}: the binary ended with ${code}, ${after - between} requests: ${stdout}`);
  empty(disk);
}

/** Full when the answer arrives, and for a second after it: the commit is tried again. */
async function fullForAMoment(stage: Stage, field: Field, tally: Tally, disk: string): Promise<void> {
  const [address = ""] = field.addresses;
  const login = address.slice("oidc/".length);
  await stage.authority.order(login, "hold-after");
  const held = stage.authority.held((request) => request.login === login);
  const worker = stage.startWorker(field);
  await worker.ready;
  const refreshing = worker.refresh(address);
  const { held: hold } = await held;
  fill(disk, 0);
  await stage.authority.release(hold);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  empty(disk);
  const code = (await refreshing)?.code;
  expectThat(tally, code === null, `full for a second at S7: ended with ${code}`);
  await worker.kill();
}

/** A vault whose files may not be written: by root a file system that is mounted for reading, else by their modes. */
export async function readOnly(stage: Stage): Promise<Tally> {
  const tally = newTally("6 read-only");
  const disk = mountSmallDisk(stage, "read-only");
  const field = new Field(stage, {
    label: "read-only",
    graces: [null],
    ...(disk === null ? {} : { home: join(disk, "home") }),
  });
  try {
    await field.prepare();
    const [address = ""] = field.addresses;
    const args = ["tokens", "refresh", "--force", address, "--json"];
    setWritable(field, disk, false);
    const refused = await runBinary(stage, field, args);
    const said = refused.code !== 0 && refused.stdout.includes("storage_unwritable");
    expectThat(tally, said, `ended with ${refused.code}: ${refused.stdout}`);
    const { presented } = await stage.authority.counts(field.label);
    expectThat(tally, presented === 0, `${presented} requests left`);
    setWritable(field, disk, true);
    const { code, stdout } = await runBinary(stage, field, args);
    expectThat(tally, code === 0, `writable again: ended with ${code}: ${stdout}`);
    await close(stage, field, tally);
  } finally {
    if (disk !== null) execFileSync("umount", ["--lazy", disk]);
  }
  return tally;
}

function setWritable(field: Field, disk: string | null, writable: boolean): void {
  if (disk !== null) execFileSync("mount", ["-o", `remount,${writable ? "rw" : "ro"}`, disk]);
  else {
    chmodSync(join(field.home, "vault.db"), writable ? 0o600 : 0o400);
    chmodSync(field.home, writable ? 0o700 : 0o500);
  }
}
