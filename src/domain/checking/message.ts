/** Does a message fit a platform? Every problem at once. */
import type { Attachment, Limits, PollLimit, Range, TextLimit } from "../limits.ts";
import type { MediaFacts } from "../ports/media.ts";
import type { Poll, PostContent, PostPart } from "../post.ts";
import { documentProblems, isMovingGif, pictureProblems, thumbnailProblems, videoProblems } from "./files.ts";
import { fileName, isWithin, listed, rangeInWords } from "./words.ts";

/** A text as a platform counts it. */
export interface Count {
  readonly length: number;
  readonly max: number;
  readonly unit: string;
}

/** What the files of a message turned out to be, in its order. */
export interface MessageMedia {
  readonly images: readonly MediaFacts[];
  readonly video: MediaFacts | null;
  readonly document?: MediaFacts | null;
  readonly thumbnail?: MediaFacts | null;
}

/** The limit itself first, then those that hold beside it. */
export async function countsOf(text: string, limit: TextLimit | undefined): Promise<Count[]> {
  if (!limit) return [];
  const { max, unit, also = [] } = limit;
  const beside = await Promise.all(also.map((each) => countsOf(text, each)));
  return [{ length: await limit.measure(text), max, unit }, ...beside.flat()];
}

/** Of one message: the post itself, or a part of its thread. `name` is the platform's, for people. */
export async function partProblems(
  name: string,
  limits: Limits,
  part: PostPart & Partial<Pick<PostContent, "quote" | "link">>,
  media: MessageMedia,
): Promise<string[]> {
  const carried = attachmentsOf(limits, part, media);
  return [
    ...(await textProblems("the text", name, part.text, limits.text)),
    ...emptiness(name, limits, part, media),
    ...carriedProblems(name, limits, part, carried),
    ...(limits.images ? media.images.flatMap((facts) => pictureProblems(name, limits, facts)) : []),
    ...(limits.video && media.video ? videoProblems(name, limits.video, media.video) : []),
    ...(limits.document && media.document ? documentProblems(name, limits.document, media.document) : []),
    ...(limits.thumbnail && media.thumbnail ? thumbnailProblems(name, limits.thumbnail, media.thumbnail) : []),
    ...(await altProblems(name, limits, part)),
    ...(part.poll && limits.poll ? await pollProblems(name, limits.poll, part.poll) : []),
  ];
}

/** Of the post as a whole. What a platform merely has no place for (a title, tags) is left out, and is no problem. */
export async function postProblems(name: string, limits: Limits, content: PostContent): Promise<string[]> {
  const { title, replyTo, quote, thread, firstComment, visibility } = content;
  const untaken: readonly (readonly [boolean, boolean | undefined, string])[] = [
    [replyTo !== null, limits.reply, "replies"],
    [quote !== null, limits.quote, "quotes"],
    [thread.length > 0, limits.thread, "threads"],
    [firstComment !== null, limits.firstComment, "first comments"],
  ];
  return [
    ...untaken.flatMap(([wanted, taken, what]) => (wanted && !taken ? [`${name} takes no ${what}`] : [])),
    ...(title === null ? [] : await textProblems("the title", name, title, limits.title)),
    ...(firstComment === null ? [] : await commentProblems(name, limits, firstComment)),
    // What answers something stands under its title.
    ...(limits.needs?.includes("title") && replyTo === null && !title?.trim()
      ? [`${name} wants a title (--title)`]
      : []),
    ...visibilityProblem(name, limits.visibility ?? ["public"], visibility),
  ];
}

async function commentProblems(name: string, { firstComment, comment }: Limits, text: string): Promise<string[]> {
  if (!firstComment) return [];
  if (text.trim() === "") return ["the first comment is empty"];
  return textProblems("the first comment", name, text, comment);
}

async function textProblems(what: string, name: string, text: string, limit: TextLimit | undefined): Promise<string[]> {
  const counts = await countsOf(text, limit);
  return counts
    .filter(({ length, max }) => length > max)
    .map(({ length, max, unit }) => `${what} has ${length} ${unit}, ${length - max} more than ${name} allows (${max})`);
}

function emptiness(
  name: string,
  limits: Limits,
  part: Parameters<typeof partProblems>[2],
  media: MessageMedia,
): string[] {
  const { needs = [], images, video } = limits;
  const hasText = part.text.trim() !== "";
  const hasMedia = media.images.length > 0 || media.video !== null;
  if (needs.includes("media") && !hasMedia) {
    return [
      `${name} wants ${listed([...(images ? ["a picture (--image)"] : []), ...(video ? ["a video (--video)"] : [])])}`,
    ];
  }
  if (hasText || (limits.linkAlone && part.link)) return [];
  // Its title says it.
  if (needs.includes("title") && !needs.includes("text")) return [];
  return (hasMedia || part.document || part.poll) && !needs.includes("text") ? [] : ["there is no text"];
}

function attachmentsOf(
  limits: Limits,
  part: Parameters<typeof partProblems>[2],
  { images, video }: MessageMedia,
): Attachment[] {
  const gifs = limits.gif ? images.filter(isMovingGif).length : 0;
  const carried: readonly (readonly [Attachment, boolean])[] = [
    ["images", images.length > gifs],
    ["gif", gifs > 0],
    ["video", video !== null],
    ["document", part.document !== null],
    ["poll", part.poll !== null],
    ["quote", (part.quote ?? null) !== null],
    ["link", (part.link ?? null) !== null],
  ];
  return carried.filter(([, there]) => there).map(([what]) => what);
}

const one: Readonly<Record<Attachment, string>> = {
  images: "images",
  gif: "a GIF",
  video: "a video",
  document: "a document",
  poll: "a poll",
  quote: "a quote",
  link: "a link",
};

function carriedProblems(name: string, limits: Limits, part: PostPart, carried: readonly Attachment[]): string[] {
  const { images, gif, video, document, poll, oneOf = [], alone = [] } = limits;
  const problems: string[] = [];
  if (carried.includes("images") && !images) problems.push(`${name} takes no images`);
  if (carried.includes("video") && !video) problems.push(`${name} takes no videos`);
  if (carried.includes("document") && !document) problems.push(`${name} takes no documents`);
  if (carried.includes("poll") && !poll) problems.push(`${name} takes no polls`);
  const most = carried.includes("gif") && !carried.includes("images") ? gif : images;
  if (most && part.images.length > most.max) {
    const what = most === gif ? "GIFs" : "images";
    problems.push(`${part.images.length} ${what}, ${name} takes at most ${most.max}`);
  }
  const together = carried.filter((what) => oneOf.includes(what)).map((what) => one[what]);
  if (together.length > 1) problems.push(`${listed(together, "and")}: ${name} takes only one of them in a post`);
  const others = carried.filter((what) => what !== "quote");
  const lonely = others.find((what) => alone.includes(what));
  if (lonely && others.length > 1) {
    problems.push(
      `${listed(
        others.map((what) => one[what]),
        "and",
      )}: ${name} takes ${one[lonely]} only by itself`,
    );
  }
  return problems;
}

async function altProblems(name: string, { alt }: Limits, { images, video }: PostPart): Promise<string[]> {
  const files = [...images, ...(video ? [video] : [])];
  const found = files.map((file) =>
    file.alt === null ? [] : textProblems(`the alternative text of ${fileName(file.file)}`, name, file.alt, alt),
  );
  return (await Promise.all(found)).flat();
}

async function pollProblems(name: string, limit: PollLimit, { options, minutes }: Poll): Promise<string[]> {
  const problems: string[] = [];
  if (!isWithin(options.length, limit.options)) {
    problems.push(`the poll has ${options.length} options, ${name} takes ${rangeInWords(limit.options)}`);
  }
  if (options.some((option) => option.trim() === "")) problems.push("the poll has an empty option");
  if (new Set(options.map((option) => option.trim())).size < options.length) {
    problems.push("the poll has the same option twice");
  }
  const lengths = options.map((option) => textProblems(`the option "${option}"`, name, option, limit.option));
  const choices = "choices" in limit.minutes ? limit.minutes.choices : null;
  if (!(choices ? choices.includes(minutes) : isWithin(minutes, limit.minutes as Range))) {
    const taken = choices ? listed(choices.map(String)) : rangeInWords(limit.minutes as Range);
    problems.push(`the poll lasts ${minutes} minutes, ${name} takes ${taken}`);
  }
  return [...problems, ...(await Promise.all(lengths)).flat()];
}

/** Somebody who wants few to see it must not be seen by all. */
function visibilityProblem(name: string, known: readonly string[], visibility: string | null): string[] {
  if (visibility === null || known.includes(visibility)) return [];
  return [`the visibility "${visibility}" is not one of ${name}'s: ${listed(known)}`];
}
