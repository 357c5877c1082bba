/** A file as numbers at places: for the headers of videos, which are few bytes in many places. */
import type { MediaSource } from "../domain/ports/media.ts";

const windowBytes = 64 * 1024;

export class FileWindow {
  readonly size: number;
  readonly #read: MediaSource["read"];
  #start = 0;
  #bytes = new Uint8Array();

  constructor(size: number, read: MediaSource["read"]) {
    this.size = size;
    this.#read = read;
  }

  /** `length` (at most 64 KiB) bytes from `at`. @throws RangeError behind the end */
  async view(at: number, length: number): Promise<DataView> {
    if (at + length > this.size || length > windowBytes) throw new RangeError("behind the end");
    if (at < this.#start || at + length > this.#start + this.#bytes.length) await this.#move(at);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at - this.#start, length);
  }

  async #move(start: number): Promise<void> {
    const end = Math.min(this.size, start + windowBytes);
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    for await (const piece of this.#read(start, end)) {
      bytes.set(piece, filled);
      filled += piece.length;
    }
    this.#start = start;
    this.#bytes = bytes;
  }
}

export function textOf(view: DataView, at: number, length: number): string {
  return Array.from({ length }, (_, index) => String.fromCharCode(view.getUint8(at + index))).join("");
}
