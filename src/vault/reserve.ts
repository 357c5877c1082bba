/**
 * Room on the disk for tokens that cannot be committed, set aside before a refresh is sent. A disk can take the intent and
 * nothing after it (the log had a page left; somebody else took the last one), and by then the old token is spent.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { storageFailure } from "./storage-failure.ts";
import type { VaultContext } from "./vault-context.ts";

/** Bytes: the tokens of some dozens of accounts whose answers were under way when the disk became full. */
const size = 262_144;

const placeOf = ({ home }: Pick<VaultContext, "home">) => join(home, "reserve");

/** @throws Failure `storage_full`, `storage_unwritable` */
export function setRoomAside(context: VaultContext): void {
  const path = placeOf(context);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= size) return;
  try {
    // Random, so that no file system makes it smaller than it is.
    writeDurably(`${path}.part`, context.random.bytes(size));
    renameSync(`${path}.part`, path);
  } catch (error) {
    // Another process did the same at the same moment.
    if (existsSync(path)) return;
    rmSync(`${path}.part`, { force: true });
    throw storageFailure(error, path);
  }
}

/** The room is there for what comes next. False when it was given up before. */
export function giveRoomUp(context: VaultContext): boolean {
  const path = placeOf(context);
  if (!existsSync(path)) return false;
  rmSync(path, { force: true });
  return true;
}

/** On disk when it returns. */
export function writeDurably(path: string, content: Uint8Array): void {
  const descriptor = openSync(path, "w", 0o600);
  try {
    // Not writeSync: it may write a part and say so only in its result.
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
