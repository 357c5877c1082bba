/** The files of posts: looked into once, read in pieces, and never mistaken for another state of themselves. */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { FileStamp, MediaFacts, MediaFiles, MediaSource, PictureRoom } from "../domain/ports/media.ts";

/** Enough for the headers of every picture but a TIFF, whose directory may be anywhere. */
const headBytes = 512 * 1024;

const pieceBytes = 256 * 1024;

/** `home` is the vault's folder; what is made to fit is kept below it. */
export function mediaFiles(home: string): MediaFiles {
  return {
    open: openMedia,
    fit: async (source: MediaSource, room: PictureRoom) => {
      const { fitPicture } = await import("./fit-picture.ts");
      return openMedia(await fitPicture(source, room, home));
    },
  };
}

async function openMedia(given: string, seen?: FileStamp): Promise<MediaSource> {
  const path = resolve(given);
  const { stamp, head } = await withFile(path, async (handle, stats) => ({
    stamp: requireUnchanged(path, stampOf(stats), seen),
    head: await readHead(handle),
  }));
  const read = (start: number, end: number) => readPiecewise(path, stamp, start, end);
  const { fileTypeFromBuffer } = await import("file-type/core");
  const type = typeOf((await fileTypeFromBuffer(head))?.mime);
  const plain = { path, ...stamp, type, ...nothing };
  return { ...plain, ...(await lookInto(plain, head, read)), read };
}

const nothing = {
  width: null,
  height: null,
  moving: false,
  frames: null,
  seconds: null,
  framesPerSecond: null,
  codec: null,
} as const satisfies Partial<MediaFacts>;

async function lookInto(facts: MediaFacts, head: Uint8Array, read: MediaSource["read"]): Promise<Partial<MediaFacts>> {
  if (facts.type.startsWith("image/")) {
    const { pictureFacts } = await import("./picture-facts.ts");
    return pictureFacts(facts, head, read);
  }
  if (!facts.type.startsWith("video/")) {
    const { documentFacts } = await import("./document-facts.ts");
    return documentFacts(facts.type, facts.size, read);
  }
  const { videoFacts } = await import("./video-facts.ts");
  return { moving: true, ...(await videoFacts(facts.type, facts.size, read)) };
}

/** What platforms call it: an animated PNG is a PNG, Apple's MP4 is an MP4. */
function typeOf(mime: string | undefined): string {
  const names: Readonly<Record<string, string>> = { "image/apng": "image/png", "video/x-m4v": "video/mp4" };
  return mime === undefined ? "application/octet-stream" : (names[mime] ?? mime);
}

/** Runs `work` on a file that is there, ours to read, and a file. */
async function withFile<Result>(path: string, work: (handle: FileHandle, stats: Stats) => Promise<Result>) {
  let handle: FileHandle;
  try {
    // Not blocking: a named pipe that nobody writes to would hold us here.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(path, wordsFor((cause as NodeJS.ErrnoException).code), cause);
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw unreadable(path, "is a folder");
    if (!stats.isFile()) throw unreadable(path, "is not a regular file");
    if (stats.size === 0) throw unreadable(path, "is empty");
    return await work(handle, stats);
  } finally {
    await handle.close();
  }
}

async function readHead(handle: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(headBytes);
  const { bytesRead } = await handle.read(buffer, 0, headBytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function* readPiecewise(
  path: string,
  stamp: FileStamp,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(path, wordsFor((cause as NodeJS.ErrnoException).code), cause);
  }
  try {
    for (let at = start; at < end; ) {
      const buffer = new Uint8Array(Math.min(pieceBytes, end - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      // Looked at after each piece: what was read is a piece of the file that was checked.
      requireUnchanged(path, stampOf(await handle.stat()), stamp);
      if (bytesRead === 0) throw changed(path);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

function stampOf({ size, mtimeMs }: Stats): FileStamp {
  return { size, modifiedAt: Math.trunc(mtimeMs) };
}

function requireUnchanged(path: string, now: FileStamp, seen: FileStamp | undefined): FileStamp {
  if (seen && (now.size !== seen.size || now.modifiedAt !== seen.modifiedAt)) throw changed(path);
  return now;
}

function changed(path: string): Failure {
  return new Failure("media_changed", `${path} has changed since it was checked`, {
    hint: "put the file back as it was, or publish it anew",
  });
}

function unreadable(path: string, why: string, cause?: unknown): Failure {
  return new Failure("file_unreadable", `${path} ${why}`, { hint: "name a file that can be read", cause });
}

function wordsFor(code: string | undefined): string {
  if (code === "ENOENT" || code === "ENOTDIR") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "may not be read by you";
  if (code === "ELOOP") return "is a symbolic link that leads nowhere";
  return `cannot be read (${code})`;
}
