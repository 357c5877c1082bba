/** What a WebM or Matroska file says of its video (RFC 9559 on RFC 8794, whose element names are kept). */
import { type FileWindow, textOf } from "./file-window.ts";
import type { VideoFacts } from "./video-facts.ts";

interface Element {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

const ids = {
  Segment: 0x18538067,
  Info: 0x1549a966,
  TimestampScale: 0x2ad7b1,
  Duration: 0x4489,
  Tracks: 0x1654ae6b,
  TrackEntry: 0xae,
  TrackType: 0x83,
  DefaultDuration: 0x23e383,
  CodecID: 0x86,
  Video: 0xe0,
  PixelWidth: 0xb0,
  PixelHeight: 0xba,
  Cluster: 0x1f43b675,
} as const;

/** A file that leads astray comes to an end. */
const mostElements = 20_000;

const codecs: Readonly<Record<string, string>> = {
  V_VP8: "vp8",
  V_VP9: "vp9",
  V_AV1: "av1",
  "V_MPEG4/ISO/AVC": "avc",
  "V_MPEGH/ISO/HEVC": "hevc",
};

export async function matroskaFacts(file: FileWindow): Promise<VideoFacts> {
  const reader = new Elements(file);
  const segment = await reader.find({ id: 0, start: 0, end: file.size }, ids.Segment);
  if (!segment) return {};
  let facts: VideoFacts = {};
  for await (const element of reader.in(segment)) {
    // Info and Tracks may stand behind the clusters, but nobody writes them there.
    if (element.id === ids.Cluster) break;
    if (element.id === ids.Info) facts = { ...facts, seconds: await duration(reader, element) };
    if (element.id === ids.Tracks) facts = { ...facts, ...(await videoTrack(reader, element)) };
  }
  return facts;
}

async function duration(reader: Elements, info: Element): Promise<number | null> {
  const element = await reader.find(info, ids.Duration);
  if (!element) return null;
  const scale = (await reader.number(info, ids.TimestampScale)) ?? 1_000_000;
  const view = await reader.file.view(element.start, element.end - element.start);
  return ((view.byteLength === 8 ? view.getFloat64(0) : view.getFloat32(0)) * scale) / 1e9;
}

async function videoTrack(reader: Elements, tracks: Element): Promise<VideoFacts> {
  for await (const track of reader.in(tracks)) {
    if (track.id !== ids.TrackEntry || (await reader.number(track, ids.TrackType)) !== 1) continue;
    const video = await reader.find(track, ids.Video);
    const each = await reader.number(track, ids.DefaultDuration);
    const codec = await reader.find(track, ids.CodecID);
    const name = codec
      ? textOf(await reader.file.view(codec.start, codec.end - codec.start), 0, codec.end - codec.start)
      : "";
    return {
      width: video ? await reader.number(video, ids.PixelWidth) : null,
      height: video ? await reader.number(video, ids.PixelHeight) : null,
      framesPerSecond: each ? 1e9 / each : null,
      codec: codecs[name] ?? (name || null),
    };
  }
  return {};
}

class Elements {
  readonly file: FileWindow;
  #left = mostElements;

  constructor(file: FileWindow) {
    this.file = file;
  }

  async *in({ start, end }: Element): AsyncGenerator<Element, void> {
    for (let at = start; at < end; ) {
      if (this.#left === 0) return;
      this.#left -= 1;
      const id = await this.#variable(at, false);
      const size = await this.#variable(at + id.length, true);
      const content = at + id.length + size.length;
      // All bits set: as far as its parent goes (a live stream).
      const length = size.value === 2 ** (7 * size.length) - 1 ? end - content : size.value;
      yield { id: id.value, start: content, end: Math.min(end, content + length) };
      at = content + length;
    }
  }

  async find(parent: Element, id: number): Promise<Element | null> {
    for await (const element of this.in(parent)) if (element.id === id) return element;
    return null;
  }

  /** An unsigned integer of at most six bytes. */
  async number(parent: Element, id: number): Promise<number | null> {
    const element = await this.find(parent, id);
    if (!element || element.end - element.start > 8) return null;
    const view = await this.file.view(element.start, element.end - element.start);
    let value = 0;
    for (let at = 0; at < view.byteLength; at += 1) value = value * 256 + view.getUint8(at);
    return value;
  }

  /** RFC 8794 section 4: as many bytes as the first one has leading zeros, and one. An id keeps its marker. */
  async #variable(at: number, withoutMarker: boolean): Promise<{ value: number; length: number }> {
    const first = (await this.file.view(at, 1)).getUint8(0);
    const length = Math.clz32(first) - 23;
    if (length > 8) throw new RangeError("not an element");
    const view = await this.file.view(at, length);
    let value = withoutMarker ? first - 2 ** (8 - length) : first;
    for (let next = 1; next < length; next += 1) value = value * 256 + view.getUint8(next);
    return { value, length };
  }
}
