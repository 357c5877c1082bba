/** Pictures that are too large for a platform, made to fit: turned upright, scaled down, pressed harder, in that order. */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sharp } from "sharp";
import { Failure } from "../domain/failure.ts";
import { fittedSides } from "../domain/fitted-sides.ts";
import type { MediaSource, PictureRoom } from "../domain/ports/media.ts";
import { days } from "../domain/time.ts";
import { systemClock } from "./clock.ts";

/** Part of a copy's name: to be raised when the steps below change. */
const recipe = 1;

/** After half of it a copy is made anew, so that none is removed while it is sent. */
const keptFor = days(14);

/** Of JPEG and WebP; below the last one it shows, and scaling down is better. */
const qualities = [90, 82, 74] as const;
const scalePerStep = 0.85;
const shortestSide = 200;

const formats: Readonly<Record<string, (picture: Sharp, quality: number) => Sharp>> = {
  "image/jpeg": (picture, quality) => picture.flatten({ background: "#fff" }).jpeg({ quality }),
  "image/webp": (picture, quality) => picture.webp({ quality }),
  "image/png": (picture) => picture.png({ compressionLevel: 9 }),
};

/**
 * The copy's path, in a folder of the owner alone. Metadata (where a photo was taken, say) stays behind.
 * @throws Failure `picture_library_missing`, `content_invalid`
 */
export async function fitPicture(source: MediaSource, room: PictureRoom, home: string): Promise<string> {
  const sharp = await loadSharp(source.path);
  const bytes = await contentOf(source);
  const name = createHash("sha256")
    .update(bytes)
    .update(JSON.stringify([recipe, sharp.versions, room]))
    .digest("hex");
  const folder = join(home, "fitted");
  const path = join(folder, name);
  if ((await ageOf(path)) < keptFor / 2) return path;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOld(folder);
  const fitted = await firstThatFits(sharp, bytes, source, room);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, fitted, { mode: 0o600 });
  await rename(draft, path);
  return path;
}

type SharpModule = typeof import("sharp").default;

async function loadSharp(path: string): Promise<SharpModule> {
  try {
    const { default: sharp } = await import("sharp");
    return sharp;
  } catch (cause) {
    const program = fileURLToPath(new URL("..", import.meta.url));
    throw new Failure("picture_library_missing", `${path} does not fit, and what would make it fit is not installed`, {
      hint: `in ${program}: npm install --include=optional sharp; or change the picture yourself (--dry-run --no-fit says how)`,
      cause,
    });
  }
}

async function contentOf(source: MediaSource): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.read(0, source.size)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function firstThatFits(sharp: SharpModule, bytes: Buffer, source: MediaSource, room: PictureRoom) {
  const { width, height, path } = source;
  if (width === null || height === null) throw cannot(path, "its size cannot be read");
  const first = fittedSides({ width, height }, room);
  for (
    let scale = 1;
    scale * Math.min(first.width, first.height) >= shortestSide || scale === 1;
    scale *= scalePerStep
  ) {
    const sides = { width: Math.floor(first.width * scale), height: Math.floor(first.height * scale) };
    for (const [type, quality] of attempts(source.type, room)) {
      const format = formats[type];
      if (!format) continue;
      const fitted = await render(
        path,
        format(
          sharp(bytes)
            .autoOrient()
            .resize({ ...sides, fit: "fill" }),
          quality,
        ),
      );
      if (fitted.length <= room.bytes) return fitted;
    }
  }
  throw cannot(path, "it does not become small enough");
}

/** Its own type first. What has no quality to lower (PNG) is tried once, then as the first type that has. */
function attempts(type: string, { types }: PictureRoom): [string, number][] {
  const own = types.includes(type) && Object.hasOwn(formats, type) ? type : null;
  const others = types.filter((each) => each !== own && each !== "image/png" && Object.hasOwn(formats, each));
  const lossy = own !== null && own !== "image/png" ? own : others[0];
  return [
    ...(own === "image/png" ? [[own, 100] as [string, number]] : []),
    ...(lossy === undefined ? [] : qualities.map((quality): [string, number] => [lossy, quality])),
  ];
}

async function render(path: string, picture: Sharp): Promise<Buffer> {
  try {
    return await picture.toBuffer();
  } catch (cause) {
    throw cannot(path, `it cannot be decoded (${(cause as Error).message.split("\n")[0]})`, cause);
  }
}

function cannot(path: string, why: string, cause?: unknown): Failure {
  return new Failure("content_invalid", `${path} cannot be made to fit: ${why}`, {
    hint: "make it smaller with a program for pictures",
    cause,
  });
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const age = await ageOf(path);
    if (age > keptFor && age < Number.POSITIVE_INFINITY) await rm(path, { force: true });
  }
}

/** Milliseconds; infinite for what is not there. */
async function ageOf(path: string): Promise<number> {
  return systemClock.now() - (await stat(path).catch(() => ({ mtimeMs: Number.NEGATIVE_INFINITY }))).mtimeMs;
}
