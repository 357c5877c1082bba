/** Films of any size that hold nothing on the disk, and what a process holds in memory meanwhile. */
import { createHash } from "node:crypto";
import { copyFileSync, createReadStream, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import type { Started, Workspace } from "./command.ts";

/** A film that plays, and behind it a box of so many bytes that players skip; of those, the disk holds nothing. */
export function largeFilm({ folder }: Pick<Workspace, "folder">, bytes: number, played = "film.mp4"): string {
  const path = join(folder, "film.mp4");
  copyFileSync(mediaFile(played), path);
  const { length } = readFileSync(path);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes - length);
  head.write("free", 4);
  writeSync(openSync(path, "a"), head);
  truncateSync(path, bytes);
  return path;
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** The most that a process has held so far, in bytes; what it was when the process ended. */
export function watchMemory({ child }: Started): () => number {
  let peak = 0;
  const look = () => {
    try {
      const [, kilobytes = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      peak = Math.max(peak, Number(kilobytes) * 1024);
    } catch {
      clearInterval(timer);
    }
  };
  const timer = setInterval(look, 20);
  onTestFinished(() => clearInterval(timer));
  return () => peak;
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}
