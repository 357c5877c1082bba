import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pictureProblems, roomFor, videoProblems } from "../../src/domain/checking/files.ts";
import { countsOf, type MessageMedia, partProblems, postProblems } from "../../src/domain/checking/message.ts";
import { rangeInWords, sizeInWords } from "../../src/domain/checking/words.ts";
import { graphemes, utf8Bytes, utf16Units } from "../../src/domain/counting/units.ts";
import { fittedSides } from "../../src/domain/fitted-sides.ts";
import { type Limits, mebibytes } from "../../src/domain/limits.ts";
import type { MediaFacts } from "../../src/domain/ports/media.ts";
import { draftOf, type PostContent } from "../../src/domain/post.ts";
import { x } from "../../src/platforms/x.ts";

/** As their pages say; each has what the others have not. */
const bluesky: Limits = {
  text: {
    max: 300,
    unit: "graphemes",
    measure: graphemes,
    also: [{ max: 3000, unit: "bytes of UTF-8", measure: utf8Bytes }],
  },
  images: { max: 4, types: ["image/jpeg", "image/png", "image/webp"], bytes: 2_000_000 },
  link: "attached",
  oneOf: ["images", "video", "link"],
  thread: true,
  reply: true,
};

const instagram: Limits = {
  text: { max: 2200, unit: "characters", measure: utf16Units },
  images: {
    max: 10,
    types: ["image/jpeg"],
    bytes: mebibytes(8),
    width: { min: 320, max: 1440 },
    aspect: { min: 0.8, max: 1.91 },
  },
  video: { types: ["video/mp4"], bytes: 300e6, seconds: { min: 3, max: 900 }, framesPerSecond: 60 },
  needs: ["media"],
  firstComment: true,
};

const linkedin: Limits = {
  text: { max: 3000, unit: "characters", measure: utf16Units },
  images: { max: 20, types: ["image/jpeg", "image/png"], bytes: mebibytes(8), pixels: 36_152_320 },
  poll: {
    options: { min: 2, max: 4 },
    option: { max: 30, unit: "characters", measure: utf16Units },
    minutes: { choices: [1440, 4320, 10_080, 20_160] },
  },
  visibility: ["PUBLIC", "CONNECTIONS"],
};

const forum: Limits = {
  title: { max: 10, unit: "characters", measure: utf16Units },
  needs: ["title", "text"],
};

const picture: MediaFacts = {
  path: "/home/bea/photo.jpg",
  size: 100_000,
  modifiedAt: 0,
  type: "image/jpeg",
  width: 1200,
  height: 900,
  moving: false,
  frames: null,
  seconds: null,
  framesPerSecond: null,
  codec: null,
};
const gif: MediaFacts = { ...picture, path: "/a/cat.gif", type: "image/gif", moving: true, frames: 12, width: 400 };
const film: MediaFacts = {
  ...picture,
  path: "/a/film.mp4",
  type: "video/mp4",
  moving: true,
  seconds: 20,
  framesPerSecond: 25,
  codec: "avc",
};

const file = { file: "/a", alt: null };

interface Given extends Partial<PostContent> {
  readonly media?: Partial<MessageMedia>;
}

/** A message whose files are what `media` says. */
async function problems(name: string, limits: Limits, { media, ...content }: Given): Promise<string[]> {
  const facts = { ...media, images: media?.images ?? [], video: media?.video ?? null };
  const images = content.images ?? facts.images.map(() => file);
  const document = facts.document ? file : null;
  const part = draftOf({ text: "hello", ...content, images, video: facts.video && file, document });
  return [...(await postProblems(name, limits, part)), ...(await partProblems(name, limits, part, facts))];
}

const xLimits = x.limits;

const pdf: MediaFacts = { ...picture, path: "/a/menu.pdf", type: "application/pdf", width: null, height: null };
const network: Limits = {
  text: { max: 100, unit: "characters", measure: utf16Units },
  video: { types: ["video/mp4"], bytes: mebibytes(100) },
  document: { types: ["application/pdf"], bytes: mebibytes(1), pages: 300 },
  thumbnail: { types: ["image/jpeg"], bytes: mebibytes(2), width: { min: 640 } },
  oneOf: ["video", "document"],
};

describe("a message is checked as a whole", () => {
  it.each<[string, string, Limits, Given, string[]]>([
    ["what fits", "X", xLimits, { media: { images: [picture, picture] } }, []],
    ["a poll without words", "X", xLimits, { text: "", poll: { options: ["a", "b"], minutes: 60 } }, []],
    ["a picture without words", "X", xLimits, { text: " ", media: { images: [picture] } }, []],
    ["a document where there are none", "X", xLimits, { media: { document: pdf } }, ["X takes no documents"]],
    ["a document without words", "N", network, { text: "", media: { document: pdf } }, []],
    [
      "a document that is too large",
      "N",
      network,
      { media: { document: { ...pdf, size: mebibytes(2), pages: 301 } } },
      ["menu.pdf has 2 MiB, N takes at most 1 MiB", "menu.pdf has 301 pages, N takes at most 300"],
    ],
    [
      "a document that is none",
      "N",
      network,
      { media: { document: { ...pdf, type: "application/zip" } } },
      ["menu.pdf is a ZIP archive, N takes a PDF"],
    ],
    [
      "a document and a video",
      "N",
      network,
      { media: { document: pdf, video: film } },
      ["a video and a document: N takes only one of them in a post"],
    ],
    [
      "a small thumbnail",
      "N",
      network,
      { media: { video: film, thumbnail: { ...picture, width: 320 } } },
      ["photo.jpg is 320 pixels wide, N takes at least 640"],
    ],
    [
      "a film as thumbnail",
      "N",
      network,
      { media: { video: film, thumbnail: film } },
      ["film.mp4 is a video: a thumbnail is a picture"],
    ],
    ["nothing", "X", xLimits, { text: " \n" }, ["there is no text"]],
    [
      "a long text",
      "X",
      xLimits,
      { text: "あ".repeat(141) },
      ["the text has 282 weighted characters, 2 more than X allows (280)"],
    ],
    ["five pictures", "X", xLimits, { media: { images: Array(5).fill(picture) } }, ["5 images, X takes at most 4"]],
    ["two GIFs", "X", xLimits, { media: { images: [gif, gif] } }, ["2 GIFs, X takes at most 1"]],
    [
      "a picture and a GIF",
      "X",
      xLimits,
      { media: { images: [picture, gif] } },
      ["images and a GIF: X takes only one of them in a post"],
    ],
    [
      "a picture, a video, a poll and a quote",
      "X",
      xLimits,
      { media: { images: [picture], video: film }, poll: { options: ["a", "b"], minutes: 60 }, quote: "1" },
      ["images, a video, a poll and a quote: X takes only one of them in a post"],
    ],
    [
      "a poll with everything wrong",
      "X",
      xLimits,
      { poll: { options: ["a", " ", "a", "b", "x".repeat(26)], minutes: 3 } },
      [
        "the poll has 5 options, X takes 2 to 4",
        "the poll has an empty option",
        "the poll has the same option twice",
        "the poll lasts 3 minutes, X takes 5 to 10080",
        `the option "${"x".repeat(26)}" has 26 characters, 1 more than X allows (25)`,
      ],
    ],
    [
      "a poll of a length nobody can choose",
      "LinkedIn",
      linkedin,
      { poll: { options: ["a", "b"], minutes: 60 } },
      ["the poll lasts 60 minutes, LinkedIn takes 1440, 4320, 10080 or 20160"],
    ],
    [
      "an alternative text that is too long",
      "X",
      xLimits,
      { media: { images: [picture] }, images: [{ file: "/a/b.png", alt: "a".repeat(1001) }] },
      ["the alternative text of b.png has 1001 characters, 1 more than X allows (1000)"],
    ],
    [
      "who may see it",
      "X",
      xLimits,
      { visibility: "unlisted" },
      [`the visibility "unlisted" is not one of X's: public`],
    ],
    ["who may see it, where one can choose", "LinkedIn", linkedin, { visibility: "CONNECTIONS" }, []],
    [
      "what a platform has no place for",
      "LinkedIn",
      linkedin,
      { replyTo: "1", quote: "2", thread: [draftOf({ text: "more" })], firstComment: "hm" },
      [
        "LinkedIn takes no replies",
        "LinkedIn takes no quotes",
        "LinkedIn takes no threads",
        "LinkedIn takes no first comments",
      ],
    ],
    ["a title where there is none", "X", xLimits, { title: "T".repeat(1000), tags: ["a"] }, []],
    [
      "a title that is too long",
      "Forum",
      forum,
      { title: "elevenchars" },
      ["the title has 11 characters, 1 more than Forum allows (10)"],
    ],
    ["a title that is missing", "Forum", forum, {}, ["Forum wants a title (--title)"]],
    [
      "no picture where one is needed",
      "Instagram",
      instagram,
      {},
      ["Instagram wants a picture (--image) or a video (--video)"],
    ],
    [
      "no video where nothing else is taken",
      "YouTube",
      { needs: ["media"], text: forum.title, video: instagram.video } as Limits,
      {},
      ["YouTube wants a video (--video)"],
    ],
    ["a caption alone is not needed", "Instagram", instagram, { text: "", media: { images: [picture] } }, []],
    ["a video where there are none", "Bluesky", bluesky, { media: { video: film } }, ["Bluesky takes no videos"]],
    [
      "a link beside pictures, where both are attached",
      "Bluesky",
      bluesky,
      { link: "https://example.com", media: { images: [picture] } },
      ["images and a link: Bluesky takes only one of them in a post"],
    ],
  ])("%s", async (_what, name, limits, given, expected) => {
    expect(await problems(name, limits, given)).toEqual(expected);
  });

  it("two limits of a text hold at once: families of emoji meet the bytes first", async () => {
    const family = "👨‍👩‍👧‍👦";
    expect(await problems("Bluesky", bluesky, { text: family.repeat(120) })).toEqual([]);
    expect(await countsOf(family.repeat(121), bluesky.text)).toEqual([
      { length: 121, max: 300, unit: "graphemes" },
      { length: 3025, max: 3000, unit: "bytes of UTF-8" },
    ]);
    expect(await problems("Bluesky", bluesky, { text: family.repeat(121) })).toEqual([
      "the text has 3025 bytes of UTF-8, 25 more than Bluesky allows (3000)",
    ]);
    expect(await problems("Bluesky", bluesky, { text: "a".repeat(301) })).toEqual([
      "the text has 301 graphemes, 1 more than Bluesky allows (300)",
    ]);
  });
});

describe("a picture is checked by what it is", () => {
  it.each<[string, string, Limits, Partial<MediaFacts>, string[]]>([
    ["fits", "Instagram", instagram, {}, []],
    ["another type", "Instagram", instagram, { type: "image/png" }, ["photo.jpg is PNG, Instagram takes JPEG"]],
    [
      "no picture at all",
      "X",
      xLimits,
      { type: "application/octet-stream", width: null, height: null },
      ["photo.jpg is of no known type, X takes JPEG, PNG, WebP or GIF"],
    ],
    ["a video", "X", xLimits, { type: "video/mp4" }, ["photo.jpg is a video: give it as the video"]],
    ["too many bytes", "X", xLimits, { size: mebibytes(5) + 1 }, ["photo.jpg has 5.1 MiB, X takes at most 5 MiB"]],
    ["damaged", "X", xLimits, { width: null, height: null }, ["photo.jpg is damaged: its sides cannot be read"]],
    [
      "too narrow",
      "Instagram",
      instagram,
      { width: 300, height: 300 },
      ["photo.jpg is 300 pixels wide, Instagram takes 320 to 1440"],
    ],
    [
      "the wrong shape",
      "Instagram",
      instagram,
      { width: 400, height: 1200 },
      ["photo.jpg is 400×1200, 0.33 times as wide as high; Instagram takes 0.8 to 1.91"],
    ],
    [
      "too many pixels",
      "LinkedIn",
      linkedin,
      { width: 8000, height: 8000 },
      ["photo.jpg has 64000000 pixels, LinkedIn takes at most 36152320"],
    ],
  ])("%s", (_what, name, limits, facts, expected) => {
    expect(pictureProblems(name, limits, { ...picture, ...facts })).toEqual(expected);
  });

  it("a GIF that moves has limits of its own where the platform says so", () => {
    expect(pictureProblems("X", xLimits, { ...gif, size: mebibytes(14) })).toEqual([]);
    expect(pictureProblems("X", xLimits, { ...gif, frames: 351, width: 1300 })).toEqual([
      "cat.gif is 1300 pixels wide, X takes at most 1280",
      "cat.gif has 351 pictures, X takes at most 350",
    ]);
    expect(pictureProblems("X", xLimits, { ...gif, moving: false, size: mebibytes(14) })).toEqual([
      "cat.gif has 14 MiB, X takes at most 5 MiB",
    ]);
    expect(pictureProblems("LinkedIn", linkedin, gif)).toEqual(["cat.gif is GIF, LinkedIn takes JPEG or PNG"]);
  });
});

describe("a video is checked by what it is", () => {
  const limit = xLimits.video;
  if (!limit) throw new Error("X takes videos");
  it.each<[string, Partial<MediaFacts>, string[]]>([
    ["fits", {}, []],
    ["a camera's 60 pictures", { framesPerSecond: 60.0024 }, []],
    ["too short", { seconds: 0.2 }, ["film.mp4 lasts 0.2 s, X takes 0.5 to 7500 s"]],
    ["too quick", { framesPerSecond: 120 }, ["film.mp4 has 120 pictures a second, X takes at most 60"]],
    ["another codec", { codec: "hevc" }, ["film.mp4 is coded as hevc, X takes avc"]],
    ["another container", { type: "video/webm" }, ["film.mp4 is WebM, X takes MP4 or QuickTime (MOV)"]],
    ["a picture", { type: "image/png" }, ["film.mp4 is a picture: give it as an image"]],
    ["very wide", { width: 1280, height: 320 }, ["film.mp4 is 1280×320, 4 times as wide as high; X takes 0.33 to 3"]],
    ["damaged", { width: null, height: null }, ["film.mp4 is damaged: its sides cannot be read"]],
    ["what cannot be told is no problem", { seconds: null, framesPerSecond: null, codec: null }, []],
  ])("%s", (_what, facts, expected) => {
    expect(videoProblems("X", limit, { ...film, ...facts })).toEqual(expected);
  });
});

describe("making a picture fit", () => {
  it("is for what is too large, or of a type that can be written as one that is taken", () => {
    expect(roomFor(instagram, picture)).toBeNull();
    const room = { types: ["image/jpeg"], bytes: mebibytes(8), width: 1440 };
    expect(roomFor(instagram, { ...picture, width: 3000 })).toEqual(room);
    expect(roomFor(instagram, { ...picture, type: "image/png" })).toEqual(room);
    expect(roomFor(xLimits, { ...picture, size: mebibytes(9) })).toEqual({
      types: ["image/jpeg", "image/webp", "image/png"],
      bytes: mebibytes(5),
    });
  });

  it("is not for what moves, is unreadable, or has no side known", () => {
    expect(roomFor(xLimits, { ...gif, size: mebibytes(20) })).toBeNull();
    expect(roomFor(xLimits, { ...picture, size: mebibytes(20), width: null })).toBeNull();
    expect(roomFor(xLimits, { ...picture, type: "image/heic" })).toBeNull();
    expect(roomFor({}, { ...picture, size: mebibytes(20) })).toBeNull();
  });

  it("keeps the shape, and never makes larger", () => {
    const side = fc.integer({ min: 1, max: 20_000 });
    const room = fc.record(
      { width: side, height: side, pixels: fc.integer({ min: 1, max: 1e8 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(side, side, room, (width, height, wanted) => {
        const fitted = fittedSides({ width, height }, wanted);
        expect(fitted.width).toBeLessThanOrEqual(Math.min(width, wanted.width ?? width));
        expect(fitted.height).toBeLessThanOrEqual(Math.min(height, wanted.height ?? height));
        expect(Math.min(fitted.width, fitted.height)).toBeGreaterThanOrEqual(1);
        if (fitted.width > 1 && fitted.height > 1) {
          expect(fitted.width * fitted.height).toBeLessThanOrEqual(wanted.pixels ?? width * height);
          // Rounding takes less than a pixel from either side.
          expect(Math.abs(fitted.width / width - fitted.height / height)).toBeLessThan(
            1 / Math.min(width, height) + 1e-9,
          );
        }
      }),
    );
  });
});

describe("measures in words", () => {
  it("what is just over a limit never reads as the limit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 * 1024 ** 3 }), (bytes) => {
        const [, number = "", unit = ""] = /^([\d.]+) (bytes|KiB|MiB|GiB)$/.exec(sizeInWords(bytes)) ?? [];
        const size = { bytes: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[unit] ?? Number.NaN;
        expect(Number(number) * size).toBeGreaterThanOrEqual(bytes);
        expect(Number(number) * size).toBeLessThan(bytes + 0.1 * size + 1);
      }),
    );
  });

  it.each([
    [{ max: 4 }, "at most 4"],
    [{ min: 0.5 }, "at least 0.5"],
    [{ min: 2, max: 4 }, "2 to 4"],
    [{ min: 1 / 3, max: 3 }, "0.33 to 3"],
  ])("%o", (range, words) => {
    expect(rangeInWords(range)).toBe(words);
  });
});
