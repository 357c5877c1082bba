/** What is to be said, before it is anybody's post: once for all, with what differs for a platform beside it. */
import type { FileStamp } from "./ports/media.ts";

/** A file as it was named; paths are absolute once a post is stored. */
export interface MediaFile {
  readonly file: string;
  /** What it shows, for those who cannot see it; null: not said. */
  readonly alt: string | null;
  /** Its state when it was checked: another one is not sent in its place. */
  readonly seen?: FileStamp;
  /** Where it can be fetched, for platforms that fetch files themselves. */
  readonly url?: string;
}

/** A flag, a word, a number, or an instant (milliseconds). */
export type OptionValue = boolean | string | number;

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
  /** Pictures that are too large for a platform are made to fit. */
  readonly fit: boolean;
  /** What only one platform has, by the names that its definition gives. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

export interface PostDraft extends PostContent {
  /** By platform id: what is said differently there. */
  readonly variants: Readonly<Record<string, Partial<PostContent>>>;
}

const empty: PostDraft = {
  text: "",
  images: [],
  video: null,
  poll: null,
  title: null,
  link: null,
  replyTo: null,
  quote: null,
  thread: [],
  language: null,
  visibility: null,
  tags: [],
  firstComment: null,
  fit: true,
  options: {},
  variants: {},
};

export function draftOf(given: Partial<PostDraft>): PostDraft {
  return { ...empty, ...given };
}

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
  });
  const ofContent = async <Content extends Partial<PostContent>>(content: Content): Promise<Content> => ({
    ...(await ofPart(content)),
    ...(content.thread ? { thread: await Promise.all(content.thread.map(ofPart)) } : {}),
  });
  const variants = Object.entries(draft.variants).map(async ([id, variant]) => [id, await ofContent(variant)] as const);
  return { ...(await ofContent(draft)), variants: Object.fromEntries(await Promise.all(variants)) };
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
