/** What is to be said, before it is anybody's post: once for all, with what differs for a platform beside it. */
import type { FileStamp } from "./ports/media.ts";
import type { OptionValue } from "./post-option.ts";

/** A file as it was named; paths are absolute once a post is stored. */
export interface MediaFile {
  readonly file: string;
  /** What it shows, for those who cannot see it; null: not said. */
  readonly alt: string | null;
  /** Its state when it was checked: another one is not sent in its place. */
  readonly seen?: FileStamp;
  /** Where it can be fetched, for platforms that fetch files themselves. */
  readonly url?: string;
  /** What it is to a message where it is none of its pictures: set when the message is made. */
  readonly as?: "thumbnail" | "option";
}

export interface Poll {
  readonly options: readonly string[];
  /** Minutes until it closes. */
  readonly minutes: number;
}

/** One message: a post, or one part of a thread. */
export interface PostPart {
  readonly text: string;
  readonly images: readonly MediaFile[];
  readonly video: MediaFile | null;
  /** A PDF, or a file of an office program, as networks show it page by page. */
  readonly document: MediaFile | null;
  readonly poll: Poll | null;
}

export interface PostContent extends PostPart {
  readonly title: string | null;
  readonly link: string | null;
  /** The platform's id or the URL of what is answered, or quoted. */
  readonly replyTo: string | null;
  readonly quote: string | null;
  /** What follows the first part, each as a reply to the one before. */
  readonly thread: readonly PostPart[];
  /** BCP 47. */
  readonly language: string | null;
  readonly visibility: string | null;
  readonly tags: readonly string[];
  /** Posted by the same account under the post, where the platform has comments. */
  readonly firstComment: string | null;
  /** What stands for the video until it plays, where the platform takes one. */
  readonly thumbnail: MediaFile | null;
  /** Pictures that are too large for a platform are made to fit. */
  readonly fit: boolean;
  /** What only one platform has, by the names that its definition gives. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

export interface PostDraft extends PostContent {
  /** By platform id: what is said differently there. */
  readonly variants: Readonly<Record<string, Partial<PostContent>>>;
}

export const noPart: PostPart = { text: "", images: [], video: null, document: null, poll: null };

const empty: PostDraft = {
  ...noPart,
  title: null,
  link: null,
  replyTo: null,
  quote: null,
  thread: [],
  language: null,
  visibility: null,
  tags: [],
  firstComment: null,
  thumbnail: null,
  fit: true,
  options: {},
  variants: {},
};

/** What was written down before a field was there lacks it. */
export function draftOf(given: Partial<PostDraft>): PostDraft {
  const draft = { ...empty, ...given };
  const variants = Object.entries(draft.variants).map(([id, variant]) => [
    id,
    variant.thread ? { ...variant, thread: variant.thread.map(wholePart) } : variant,
  ]);
  return { ...draft, thread: draft.thread.map(wholePart), variants: Object.fromEntries(variants) };
}

const wholePart = (part: PostPart): PostPart => ({ ...noPart, ...part });

/** What is said on a platform. */
export function contentFor({ variants, ...common }: PostDraft, platform: string): PostContent {
  return { ...common, ...variants[platform] };
}

/** The text as it is written where a link has no place of its own: behind it, unless it is in it. */
export function withLinkInText<Content extends Pick<PostContent, "text" | "link">>(content: Content): Content {
  const { text, link } = content;
  if (link === null || text.includes(link)) return { ...content, link: null };
  const gap = text === "" ? "" : text.includes("\n") ? "\n\n" : " ";
  return { ...content, text: `${text}${gap}${link}`, link: null };
}

/** Every file of a post, of whatever part and platform, as `change` makes it. */
export async function withFiles(draft: PostDraft, change: (file: MediaFile) => Promise<MediaFile>): Promise<PostDraft> {
  const ofPart = async <Part extends Partial<PostPart>>(part: Part): Promise<Part> => ({
    ...part,
    ...(part.images ? { images: await Promise.all(part.images.map(change)) } : {}),
    ...(part.video ? { video: await change(part.video) } : {}),
    ...(part.document ? { document: await change(part.document) } : {}),
  });
  const ofContent = async <Content extends Partial<PostContent>>(content: Content): Promise<Content> => ({
    ...(await ofPart(content)),
    ...(content.thread ? { thread: await Promise.all(content.thread.map(ofPart)) } : {}),
    ...(content.thumbnail ? { thumbnail: await change(content.thumbnail) } : {}),
    ...(content.options ? { options: await optionsWith(content.options, change) } : {}),
  });
  const variants = Object.entries(draft.variants).map(async ([id, variant]) => [id, await ofContent(variant)] as const);
  return { ...(await ofContent(draft)), variants: Object.fromEntries(await Promise.all(variants)) };
}

type Options = PostContent["options"];

/** The files among options. */
export function isFile(value: OptionValue): value is MediaFile {
  return typeof value === "object";
}

async function optionsWith(options: Options, change: (file: MediaFile) => Promise<MediaFile>): Promise<Options> {
  const changed = Object.entries(options).map(
    async ([name, value]) => [name, isFile(value) ? await change(value) : value] as const,
  );
  return Object.fromEntries(await Promise.all(changed));
}

/** The same words and files, whatever the order of a draft's fields: whether a key is used for what it was used for. */
export function isSameDraft(a: PostDraft, b: PostDraft): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .filter(([name]) => name !== ("seen" satisfies keyof MediaFile))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, each]) => [name, ordered(each)]);
}
