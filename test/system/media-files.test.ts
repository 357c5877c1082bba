import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import type { MediaFacts, MediaSource, PictureRoom } from "../../src/domain/ports/media.ts";
import { mediaFiles } from "../../src/system/media-files.ts";

const folder = mkdtempSync(join(tmpdir(), "agencyiq-media-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sample = (name: string) => fileURLToPath(new URL(`../media/${name}`, import.meta.url));
const home = join(folder, "home");
const files = mediaFiles(home);

async function bytesOf(source: MediaSource, start = 0, end = source.size): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.read(start, end)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The samples were made by FFmpeg 5.1 and libvips; the figures are those that `ffprobe` gives. */
describe("what a file is", () => {
  const still = { moving: false, frames: null, seconds: null, framesPerSecond: null, codec: null };
  const picture = { width: 40, height: 30, ...still };
  const film = { width: 64, height: 48, moving: true, frames: null, framesPerSecond: 25 };
  it.each<[string, Partial<MediaFacts>]>([
    ["photo.jpg", { type: "image/jpeg", ...picture }],
    ["turned.jpg", { type: "image/jpeg", ...picture, width: 30, height: 40 }],
    ["picture.png", { type: "image/png", ...picture }],
    ["picture.tiff", { type: "image/tiff", ...picture }],
    ["picture.avif", { type: "image/avif", ...picture }],
    ["still.webp", { type: "image/webp", ...picture }],
    ["moving.webp", { type: "image/webp", ...picture, moving: true }],
    ["still.gif", { type: "image/gif", ...picture, frames: 1 }],
    ["moving.gif", { type: "image/gif", ...picture, frames: 5, moving: true }],
    ["film.mp4", { type: "video/mp4", ...film, codec: "avc", seconds: expect.closeTo(2, 0) }],
    ["fragmented.mp4", { type: "video/mp4", ...film, codec: "avc", seconds: expect.closeTo(2, 1) }],
    ["portrait.mp4", { type: "video/mp4", ...film, codec: "avc", width: 48, height: 64 }],
    [
      "film.mov",
      { type: "video/quicktime", ...film, codec: "avc", framesPerSecond: 30, seconds: expect.closeTo(1, 1) },
    ],
    ["three-pages.pdf", { type: "application/pdf", width: null, pages: 3 }],
    ["words.docx", { type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document" }],
    ["slides.pptx", { type: "application/vnd.openxmlformats-officedocument.presentationml.presentation" }],
    ["words.doc", { type: "application/msword" }],
    ["slides.ppt", { type: "application/vnd.ms-powerpoint" }],
    ["sheet.xls", { type: "application/x-cfb" }],
    ["film.webm", { type: "video/webm", ...film, codec: "vp9", seconds: expect.closeTo(1, 1) }],
  ])("%s", async (name, facts) => {
    const { read, ...told } = await files.open(sample(name));
    expect(told).toMatchObject({ path: sample(name), size: statSync(sample(name)).size, ...facts });
    expect(read).toBeTypeOf("function");
  });

  it("an archive whose first entries are large is looked at from its end", async () => {
    const path = join(folder, "pictures-first.docx");
    execFileSync("python3", [
      "-c",
      `import sys, zipfile, os
z = zipfile.ZipFile(sys.argv[1], "w")
z.writestr("word/media/image1.png", os.urandom(900000))
z.writestr("[Content_Types].xml", "<Types/>")
z.writestr("word/document.xml", "<document/>")
z.close()`,
      path,
    ]);
    const type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    expect(await files.open(path)).toMatchObject({ type });
  });

  it.each([
    ["of which the pages are on the edge of what is read at once", 262_100, "/Type /Pages /Kids [3 0 R] /Count 12", 12],
    ["that is linearized", 0, "/Linearized 1 /L 5000 /N 7 /T 4000", 7],
    ["whose page tree is compressed", 0, "/Type /ObjStm /Filter /FlateDecode", undefined],
  ])("a PDF %s", async (_name, before, dictionary, pages) => {
    const path = join(folder, `${pages}.pdf`);
    writeFileSync(path, `%PDF-1.7\n${"%".repeat(before)}\n1 0 obj\n<< ${dictionary} >>\nendobj\n`);
    const { type, pages: told } = await files.open(path);
    expect({ type, told }).toEqual({ type: "application/pdf", told: pages });
  });

  it("is told by its content, whatever its name", async () => {
    const path = join(folder, "looks-like.png");
    copyFileSync(sample("film.mp4"), path);
    expect(await files.open(path)).toMatchObject({ type: "video/mp4", width: 64 });
    writeFileSync(path, "#!/bin/sh\necho hello\n");
    expect(await files.open(path)).toMatchObject({ type: "application/octet-stream", width: null });
  });

  it("a cut or scrambled file never breaks the look into it", async () => {
    const path = join(folder, "scrambled");
    const names = ["photo.jpg", "picture.png", "moving.gif", "moving.webp", "film.mp4", "film.webm", "picture.tiff"];
    const scrambled = fc.record({
      name: fc.constantFrom(...names),
      kept: fc.double({ min: 0.02, max: 1, noNaN: true }),
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(scrambled, async ({ name, kept, changes }) => {
        const whole = readFileSync(sample(name));
        const bytes = Buffer.from(whole.subarray(0, Math.max(16, Math.floor(whole.length * kept))));
        for (const [at, value] of changes) bytes[12 + (at % (bytes.length - 12))] = value;
        writeFileSync(path, bytes);
        expect((await files.open(path)).size).toBe(bytes.length);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe("files that are none", () => {
  const cases: Readonly<Record<string, () => string>> = {
    "does not exist": () => join(folder, "none.png"),
    "is a folder": () => folder,
    "is empty": () => {
      writeFileSync(join(folder, "empty.png"), "");
      return join(folder, "empty.png");
    },
    "is not a regular file": () => {
      execFileSync("mkfifo", [join(folder, "pipe.png")]);
      return join(folder, "pipe.png");
    },
    "leads nowhere": () => {
      symlinkSync("loop.png", join(folder, "loop.png"));
      return join(folder, "loop.png");
    },
  };
  it.each(Object.entries(cases))("%s", async (words, make) => {
    const path = make();
    await expect(files.open(path)).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringMatching(words),
    });
  });
});

describe("reading", () => {
  it("gives the bytes from start up to end, in pieces", async () => {
    const path = join(folder, "long.bin");
    const content = Buffer.alloc(700_000, "0123456789abcdef");
    writeFileSync(path, content);
    const source = await files.open(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length), fc.nat(content.length), async (a, b) => {
        const [start, end] = a < b ? [a, b] : [b, a];
        expect((await bytesOf(source, start, end)).equals(content.subarray(start, end))).toBe(true);
      }),
      { numRuns: 40 },
    );
    const pieces: number[] = [];
    for await (const piece of source.read(0, source.size)) pieces.push(piece.length);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(256 * 1024);
  });

  it.each<[string, (path: string) => void]>([
    ["overwritten", (path) => writeFileSync(path, "another text, of another length")],
    ["of the same length, later", (path) => utimesSync(path, new Date(), new Date(Date.now() + 5000))],
    ["cut short", (path) => truncateSync(path, 100)],
  ])("stops at a file that was changed: %s", async (_how, change) => {
    const path = join(folder, "changing.png");
    copyFileSync(sample("moving.gif"), path);
    const source = await files.open(path);
    change(path);
    await expect(bytesOf(source)).rejects.toMatchObject({ code: "media_changed" });
    await expect(files.open(path, source)).rejects.toMatchObject({ code: "media_changed" });
  });

  it("opens what is as it was seen", async () => {
    const { size, modifiedAt } = await files.open(sample("photo.jpg"));
    expect((await files.open(sample("photo.jpg"), { size, modifiedAt })).size).toBe(size);
  });
});

describe("a picture that is too large", () => {
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  const large = async (name: string, make: (picture: Sharp) => Sharp): Promise<MediaSource> => {
    const path = join(folder, name);
    await make(sharp({ create: { width: 640, height: 400, channels: 3, background: "#888", noise } })).toFile(path);
    return files.open(path);
  };
  const jpeg: PictureRoom = { types: ["image/jpeg", "image/png"], bytes: 60_000 };

  it.each<[string, (picture: Sharp) => Sharp, PictureRoom, string]>([
    ["photo.jpg", (picture) => picture.jpeg({ quality: 98 }), jpeg, "image/jpeg"],
    ["screen.png", (picture) => picture.png(), jpeg, "image/jpeg"],
    ["web.webp", (picture) => picture.webp({ quality: 98 }), { types: ["image/webp"], bytes: 40_000 }, "image/webp"],
    ["other-type.webp", (picture) => picture.webp(), { types: ["image/jpeg"], bytes: 5_000_000 }, "image/jpeg"],
    ["wide.jpg", (picture) => picture.jpeg(), { ...jpeg, bytes: 5_000_000, width: 500 }, "image/jpeg"],
    ["pixels.jpg", (picture) => picture.jpeg(), { ...jpeg, bytes: 5_000_000, pixels: 100_000 }, "image/jpeg"],
  ])(
    "%s",
    async (name, make, room, type) => {
      const source = await large(name, make);
      const fitted = await files.fit(source, room);
      expect(fitted).toMatchObject({ type });
      expect(fitted.size).toBeLessThanOrEqual(room.bytes);
      const { width, height } = fitted;
      if (width === null || height === null) throw new Error("no sides");
      expect(width).toBeLessThanOrEqual(room.width ?? 640);
      expect(width * height).toBeLessThanOrEqual(room.pixels ?? 256_000);
      expect(width / height).toBeCloseTo(1.6, 1);
    },
    60_000,
  );

  it("gives the same bytes again, in a folder of the owner alone, and is made once", async () => {
    const source = await large("again.jpg", (picture) => picture.jpeg({ quality: 98 }));
    const first = await files.fit(source, jpeg);
    expect(statSync(join(home, "fitted")).mode & 0o777).toBe(0o700);
    expect(statSync(first.path).mode & 0o777).toBe(0o600);
    const { mtimeMs } = statSync(first.path);
    expect((await files.fit(source, jpeg)).path).toBe(first.path);
    expect(statSync(first.path).mtimeMs).toBe(mtimeMs);
    const digest = createHash("sha256").update(readFileSync(first.path)).digest("hex");
    const elsewhere = await mediaFiles(join(folder, "other-home")).fit(source, jpeg);
    expect(createHash("sha256").update(readFileSync(elsewhere.path)).digest("hex")).toBe(digest);
  }, 60_000);

  it("leaves behind where a photo was taken, and is upright without being told so", async () => {
    const path = join(folder, "located.jpg");
    const exif = { IFD0: { Copyright: "planted" } };
    await sharp(sample("photo.jpg")).resize(800, 600).withMetadata({ orientation: 6 }).withExifMerge(exif).toFile(path);
    const fitted = await files.fit(await files.open(path), { ...jpeg, width: 300 });
    expect(fitted).toMatchObject({ width: 300, height: 400 });
    expect(readFileSync(path).includes("planted")).toBe(true);
    expect(readFileSync(fitted.path).includes("planted")).toBe(false);
  });

  it("says so when it does not become small enough, or is no picture", async () => {
    const source = await large("stubborn.jpg", (picture) => picture.jpeg());
    const refused = { code: "content_invalid", message: expect.stringMatching(/small enough/) };
    await expect(files.fit(source, { ...jpeg, bytes: 500 })).rejects.toMatchObject(refused);
    const broken = join(folder, "broken.jpg");
    writeFileSync(broken, readFileSync(join(folder, "stubborn.jpg")).subarray(0, 700));
    await expect(files.fit(await files.open(broken), jpeg)).rejects.toMatchObject({ code: "content_invalid" });
  }, 60_000);

  it("removes copies that nobody needs any more", async () => {
    const old = join(home, "fitted", "old");
    mkdirSync(join(home, "fitted"), { recursive: true });
    writeFileSync(old, "old");
    const past = new Date(Date.now() - 15 * 86_400_000);
    utimesSync(old, past, past);
    await files.fit(await large("newer.jpg", (picture) => picture.jpeg()), { ...jpeg, width: 600 });
    expect(existsSync(old)).toBe(false);
    expect(readdirSync(join(home, "fitted")).length).toBeGreaterThan(0);
  }, 60_000);
});
