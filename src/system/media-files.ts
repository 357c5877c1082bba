/** Files on this machine, as they are sent. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Failure } from "../domain/failure.ts";
import type { MediaFiles, MediaSource } from "../domain/ports/media.ts";

const signatures: readonly (readonly [type: string, at: number, bytes: string])[] = [
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image/gif", 0, "GIF8"],
  ["image/webp", 8, "WEBP"],
  ["video/quicktime", 4, "ftypqt"],
  ["video/mp4", 4, "ftyp"],
];

export const mediaFiles: MediaFiles = {
  open: async (path) => {
    try {
      const file = await open(path);
      try {
        const { size } = await file.stat();
        const head = Buffer.alloc(16);
        await file.read(head, 0, 16, 0);
        return sourceOf(path, size, typeOf(head));
      } finally {
        await file.close();
      }
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw unreadable(path, cause);
    }
  },
};

function typeOf(head: Buffer): string {
  const text = head.toString("latin1");
  const found = signatures.find(([, at, bytes]) => text.startsWith(bytes, at));
  return found?.[0] ?? "application/octet-stream";
}

function sourceOf(path: string, size: number, type: string): MediaSource {
  return {
    path,
    size,
    type,
    read: async function* (start, end) {
      if (start >= end) return;
      try {
        yield* createReadStream(path, { start, end: end - 1 });
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
  };
}

function unreadable(path: string, cause: unknown): Failure {
  const why = (cause as NodeJS.ErrnoException).code ?? "unreadable";
  return new Failure("file_unreadable", `cannot read ${path} (${why})`, { cause });
}
