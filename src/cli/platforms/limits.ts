/** What a platform takes, in lines that are written from its definition. */
import { listed, rangeInWords, sizeInWords, typeInWords } from "../../domain/checking/words.ts";
import type { DocumentLimit, FileLimit, Limits, Range, TextLimit, VideoLimit } from "../../domain/limits.ts";

/** Names and values; nothing for what is not taken. */
export function limitLines(limits: Limits): (readonly [string, string])[] {
  const { text, title, alt, images, gif, video, document, thumbnail, poll, comment } = limits;
  const { oneOf = [], alone = [], needs = [] } = limits;
  const minutes =
    poll && ("choices" in poll.minutes ? listed(poll.minutes.choices.map(String)) : rangeInWords(poll.minutes));
  const also = (["reply", "quote", "thread", "firstComment"] as const).filter((name) => limits[name]);
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["text", text && textInWords(text)],
    ["title", title && textInWords(title)],
    ["with a video", limits.withVideo && besideVideo(limits.withVideo)],
    ["images", images && `at most ${images.max}; ${fileInWords(images)}`],
    [
      "GIFs",
      gif &&
        `at most ${gif.max}; ${[fileInWords(gif), gif.frames && `${gif.frames} pictures`].filter(Boolean).join(", ")}`,
    ],
    ["video", video && videoInWords(video)],
    ["document", document && documentInWords(document)],
    ["thumbnail", thumbnail && fileInWords(thumbnail)],
    ["alt text", alt && textInWords(alt)],
    ["poll", poll && `${rangeInWords(poll.options)} options, ${textInWords(poll.option)} each; ${minutes} minutes`],
    ["link", limits.link ? places[limits.link] : text && "written behind the text"],
    ["by itself", alone.length > 0 ? alone.join(", ") : undefined],
    ["one of", oneOf.length > 0 ? oneOf.join(", ") : undefined],
    ["needs", needs.length > 0 ? needs.join(", ") : undefined],
    ["also", also.length > 0 ? also.map((name) => plural[name]).join(", ") : undefined],
    ["first comment", comment && textInWords(comment)],
    ["visibility", limits.visibility?.join(", ")],
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

const places = {
  attached: "attached",
  attached_to_text: "attached where there is text alone; else written behind the text",
} as const;

const plural = { reply: "replies", quote: "quotes", thread: "threads", firstComment: "first comments" } as const;

function textInWords({ max, unit, also = [] }: TextLimit): string {
  return [`at most ${max} ${unit}`, ...also.map((limit) => `${limit.max} ${limit.unit}`)].join(" and ");
}

function besideVideo({ text, title }: NonNullable<Limits["withVideo"]>): string {
  return `${text ? `text ${textInWords(text)}` : "no text"}; ${title ? `title ${textInWords(title)}` : "no title"}`;
}

function documentInWords({ types, bytes, pages, fetched }: DocumentLimit): string {
  const most = pages === undefined ? [] : [`at most ${pages} pages`];
  return [listed(types.map(typeInWords)), sizeInWords(bytes), ...most, ...(fetched ? [itself] : [])].join(", ");
}

const itself = "fetched from the web (--media-base-url)";

function fileInWords(limit: FileLimit): string {
  const { types, bytes, width, height, pixels, aspect, fetched } = limit;
  const range = (value: Range | undefined, after: string) => (value ? `${rangeInWords(value)} ${after}` : null);
  return [
    listed(types.map(typeInWords)),
    sizeInWords(bytes),
    range(width, "pixels wide"),
    range(height, "pixels high"),
    pixels === undefined ? null : `${pixels} pixels`,
    range(aspect, "times as wide as high"),
    fetched ? itself : null,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

function videoInWords(limit: VideoLimit): string {
  const { seconds, framesPerSecond, codecs } = limit;
  return [
    fileInWords(limit),
    seconds && `${rangeInWords(seconds)} s`,
    framesPerSecond && `${framesPerSecond} pictures a second`,
    codecs && `coded as ${listed(codecs)}`,
  ]
    .filter(Boolean)
    .join(", ");
}
