/**
 * Pictures without what cameras and programs write into them: where a photo was taken, say. Bluesky keeps what it is sent, and
 * gives it to everybody. The picture itself stays bit for bit as it is, and so does which side of it is up.
 */
import type { MediaSource } from "../../domain/ports/media.ts";

export async function withoutMetadata(source: MediaSource): Promise<MediaSource> {
  const strip = strippers[source.type];
  if (!strip) return source;
  const bytes = await contentOf(source);
  const bare = strip(bytes);
  return bare === null || bare.length === bytes.length ? source : inMemory(source, bare);
}

/** null: it is not what it says to be; a server will say so. */
const strippers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | null>> = {
  "image/jpeg": bareJpeg,
  "image/png": barePng,
  "image/webp": bareWebp,
};

async function contentOf(source: MediaSource): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.read(0, source.size)) pieces.push(piece);
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function inMemory(source: MediaSource, bytes: Uint8Array): MediaSource {
  return {
    ...source,
    size: bytes.length,
    read: async function* (start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

const text = (bytes: Uint8Array, from: number, length: number) =>
  String.fromCharCode(...bytes.subarray(from, from + length));

/** Kept of the application segments: JFIF (0), colour profiles (2), Adobe's word on colours (14). ITU-T T.81 annex B. */
const keptSegments = new Set([0xe0, 0xe2, 0xee]);

function bareJpeg(bytes: Uint8Array): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kept = [bytes.subarray(0, 2)];
  let turned: Uint8Array | null = null;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) return null;
    // What follows is the picture.
    if (marker === 0xda)
      return joined([...kept.slice(0, 1), ...(turned ? [turned] : []), ...kept.slice(1), bytes.subarray(at)]);
    if (marker === 0xe1 && text(bytes, at + 4, 4) === "Exif") turned ??= orientationAlone(view, at + 10, end);
    const isMetadata = (marker >= 0xe0 && marker <= 0xef && !keptSegments.has(marker)) || marker === 0xfe;
    if (!isMetadata) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return null;
}

/** An EXIF segment that says which side is up, and nothing else; null: the usual one. `from`: its TIFF header. */
function orientationAlone(view: DataView, from: number, end: number): Uint8Array | null {
  if (from + 8 > end) return null;
  const little = view.getUint16(from) === 0x4949;
  const directory = from + view.getUint32(from + 4, little);
  if (directory + 2 > end) return null;
  const entries = view.getUint16(directory, little);
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + index * 12;
    if (entry + 12 > end) return null;
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const orientation = view.getUint16(entry + 8, little);
    return orientation >= 2 && orientation <= 8 ? orientationSegment(orientation) : null;
  }
  return null;
}

function orientationSegment(orientation: number): Uint8Array {
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0];
  const tiff = [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8];
  const directory = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const content = [...exif, ...tiff, ...directory];
  return Uint8Array.from([0xff, 0xe1, 0, content.length + 2, ...content]);
}

const metadataChunks = new Set(["eXIf", "tEXt", "zTXt", "iTXt", "tIME"]);

/** https://www.w3.org/TR/png-3/#5Chunk-layout */
function barePng(bytes: Uint8Array): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return null;
    const name = text(bytes, at + 4, 4);
    if (!metadataChunks.has(name)) kept.push(bytes.subarray(at, end));
    if (name === "IEND") return joined(kept);
    at = end;
  }
  return null;
}

/** Flags of the header chunk VP8X that announce EXIF and XMP. https://developers.google.com/speed/webp/docs/riff_container */
const announced = 0x08 | 0x04;

function bareWebp(bytes: Uint8Array): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12) return null;
  const kept: Uint8Array[] = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    if (end > bytes.length) return null;
    const name = text(bytes, at, 4);
    const chunk = Uint8Array.from(bytes.subarray(at, end));
    if (name === "VP8X") chunk[8] = (chunk[8] ?? 0) & ~announced;
    if (name !== "EXIF" && name !== "XMP ") kept.push(chunk);
    at = end;
  }
  const body = joined(kept);
  const head = Uint8Array.from(bytes.subarray(0, 12));
  new DataView(head.buffer).setUint32(4, body.length + 4, true);
  return joined([head, body]);
}
