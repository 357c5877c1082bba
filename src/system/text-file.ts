/** A file that somebody wrote: UTF-8, and of a size that somebody writes. */
import { readFile, stat } from "node:fs/promises";
import { Failure } from "../domain/failure.ts";

/** @throws Failure `file_unreadable` */
export async function readTextFile(path: string, mostBytes: number): Promise<string> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw unreadable(path, stats.isDirectory() ? "is a folder" : "is not a regular file");
    if (stats.size > mostBytes) throw unreadable(path, `has ${stats.size} bytes, too many for what it should be`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (cause instanceof TypeError) throw unreadable(path, "is not UTF-8 text", cause);
    const { code } = cause as NodeJS.ErrnoException;
    throw unreadable(path, code === "ENOENT" ? "does not exist" : `cannot be read (${code})`, cause);
  }
}

function unreadable(path: string, why: string, cause?: unknown): Failure {
  return new Failure("file_unreadable", `${path} ${why}`, { hint: "name a file of text that can be read", cause });
}
