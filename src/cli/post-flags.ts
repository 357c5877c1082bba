/** What is said, from flags. Their order counts: `--alt` is of the file before it, what follows `--then` is in that part. */
import type { Command } from "commander";
import { Failure } from "../domain/failure.ts";
import { defaultPollMinutes, isLanguage, isWebAddress } from "../domain/input/post-input.ts";
import { draftOf, type MediaFile, noPart, type Poll, type PostDraft, type PostPart } from "../domain/post.ts";
import { collect } from "./command.ts";
import { wholeNumber } from "./numbers.ts";

/** A flag of a message, in the order they were typed. */
interface PartFlag {
  readonly flag: "image" | "video" | "document" | "alt" | "then" | "poll" | "poll-minutes";
  readonly value: string;
}

type PartFlags = readonly PartFlag[];

export interface PostFlags {
  readonly image?: PartFlags;
  readonly video?: PartFlags;
  readonly document?: PartFlags;
  readonly alt?: PartFlags;
  readonly then?: PartFlags;
  readonly poll?: PartFlags;
  readonly pollMinutes?: PartFlags;
  readonly link?: string;
  readonly title?: string;
  readonly replyTo?: string;
  readonly quote?: string;
  readonly language?: string;
  readonly visibility?: string;
  readonly tag?: readonly string[];
  readonly firstComment?: string;
  readonly thumbnail?: string;
  readonly option?: readonly string[];
  readonly fit?: boolean;
}

/** Flags that say what is posted: a post file says it itself. */
const saying = [
  "image",
  "video",
  "document",
  "alt",
  "then",
  "poll",
  "pollMinutes",
  "link",
  "title",
  "replyTo",
  "quote",
  "language",
  "visibility",
  "tag",
  "firstComment",
  "thumbnail",
  "option",
] as const satisfies readonly (keyof PostFlags)[];

export function declarePostFlags(command: Command): Command {
  const typed: PartFlag[] = [];
  const part = (flag: PartFlag["flag"]) => (value: string) => {
    typed.push({ flag, value });
    return typed;
  };
  return command
    .option("--image <file>", "a picture; repeatable", part("image"))
    .option("--video <file>", "a video", part("video"))
    .option("--document <file>", "a PDF or a file of an office program, where it is shown", part("document"))
    .option("--thumbnail <file>", "the picture that stands for the video, where one can be given")
    .option("--alt <text>", "what the picture or video before it shows, for those who cannot see it", part("alt"))
    .option("--link <url>", "a link: attached where the platform can, else behind the text")
    .option("--title <title>", "where posts have one")
    .option(
      "--then <text>",
      "the next part of a thread; --image, --video, --document and --poll after it are in that part",
      part("then"),
    )
    .option("--poll <option>", "an option of a poll; repeat it for each", part("poll"))
    .option("--poll-minutes <minutes>", "how long the poll is open (default: a day)", part("poll-minutes"))
    .option("--reply-to <post>", "id or address of the post that this one answers")
    .option("--quote <post>", "id or address of the post that this one quotes")
    .option("--tag <tag>", "where posts have them; repeatable", collect)
    .option("--first-comment <text>", "put under the post by the same account")
    .option("--language <language>", "of the text (BCP 47: en, de-AT)")
    .option("--visibility <who>", "who may see it, in the platform's word: public, unlisted, …")
    .option("--option <name=value>", "what only one platform has: PLATFORM.NAME=VALUE; repeatable", collect)
    .option("--media-base-url <url>", "where the files can be fetched, for platforms that fetch them")
    .option("--no-fit", "refuse pictures that are too large instead of making them fit");
}

/** The first such flag that was given, as it is typed; null: none. */
export function sayingFlag(flags: PostFlags): string | null {
  const found = saying.find((name) => flags[name] !== undefined);
  return found === undefined ? null : `--${found.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** @throws Failure `usage` */
export function draftFromFlags(text: string, flags: PostFlags, absolute: (path: string) => string): PostDraft {
  const typed = saying.map((name) => flags[name]).find((value) => Array.isArray(value) && isPartFlag(value[0]));
  const [first, ...thread] = partsFrom(text, (typed as PartFlags | undefined) ?? [], absolute);
  const { link = null, language = null } = flags;
  if (link !== null && !isWebAddress(link)) throw wrong(`--link ${link} is no address of the web`, "--link https://…");
  if (language !== null && !isLanguage(language)) {
    throw wrong(`--language ${language} is no language`, "--language en, de-AT, zh-Hant (BCP 47)");
  }
  return draftOf({
    ...first,
    thread,
    link,
    language,
    title: flags.title ?? null,
    replyTo: flags.replyTo ?? null,
    quote: flags.quote ?? null,
    visibility: flags.visibility ?? null,
    tags: (flags.tag ?? []).map((tag) => tag.replace(/^#/, "")),
    firstComment: flags.firstComment || null,
    thumbnail: flags.thumbnail === undefined ? null : { file: absolute(flags.thumbnail), alt: null },
    fit: flags.fit ?? true,
  });
}

function isPartFlag(value: unknown): boolean {
  return typeof value === "object" && value !== null && "flag" in value;
}

type Writable = { -readonly [Name in keyof PostPart]: PostPart[Name] };

function partsFrom(text: string, typed: PartFlags, absolute: (path: string) => string): PostPart[] {
  const parts: Writable[] = [];
  const begin = (said: string): Writable => {
    const part = { ...noPart, text: said };
    parts.push(part);
    return part;
  };
  let part = begin(text);
  let undescribed: "image" | "video" | null = null;
  for (const { flag, value } of typed) {
    if (flag === "then") part = begin(value);
    else if (flag === "image") part.images = [...part.images, { file: absolute(value), alt: null }];
    else if (flag === "video") part.video = oneVideo(part, absolute(value));
    else if (flag === "document") part.document = oneDocument(part, absolute(value));
    else if (flag === "alt") describe(part, undescribed, value);
    else part.poll = pollWith(part.poll, flag, value);
    undescribed = flag === "image" || flag === "video" ? flag : null;
  }
  return parts;
}

function pollWith(poll: Poll | null, flag: string, value: string): Poll {
  const { options = [], minutes = defaultPollMinutes } = poll ?? {};
  if (flag === "poll") return { options: [...options, value], minutes };
  return { options, minutes: wholeNumber(value, "--poll-minutes", 1, 525_600) };
}

function oneVideo({ video }: PostPart, file: string): MediaFile {
  if (video === null) return { file, alt: null };
  throw wrong("a message has one video at most", "put the second one behind --then, or in a post of its own");
}

function oneDocument({ document }: PostPart, file: string): MediaFile {
  if (document === null) return { file, alt: null };
  throw wrong("a message has one document at most", "put the second one into a post of its own");
}

function describe(part: Writable, what: "image" | "video" | null, alt: string): void {
  const last = part.images.at(-1);
  if (what === "video" && part.video) part.video = { ...part.video, alt };
  else if (what === "image" && last) part.images = [...part.images.slice(0, -1), { ...last, alt }];
  else throw wrong(`--alt "${alt}" stands behind no file`, "put it right behind its --image or --video");
}

function wrong(message: string, hint: string): Failure {
  return new Failure("usage", message, { hint });
}
