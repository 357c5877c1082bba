/** A post as the messages it goes out in. */
import type { Limits } from "../domain/limits.ts";
import { isFile, type PostContent, type PostPart, withLinkInText } from "../domain/post.ts";
import type { Message } from "../platforms/platform.ts";

/**
 * The first message, then the parts of its thread; what each of those answers is known once the one before is public. A link
 * that the platform has no place for is in the text.
 */
export function messagesOf(content: PostContent, limits: Pick<Limits, "link" | "thumbnail">): Message[] {
  const { thread, ...said } = hasPlaceForLink(content, limits) ? content : withLinkInText(content);
  const thumbnail = limits.thumbnail && said.thumbnail ? ({ ...said.thumbnail, as: "thumbnail" } as const) : null;
  const options = Object.entries(said.options).map(([name, value]) => [
    name,
    isFile(value) ? { ...value, as: "option" as const } : value,
  ]);
  const first = { ...said, thumbnail, options: Object.fromEntries(options) };
  return [first, ...thread.map((part) => following(first, part))];
}

/** What goes out one after the other: the messages, and at the end the comment under the first of them. */
export function partCount({ thread, firstComment }: Pick<PostContent, "thread" | "firstComment">): number {
  return 1 + thread.length + (firstComment === null ? 0 : 1);
}

function hasPlaceForLink({ images, video, poll, document }: PostContent, { link }: Pick<Limits, "link">): boolean {
  const textAlone = images.length === 0 && video === null && poll === null && document === null;
  return link === "attached" || (link === "attached_to_text" && textAlone);
}

/** Title, link and what the post answers belong to its first message. */
function following(first: Message, part: PostPart): Message {
  const own = { title: null, link: null, replyTo: null, quote: null, tags: [], firstComment: null };
  const files = { thumbnail: null, document: null };
  return { ...first, ...own, ...files, ...part };
}
