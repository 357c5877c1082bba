/** Does a file fit a platform, by its content? */
import type { DocumentLimit, FileLimit, GifLimit, Limits, VideoLimit } from "../limits.ts";
import type { MediaFacts, PictureRoom } from "../ports/media.ts";
import { fileName, isWithin, listed, rangeInWords, shown, sizeInWords, typeInWords } from "./words.ts";

/** What is wrong with it, each in words that begin with the file's name. */
export function pictureProblems(name: string, limits: Limits, facts: MediaFacts): string[] {
  const file = fileName(facts.path);
  if (facts.type.startsWith("video/")) return [`${file} is a video: give it as the video`];
  const limit = isMovingGif(facts) ? (limits.gif ?? limits.images) : limits.images;
  if (!limit) return [];
  const frames = (limit as GifLimit).frames;
  return [
    ...commonProblems(name, limit, facts),
    ...(frames !== undefined && (facts.frames ?? 0) > frames
      ? [`${file} has ${facts.frames} pictures, ${name} takes at most ${frames}`]
      : []),
  ];
}

export function videoProblems(name: string, limit: VideoLimit, facts: MediaFacts): string[] {
  const file = fileName(facts.path);
  if (facts.type.startsWith("image/")) return [`${file} is a picture: give it as an image`];
  const { seconds, framesPerSecond, codec } = facts;
  const problems = commonProblems(name, limit, facts);
  if (!limit.types.includes(facts.type)) return problems;
  if (seconds !== null && limit.seconds && !isWithin(seconds, limit.seconds)) {
    problems.push(`${file} lasts ${shown(seconds)} s, ${name} takes ${rangeInWords(limit.seconds)} s`);
  }
  // Sixty pictures a second are told as 60.0024 by some cameras.
  if (framesPerSecond !== null && Math.round(framesPerSecond) > (limit.framesPerSecond ?? Number.POSITIVE_INFINITY)) {
    problems.push(
      `${file} has ${shown(framesPerSecond)} pictures a second, ${name} takes at most ${limit.framesPerSecond}`,
    );
  }
  if (codec !== null && limit.codecs && !limit.codecs.includes(codec)) {
    problems.push(`${file} is coded as ${codec}, ${name} takes ${listed(limit.codecs)}`);
  }
  return problems;
}

export function documentProblems(name: string, limit: DocumentLimit, facts: MediaFacts): string[] {
  const { pages = 0, path } = facts;
  const problems = typeAndSizeProblems(name, limit, facts);
  if (pages > (limit.pages ?? Number.POSITIVE_INFINITY)) {
    problems.push(`${fileName(path)} has ${pages} pages, ${name} takes at most ${limit.pages}`);
  }
  return problems;
}

export function thumbnailProblems(name: string, limit: FileLimit, facts: MediaFacts): string[] {
  if (facts.type.startsWith("video/")) return [`${fileName(facts.path)} is a video: a thumbnail is a picture`];
  return commonProblems(name, limit, facts);
}

function typeAndSizeProblems(name: string, limit: Pick<FileLimit, "types" | "bytes">, facts: MediaFacts): string[] {
  const { type, size } = facts;
  const file = fileName(facts.path);
  if (!limit.types.includes(type) && !limit.types.includes("any")) {
    return [`${file} is ${typeInWords(type)}, ${name} takes ${listed(limit.types.map(typeInWords))}`];
  }
  if (size <= limit.bytes) return [];
  return [`${file} has ${sizeInWords(size)}, ${name} takes at most ${sizeInWords(limit.bytes)}`];
}

function commonProblems(name: string, limit: FileLimit, facts: MediaFacts): string[] {
  const { type, width, height } = facts;
  const file = fileName(facts.path);
  const problems = typeAndSizeProblems(name, limit, facts);
  if (!limit.types.includes(type)) return problems;
  if (width === null || height === null || width === 0 || height === 0) {
    // Of some containers nothing is read here; of these something always is.
    if (type.startsWith("image/") || type === "video/mp4")
      problems.push(`${file} is damaged: its sides cannot be read`);
    return problems;
  }
  for (const [side, value, range] of [
    ["wide", width, limit.width],
    ["high", height, limit.height],
  ] as const) {
    if (range && !isWithin(value, range)) {
      problems.push(`${file} is ${value} pixels ${side}, ${name} takes ${rangeInWords(range)}`);
    }
  }
  if (width * height > (limit.pixels ?? Number.POSITIVE_INFINITY)) {
    problems.push(`${file} has ${width * height} pixels, ${name} takes at most ${limit.pixels}`);
  }
  if (limit.aspect && !isWithin(width / height, limit.aspect)) {
    problems.push(
      `${file} is ${width}×${height}, ${shown(width / height)} times as wide as high; ${name} takes ${rangeInWords(limit.aspect)}`,
    );
  }
  return problems;
}

export function isMovingGif({ type, moving }: MediaFacts): boolean {
  return type === "image/gif" && moving;
}

/** What can be read and written again. */
const readable = ["image/jpeg", "image/png", "image/webp", "image/tiff", "image/avif", "image/gif"];
const writable = ["image/jpeg", "image/webp", "image/png"];

/** A picture of a message itself is `picture`; what it is else, `MediaFile.as` says. */
type Role = "picture" | "thumbnail" | "option";

/**
 * What a picture has to be made to fit into; null: it fits as it is, or no copy of it would be the same picture. What the
 * platform fetches has no copy.
 */
export function roomFor(limits: Limits, facts: MediaFacts, role: Role = "picture"): PictureRoom | null {
  const limit = { picture: limits.images, thumbnail: limits.thumbnail, option: undefined }[role];
  return limit && !limit.fetched ? roomIn(limit, facts) : null;
}

/** Whether a file can be had where the platform fetches it; a copy that would fit cannot. */
export function fetchProblems(
  name: string,
  limit: Pick<FileLimit, "types" | "bytes" | "fetched"> | undefined,
  { url }: { readonly url: string | null },
  facts: MediaFacts,
): string[] {
  if (!limit?.fetched) return [];
  const file = fileName(facts.path);
  if (url === null) return [`${name} fetches files itself, and no address is known of ${file}`];
  if (!roomIn(limit, facts)) return [];
  return [`${name} fetches ${file} as it is there: no copy that fits can take its place`];
}

function roomIn(images: Omit<FileLimit, "fetched">, facts: MediaFacts): PictureRoom | null {
  const { type, size, width, height, moving } = facts;
  if (moving || !readable.includes(type) || !width || !height) return null;
  const { bytes, pixels = Number.POSITIVE_INFINITY } = images;
  const widest = images.width?.max ?? Number.POSITIVE_INFINITY;
  const highest = images.height?.max ?? Number.POSITIVE_INFINITY;
  const fits = size <= bytes && width <= widest && height <= highest && width * height <= pixels;
  if (fits && images.types.includes(type)) return null;
  const types = writable.filter((each) => images.types.includes(each));
  if (types.length === 0) return null;
  return {
    types,
    bytes,
    ...(images.width?.max === undefined ? {} : { width: widest }),
    ...(images.height?.max === undefined ? {} : { height: highest }),
    ...(images.pixels === undefined ? {} : { pixels }),
  };
}
