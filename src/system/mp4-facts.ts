/** What an MP4 or QuickTime file says of its video (ISO/IEC 14496-12, whose box names are kept). */
import { type FileWindow, textOf } from "./file-window.ts";
import type { VideoFacts } from "./video-facts.ts";

interface Box {
  readonly type: string;
  /** Where its content begins, and ends. */
  readonly start: number;
  readonly end: number;
}

/** Every box and row costs one, so that a file that leads astray comes to an end. */
const mostSteps = 200_000;

interface Film {
  readonly file: FileWindow;
  left: number;
}

interface Track {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly codec: string;
  readonly timescale: number;
  /** In units of the timescale; 0 where the samples are in fragments. */
  readonly duration: number;
  readonly samples: number;
}

export async function mp4Facts(file: FileWindow): Promise<VideoFacts> {
  const film: Film = { file, left: mostSteps };
  const moov = await child(film, { type: "", start: 0, end: file.size }, "moov");
  const track = moov && (await videoTrack(film, moov));
  if (!moov || !track) return {};
  const { duration, samples } = track.duration > 0 ? track : await fragmentsOf(film, moov, track);
  const seconds = track.timescale > 0 && duration > 0 && film.left > 0 ? duration / track.timescale : null;
  return {
    width: track.width || null,
    height: track.height || null,
    seconds,
    framesPerSecond: seconds === null ? null : samples / seconds,
    codec: codecs[track.codec] ?? track.codec,
  };
}

const codecs: Readonly<Record<string, string>> = {
  avc1: "avc",
  avc3: "avc",
  hvc1: "hevc",
  hev1: "hevc",
  av01: "av1",
  vp08: "vp8",
  vp09: "vp9",
};

async function* boxes(film: Film, from: number, to: number): AsyncGenerator<Box, void> {
  for (let at = from; at + 8 <= to; ) {
    if (film.left === 0) return;
    film.left -= 1;
    const header = await film.file.view(at, 8);
    const short = header.getUint32(0);
    const type = textOf(header, 4, 4);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number((await film.file.view(at + 8, 8)).getBigUint64(0)) : short || to - at;
    // The last box of a file that is cut off ends with the file.
    if (size < head) return;
    yield { type, start: at + head, end: Math.min(to, at + size) };
    at += size;
  }
}

async function child(film: Film, { start, end }: Box, ...path: readonly string[]): Promise<Box | null> {
  const [type, ...rest] = path;
  for await (const box of boxes(film, start, end)) {
    if (box.type === type) return rest.length === 0 ? box : child(film, box, ...rest);
  }
  return null;
}

async function videoTrack(film: Film, moov: Box): Promise<Track | null> {
  for await (const trak of boxes(film, moov.start, moov.end)) {
    if (trak.type !== "trak") continue;
    const handler = await child(film, trak, "mdia", "hdlr");
    if (!handler || textOf(await film.file.view(handler.start + 8, 4), 0, 4) !== "vide") continue;
    const [header, media, table] = [
      await child(film, trak, "tkhd"),
      await child(film, trak, "mdia", "mdhd"),
      await child(film, trak, "mdia", "minf", "stbl"),
    ];
    if (!header || !media || !table) continue;
    return {
      ...(await trackHeader(film, header)),
      ...(await mediaHeader(film, media)),
      ...(await samples(film, table)),
    };
  }
  return null;
}

/** tkhd: its id, and its sides turned by its matrix. */
async function trackHeader({ file }: Film, { start }: Box) {
  const long = (await file.view(start, 1)).getUint8(0) === 1 ? 12 : 0;
  const id = (await file.view(start + (long ? 20 : 12), 4)).getUint32(0);
  const rest = await file.view(start + 40 + long, 44);
  const [width, height] = [rest.getUint32(36) / 65536, rest.getUint32(40) / 65536].map(Math.round) as [number, number];
  // The matrix {a, b, u, c, d, v, x, y, w}: a quarter turn has nothing in a and d.
  const turned = rest.getInt32(0) === 0 && rest.getInt32(16) === 0 && rest.getInt32(4) !== 0;
  return turned ? { id, width: height, height: width } : { id, width, height };
}

async function mediaHeader({ file }: Film, { start }: Box) {
  const long = (await file.view(start, 1)).getUint8(0) === 1;
  const view = await file.view(start + (long ? 20 : 12), 12);
  return { timescale: view.getUint32(0), duration: long ? Number(view.getBigUint64(4)) : view.getUint32(4) };
}

async function samples(film: Film, table: Box) {
  const description = await child(film, table, "stsd");
  const codec = description ? textOf(await film.file.view(description.start + 12, 4), 0, 4) : "";
  const sizes = (await child(film, table, "stsz")) ?? (await child(film, table, "stz2"));
  return { codec, samples: sizes ? (await film.file.view(sizes.start + 8, 4)).getUint32(0) : 0 };
}

/** A film that was written while it was recorded: its samples are told of a few at a time. */
async function fragmentsOf(film: Film, moov: Box, track: Track): Promise<Pick<Track, "duration" | "samples">> {
  const inherited = await defaultDuration(film, moov, track);
  const sum = { duration: 0, samples: 0 };
  for await (const box of boxes(film, moov.end, film.file.size)) {
    if (box.type !== "moof") continue;
    const more = await fragment(film, box, track, inherited);
    sum.duration += more.duration;
    sum.samples += more.samples;
  }
  return sum;
}

/** trex: what a sample of a fragment lasts that does not say so itself. */
async function defaultDuration(film: Film, moov: Box, track: Track): Promise<number> {
  const extends_ = await child(film, moov, "mvex");
  if (!extends_) return 0;
  for await (const box of boxes(film, extends_.start, extends_.end)) {
    if (box.type !== "trex") continue;
    const view = await film.file.view(box.start + 4, 12);
    if (view.getUint32(0) === track.id) return view.getUint32(8);
  }
  return 0;
}

async function fragment(film: Film, moof: Box, track: Track, inherited: number) {
  const sum = { duration: 0, samples: 0 };
  for await (const traf of boxes(film, moof.start, moof.end)) {
    if (traf.type !== "traf") continue;
    const header = await child(film, traf, "tfhd");
    if (!header) continue;
    const flags = (await film.file.view(header.start, 8)).getUint32(0) & 0xffffff;
    if ((await film.file.view(header.start + 4, 4)).getUint32(0) !== track.id) continue;
    // base_data_offset and sample_description_index stand before the default duration, where they are given.
    const at = header.start + 8 + (flags & 0x01 ? 8 : 0) + (flags & 0x02 ? 4 : 0);
    const each = flags & 0x08 ? (await film.file.view(at, 4)).getUint32(0) : inherited;
    for await (const run of boxes(film, traf.start, traf.end)) {
      if (run.type !== "trun") continue;
      const count = (await film.file.view(run.start + 4, 4)).getUint32(0);
      sum.samples += count;
      sum.duration += await runDuration(film, run, count, each);
    }
  }
  return sum;
}

async function runDuration(film: Film, run: Box, count: number, each: number): Promise<number> {
  const flags = (await film.file.view(run.start, 4)).getUint32(0) & 0xffffff;
  if (!(flags & 0x100)) return count * each;
  const row = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  const first = run.start + 8 + (flags & 0x01 ? 4 : 0) + (flags & 0x04 ? 4 : 0);
  let sum = 0;
  for (let at = first; at + 4 <= Math.min(run.end, first + count * row) && film.left > 0; at += row) {
    film.left -= 1;
    sum += (await film.file.view(at, 4)).getUint32(0);
  }
  return sum;
}
