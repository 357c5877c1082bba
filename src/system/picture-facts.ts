import type { MediaFacts, MediaSource } from "../domain/ports/media.ts";

/** A TIFF says where its sizes are, and that may be behind the picture. */
const longestTiff = 64 * 1024 * 1024;

/** Exif orientations (TIFF tag 0x0112) by which a picture is shown lying on its side. */
const turned = new Set([5, 6, 7, 8]);

/** What a picture's header says; nothing for one that is broken. */
export async function pictureFacts(
  { type, size }: Pick<MediaFacts, "type" | "size">,
  head: Uint8Array,
  read: MediaSource["read"],
): Promise<Partial<MediaFacts>> {
  const bytes = type === "image/tiff" && size > head.length && size <= longestTiff ? await whole(read, size) : head;
  const sides = await sidesOf(bytes);
  if (type === "image/gif") {
    const frames = await countGifFrames(read(0, size));
    return { ...sides, frames, moving: frames > 1 };
  }
  return { ...sides, moving: type === "image/webp" && isAnimatedWebp(head) };
}

async function sidesOf(bytes: Uint8Array): Promise<Pick<MediaFacts, "width" | "height">> {
  const { imageSize } = await import("image-size");
  try {
    const { width, height, orientation = 1 } = imageSize(bytes);
    return turned.has(orientation) ? { width: height, height: width } : { width, height };
  } catch {
    return { width: null, height: null };
  }
}

async function whole(read: MediaSource["read"], size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const piece of read(0, size)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The animation flag of an extended header: https://developers.google.com/speed/webp/docs/riff_container */
function isAnimatedWebp(head: Uint8Array): boolean {
  const chunk = String.fromCharCode(...head.subarray(12, 16));
  return chunk === "VP8X" && ((head[20] ?? 0) & 0x02) !== 0;
}

/** Image descriptors of a GIF (https://www.w3.org/Graphics/GIF/spec-gif89a.txt); what is there of one that is cut off. */
async function countGifFrames(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const bytes = new Bytes(pieces);
  let frames = 0;
  try {
    await bytes.skip(10);
    await bytes.skip(colourTable(await bytes.next()) + 2);
    for (;;) {
      const block = await bytes.next();
      if (block === 0x2c) {
        frames += 1;
        await bytes.skip(8);
        await bytes.skip(colourTable(await bytes.next()) + 1);
      } else if (block === 0x21) await bytes.skip(1);
      else return frames;
      for (let length = await bytes.next(); length > 0; length = await bytes.next()) await bytes.skip(length);
    }
  } catch (error) {
    if (error instanceof RangeError) return frames;
    throw error;
  } finally {
    await bytes.close();
  }
}

/** Bytes of the colour table that a packed field announces. */
function colourTable(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 0x07) + 1) : 0;
}

/** @throws RangeError at the end */
class Bytes {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  async next(): Promise<number> {
    while (this.#at >= this.#piece.length) {
      const { value, done } = await this.#pieces.next();
      if (done) throw new RangeError("the end");
      this.#at -= this.#piece.length;
      this.#piece = value;
    }
    const byte = this.#piece[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  async skip(count: number): Promise<void> {
    this.#at += count;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
