/** A message in Tumblr's blocks. https://github.com/tumblr/docs/blob/master/npf-spec.md */
import { codePoints } from "../../domain/counting/units.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { Message } from "../platform.ts";

export type Block = Readonly<Record<string, unknown>>;

/** Code points in one block of text. */
const longestBlock = 4096;

/** A paragraph is a block; what is longer than one is cut, at a line's or sentence's end, or between words where it can be. */
export function textBlocks(text: string): string[] {
  const paragraphs = text
    .split(/\n[^\S\n]*\n\s*/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
  return paragraphs.flatMap(cut);
}

function cut(paragraph: string): string[] {
  const blocks: string[] = [];
  let rest = paragraph;
  while (codePoints(rest) > longestBlock) {
    const head = [...rest].slice(0, longestBlock).join("");
    const end = endIn(head);
    blocks.push(head.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...blocks, rest];
}

/** The best place of the last half. */
function endIn(head: string): number {
  const places = ["\n", ". ", " "].map((end) => head.lastIndexOf(end) + end.length);
  return places.find((place) => place > head.length / 2) ?? head.length;
}

/** Under which name a file stands in the request. */
export interface Attached {
  readonly identifier: string;
  readonly file: MediaFile;
}

export function attachedOf({ images, video }: Message): readonly Attached[] {
  return [
    ...images.map((file, index) => ({ identifier: `image-${index + 1}`, file })),
    ...(video ? [{ identifier: "video", file: video }] : []),
  ];
}

/** `types`: of the files, by their identifiers. */
export function contentOf(message: Message, types: Readonly<Record<string, string>>): readonly Block[] {
  const { title, text, link, images, video } = message;
  const media = (identifier: string) => ({ type: types[identifier], identifier });
  const alt = (file: MediaFile) => (file.alt === null ? {} : { alt_text: file.alt });
  return [
    ...(title?.trim() ? [{ type: "text", subtype: "heading1", text: title.trim() }] : []),
    ...textBlocks(text).map((paragraph) => ({ type: "text", text: paragraph })),
    ...(link === null ? [] : [{ type: "link", url: link }]),
    ...images.map((file, index) => ({ type: "image", media: [media(`image-${index + 1}`)], ...alt(file) })),
    ...(video ? [{ type: "video", media: media("video"), ...alt(video) }] : []),
  ];
}

/** What tells one post from another: its words, and how many of what else it has. */
export function markOf(blocks: readonly Block[]): string {
  const words = blocks.filter(({ type }) => type === "text").map(({ text }) => String(text).trim());
  const others = ["image", "video", "link"].map((kind) => blocks.filter(({ type }) => type === kind).length);
  return JSON.stringify([words, others]);
}
