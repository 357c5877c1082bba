/** What is said of a video: its snippet and its status, as YouTube wants them. https://developers.google.com/youtube/v3/docs/videos */
import { codePoints } from "../../domain/counting/units.ts";
import type { MediaFacts } from "../../domain/ports/media.ts";
import type { PostOption } from "../../domain/post-option.ts";
import { toTimestamp } from "../../domain/time.ts";
import type { Message, MessageFacts } from "../platform.ts";

export const options: readonly PostOption[] = [
  {
    name: "category",
    say: "the number of a category: 22 People & Blogs (usual), 28 Science & Technology",
    takes: "text",
  },
  { name: "publish-at", say: "YouTube itself publishes it then; it is private until that", takes: "instant" },
  { name: "made-for-kids", say: "made for children (usually: not), which the law wants to be said", takes: "flag" },
  {
    name: "synthetic-media",
    say: "shows what never happened as if it were real (altered, or made by AI)",
    takes: "flag",
  },
  { name: "notify-subscribers", say: "tells the channel's subscribers (usually: yes)", takes: "flag" },
  { name: "license", say: "who may use it", takes: ["youtube", "creativeCommon"] },
  { name: "embeddable", say: "other sites may show it (usually: yes)", takes: "flag" },
];

/** All of them counted together: with commas between, and quotes around those with a space in them. */
const maximumTags = 500;

/** YouTube takes neither in a title, a description or a tag. */
const refused = /[<>]/;

export interface Snippet {
  readonly title: string;
  readonly description: string;
  readonly categoryId: string;
  readonly tags?: readonly string[];
  readonly defaultLanguage?: string;
}

export interface Status {
  readonly privacyStatus: "public" | "unlisted" | "private";
  /** RFC 3339; only of a private video. */
  readonly publishAt?: string;
  readonly selfDeclaredMadeForKids: boolean;
  readonly containsSyntheticMedia?: boolean;
  readonly license?: string;
  readonly embeddable?: boolean;
}

export function snippetOf({ title, text, tags, language, options: chosen }: Message): Snippet {
  return {
    title: title?.trim() ?? "",
    description: text,
    categoryId: String(chosen["category"] ?? "22"),
    ...(tags.length > 0 ? { tags } : {}),
    ...(language === null ? {} : { defaultLanguage: language }),
  };
}

/** As it is to be at the end. Everything is named: what is left out is public, and what an update leaves out is taken away. */
export function statusOf(message: Message): Status {
  const {
    "publish-at": publishAt,
    "made-for-kids": madeForKids,
    "synthetic-media": syntheticMedia,
    license,
    embeddable,
  } = message.options;
  const planned = typeof publishAt === "number";
  return {
    privacyStatus: planned ? "private" : privacyOf(message),
    ...(planned ? { publishAt: toTimestamp(publishAt) } : {}),
    selfDeclaredMadeForKids: madeForKids === true,
    ...(syntheticMedia === undefined ? {} : { containsSyntheticMedia: syntheticMedia === true }),
    ...(license === undefined ? {} : { license: String(license) }),
    ...(embeddable === undefined ? {} : { embeddable: embeddable === true }),
  };
}

/** The same while nobody but its owner is to see it. */
export function hidden({ publishAt: _, ...status }: Status): Status {
  return { ...status, privacyStatus: "private" };
}

function privacyOf({ visibility }: Message): Status["privacyStatus"] {
  return visibility === "unlisted" || visibility === "private" ? visibility : "public";
}

/** What is wrong with what is said of it, beside lengths. */
export function problemsOf(message: Message, { now }: Pick<MessageFacts, "now">): string[] {
  const { title, text, tags, visibility, options: chosen } = message;
  const problems: string[] = [];
  if (refused.test(title ?? "")) problems.push('the title has a "<" or ">", which YouTube refuses');
  if (refused.test(text)) problems.push('the description has a "<" or ">", which YouTube refuses');
  const bad = tags.find((tag) => refused.test(tag));
  if (bad !== undefined) problems.push(`the tag "${bad}" has a "<" or ">", which YouTube refuses`);
  const length = tagsLength(tags);
  if (length > maximumTags) {
    problems.push(
      `the tags have ${length} characters (with commas, and quotes around spaces), YouTube takes ${maximumTags}`,
    );
  }
  if (chosen["category"] !== undefined && !/^\d{1,3}$/.test(String(chosen["category"]))) {
    problems.push(`the category "${chosen["category"]}" is no number: 22 is People & Blogs`);
  }
  if (chosen["publish-at"] !== undefined && (visibility === "unlisted" || visibility === "private")) {
    problems.push(`publish-at makes a video public, so it cannot be ${visibility}`);
  }
  if (Number(chosen["publish-at"]) <= now) {
    problems.push("publish-at has passed: YouTube would make the video public at once");
  }
  return problems;
}

/** A film that is not wider than high, of so many seconds at most, is a Short; YouTube decides, and can be told nothing. */
const longestShort = 180;

export function notesOf({ width, height, seconds }: MediaFacts): string[] {
  const isShort = width !== null && height !== null && width <= height && seconds !== null && seconds <= longestShort;
  return isShort ? ["YouTube will show it as a Short: it is not wider than high, and no longer than 3 minutes"] : [];
}

function tagsLength(tags: readonly string[]): number {
  const each = tags.map((tag) => codePoints(tag) + (/\s/.test(tag) ? 2 : 0));
  return each.reduce((sum, length) => sum + length, 0) + Math.max(0, tags.length - 1);
}
