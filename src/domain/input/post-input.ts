/** From a post file, or a row of a table, to a draft: docs/post-files.md is written after this table. */
import { Failure } from "../failure.ts";
import {
  draftOf,
  type MediaFile,
  noPart,
  type Poll,
  type PostContent,
  type PostDraft,
  type PostPart,
} from "../post.ts";
import type { PlatformOptions, PostOption } from "../post-option.ts";
import type { FieldPath, Raw, RawPost } from "./raw-post.ts";
import { type Fields, Reading } from "./reading.ts";

export interface PostInput {
  /** For people; null: from the command line. */
  readonly source: string | null;
  readonly draft: PostDraft;
  /** Addresses of accounts. Empty: not said here. */
  readonly to: readonly string[];
  readonly brand: string | null;
  /** When, as it was written; null: now. */
  readonly at: string | null;
  readonly key: string | null;
  /** The folder on the web that its files are in, for platforms that fetch them; null: not said here. */
  readonly mediaBaseUrl: string | null;
}

export const defaultPollMinutes = 24 * 60;

type Content = Partial<{ -readonly [Name in keyof PostContent]: PostContent[Name] }>;
type Field = (reading: Reading, value: Raw, path: FieldPath, content: Content) => void;

/** What may be said once for all, and differently for a platform. `alt` is read after the others. */
const contentFields: Readonly<Record<string, Field>> = {
  text: (reading, value, path, content) => {
    content.text = reading.text(value, path) ?? "";
  },
  images: readImages,
  image: readImages,
  alt: () => {},
  video: (reading, value, path, content) => {
    content.video = mediaFile(reading, value, path);
  },
  document: (reading, value, path, content) => {
    content.document = mediaFile(reading, value, path);
  },
  thumbnail: (reading, value, path, content) => {
    content.thumbnail = mediaFile(reading, value, path);
  },
  link: (reading, value, path, content) => {
    content.link = webAddress(reading, value, path);
  },
  title: (reading, value, path, content) => {
    content.title = reading.text(value, path);
  },
  "reply-to": (reading, value, path, content) => {
    content.replyTo = reading.text(value, path)?.trim() ?? null;
  },
  quote: (reading, value, path, content) => {
    content.quote = reading.text(value, path)?.trim() ?? null;
  },
  thread: (reading, value, path, content) => {
    content.thread = reading.list(value).map((part, index) => threadPart(reading, part, [...path, index]));
  },
  poll: (reading, value, path, content) => {
    content.poll = poll(reading, value, path);
  },
  language: (reading, value, path, content) => {
    content.language = language(reading, value, path);
  },
  visibility: (reading, value, path, content) => {
    content.visibility = reading.text(value, path)?.trim() ?? null;
  },
  tags: (reading, value, path, content) => {
    content.tags = reading.words(value, path).map((tag) => tag.replace(/^#/, ""));
  },
  "first-comment": (reading, value, path, content) => {
    content.firstComment = reading.text(value, path);
  },
  fit: (reading, value, path, content) => {
    content.fit = reading.flag(value, path) ?? true;
  },
};

const partFields = ["text", "image", "images", "alt", "video", "document", "poll"];
const postFields = ["to", "brand", "at", "key", "media-base-url"];

export const contentFieldNames: readonly string[] = Object.keys(contentFields);
export const postFieldNames: readonly string[] = [...postFields, ...contentFieldNames];

/** `options`: those of the platforms that a post speaks of. @throws Failure `post_file_invalid` with every mistake of every post */
export function readPosts(
  posts: readonly RawPost[],
  platforms: readonly string[],
  options: PlatformOptions = {},
): PostInput[] {
  const read = posts.map((raw) => readPost(raw, platforms, options));
  requireNone(read.flatMap(({ problems }, index) => problems.map((problem) => `${posts[index]?.source} ${problem}`)));
  return read.map(({ input }) => input);
}

/** The worst of a long table is worth a line, not a page. */
const mostTold = 20;

/** @throws Failure `post_file_invalid` */
export function requireNone(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length - mostTold;
  const told = [...problems.slice(0, mostTold), ...(more > 0 ? [`and ${more} more`] : [])];
  throw new Failure("post_file_invalid", told.join("; "), {
    hint: "nothing was sent; docs/post-files.md shows how a post is written",
  });
}

function readPost(
  raw: RawPost,
  platforms: readonly string[],
  options: PlatformOptions,
): { input: PostInput; problems: readonly string[] } {
  const reading = new Reading(raw);
  const fields = reading.fields(raw.fields, [], [...postFieldNames, ...platforms]);
  const common = contentOf(reading, fields);
  const text = (name: string) => reading.text(...given(fields, name))?.trim() ?? null;
  const input = {
    source: raw.source,
    draft: draftOf({
      ...common,
      ...bodyOf(reading, raw.body, common),
      variants: variantsOf(reading, fields, platforms, options),
    }),
    to: reading.words(...given(fields, "to")),
    brand: text("brand"),
    at: text("at"),
    key: text("key"),
    mediaBaseUrl: webAddress(reading, ...given(fields, "media-base-url")),
  };
  return { input, problems: reading.problems };
}

function given(fields: Fields, name: string): readonly [Raw, FieldPath] {
  return fields.get(name) ?? [null, [name]];
}

function contentOf(reading: Reading, fields: Fields): Content {
  const content: Content = {};
  for (const [name, read] of Object.entries(contentFields)) {
    const field = fields.get(name);
    if (field) read(reading, ...field, content);
  }
  return described(reading, fields, content);
}

/** `alt` beside the one picture, or the video, that it is of. */
function described<Part extends Partial<PostPart>>(reading: Reading, fields: Fields, part: Part): Part {
  const [value, path] = given(fields, "alt");
  const alt = reading.text(value, path);
  if (alt === null) return part;
  const { images = [], video = null } = part;
  const [image] = images;
  if (image && images.length === 1 && !video) return { ...part, images: [{ ...image, alt }] };
  if (video && !image) return { ...part, video: { ...video, alt } };
  reading.problem(path, "alt is of one picture; for several write images: [{file: …, alt: …}, …]");
  return part;
}

/** A text of its own takes the place of all that is said elsewhere, the thread included. */
function variantsOf(
  reading: Reading,
  fields: Fields,
  platforms: readonly string[],
  options: PlatformOptions,
): Record<string, Content> {
  const variants: Record<string, Content> = {};
  for (const id of platforms) {
    const [value = null, path = []] = fields.get(id) ?? [];
    if (value instanceof Map) {
      const own = options[id] ?? [];
      const names = own.map(({ name }) => name);
      const said = reading.fields(value, path, [...contentFieldNames, ...names]);
      const content = { ...contentOf(reading, said), ...optionsOf(reading, said, own) };
      variants[id] = content.text === undefined ? content : { thread: [], ...content };
    } else if (value !== null) reading.problem(path, `${id} has keys of its own, such as text: it is no text itself`);
  }
  return variants;
}

function optionsOf(reading: Reading, fields: Fields, known: readonly PostOption[]): Pick<Content, "options"> {
  const read = known.flatMap((option) => {
    const value = reading.option(option, ...given(fields, option.name));
    return value === null ? [] : [[option.name, value] as const];
  });
  return read.length === 0 ? {} : { options: Object.fromEntries(read) };
}

/** What stands below the front matter: the text, and after each line `---` the next part of the thread. */
function bodyOf(reading: Reading, body: string, common: Content): Content {
  if (body.trim() === "") return {};
  if (common.text) reading.problem(["text"], "the text is given twice, as text and below");
  const [text = "", ...more] = body
    .replaceAll("\r\n", "\n")
    .split(/^---[ \t]*$/m)
    .map(withoutBlankEnds);
  if (more.length > 0 && common.thread) reading.problem(["thread"], "the thread is given twice, as thread and below");
  [text, ...more].forEach((part, index) => {
    if (part === "") reading.problem([], `part ${index + 1} of the thread is empty`);
  });
  return more.length === 0 ? { text } : { text, thread: more.map((part) => ({ ...noPart, text: part })) };
}

function withoutBlankEnds(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, "").trimEnd();
}

function threadPart(reading: Reading, value: Raw, path: FieldPath): PostPart {
  if (!(value instanceof Map)) return { ...noPart, text: reading.text(value, path) ?? "" };
  const fields = reading.fields(value, path, partFields);
  return { ...noPart, ...contentOf(reading, fields) };
}

function readImages(reading: Reading, value: Raw, path: FieldPath, content: Content): void {
  const files = reading.list(value).map((each, index) => mediaFile(reading, each, [...path, index]));
  content.images = [...(content.images ?? []), ...files.filter((file) => file !== null)];
}

/** A path, or `{file, alt, url}`. */
function mediaFile(reading: Reading, value: Raw, path: FieldPath): MediaFile | null {
  if (!(value instanceof Map)) {
    const file = reading.file(value, path);
    return file === null ? null : { file, alt: null };
  }
  const fields = reading.fields(value, path, ["file", "alt", "url"]);
  const file = reading.file(...given(fields, "file"));
  const url = webAddress(reading, ...given(fields, "url"));
  if (file === null) reading.problem(path, "which file? write {file: …, alt: …}");
  return file === null ? null : { file, alt: reading.text(...given(fields, "alt")), ...(url === null ? {} : { url }) };
}

/** A list of options, or `{options, minutes}`. */
function poll(reading: Reading, value: Raw, path: FieldPath): Poll | null {
  if (value === null || value === "") return null;
  const fields = value instanceof Map ? reading.fields(value, path, ["options", "minutes"]) : null;
  const [list, listPath] = fields ? given(fields, "options") : ([value, path] as const);
  const options = reading.list(list).map((option, index) => reading.text(option, [...listPath, index])?.trim() ?? "");
  const minutes = fields ? reading.count(...given(fields, "minutes")) : null;
  return { options, minutes: minutes ?? defaultPollMinutes };
}

function webAddress(reading: Reading, value: Raw, path: FieldPath): string | null {
  const text = reading.text(value, path)?.trim() ?? null;
  if (text === null || isWebAddress(text)) return text;
  reading.problem(path, `${text} is no address of the web: it begins with https://`);
  return null;
}

export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function language(reading: Reading, value: Raw, path: FieldPath): string | null {
  const text = reading.text(value, path)?.trim() ?? null;
  if (text === null || isLanguage(text)) return text;
  reading.problem(path, `${text} is no language (BCP 47): en, de-AT, zh-Hant`);
  return null;
}

export function isLanguage(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}
