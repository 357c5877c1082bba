/** The request that makes a post public, and what goes with it. https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api */
import { Failure } from "../../domain/failure.ts";
import { withLinkInText } from "../../domain/post.ts";
import { type Instant, seconds } from "../../domain/time.ts";
import type { Api, Message, Published, Sending } from "../platform.ts";
import { littleText } from "./little-text.ts";
import { authorOf, host, inPath, rest } from "./requests.ts";
import type { Uploaded } from "./uploads.ts";

/** The words for who sees a post → LinkedIn's. */
export const visibilities: Readonly<Record<string, string>> = {
  public: "PUBLIC",
  connections: "CONNECTIONS",
  "logged-in": "LOGGED_IN",
};

/** Minutes → how long a poll runs. */
export const pollDurations: Readonly<Record<number, string>> = {
  1440: "ONE_DAY",
  4320: "THREE_DAYS",
  10080: "ONE_WEEK",
  20160: "TWO_WEEKS",
};

/** UTF-16 units. */
export const longestText = 3000;

/** A copy that comes too soon after the first might be let through (seconds). */
const beforeAgain = 10;

/** LinkedIn's clock may differ from ours by so much, beyond what was measured; an older post must not be taken for this one. */
const clocksApart = seconds(10);

export async function createPost(api: Api, message: Message, sending: Sending<Uploaded>): Promise<Published> {
  const { prepared, doubtedSince = null } = sending;
  const json = requestFor(message, prepared);
  if (doubtedSince !== null) await api.wait(beforeAgain);
  try {
    const { headers } = await rest(api, "POST", "posts", { json });
    const urn = headers["x-restli-id"];
    if (urn) return published(urn);
  } catch (error) {
    const urn = doubtedSince === null ? null : copied(error, doubtedSince);
    if (urn !== null) return published(urn);
    throw error;
  }
  throw new Failure("delivery_unknown", "LinkedIn accepted the post but did not name it");
}

export function published(urn: string): Published {
  return { remoteId: urn, url: `https://www.linkedin.com/feed/update/${urn}/` };
}

/**
 * LinkedIn refuses a copy, and names the post that it is a copy of. One that was made after the first try left is what that
 * try made. The upper bits of a post's number are the time of its making.
 */
function copied(error: unknown, since: Instant): string | null {
  if (!(error instanceof Failure && error.code === "duplicate_content")) return null;
  const [urn, number] = /urn:li:(?:share|ugcPost):(\d{1,19})/.exec(error.message) ?? [];
  if (urn === undefined || number === undefined) return null;
  return Number(BigInt(number) >> 22n) >= since - clocksApart ? urn : null;
}

export function requestFor(message: Message, uploaded: Uploaded): Readonly<Record<string, unknown>> {
  const { visibility, quote } = message;
  const content = contentOf(message, uploaded);
  return {
    author: uploaded.author,
    commentary: littleText(commentaryOf(message)),
    visibility: visibilities[visibility ?? "public"] ?? visibility,
    distribution: { feedDistribution: "MAIN_FEED", targetEntities: [], thirdPartyDistributionChannels: [] },
    ...(content ? { content } : {}),
    lifecycleState: "PUBLISHED",
    isReshareDisabledByAuthor: false,
    ...(quote === null ? {} : { reshareContext: { parent: urnOf(quote) } }),
  };
}

/**
 * A poll without a title asks its text, which would be shown twice. A link has a card of its own where nothing else is
 * carried, else it stands behind the text.
 */
export function commentaryOf(message: Message): string {
  const { text, title, poll } = message;
  if (poll && title === null) return "";
  return hasCard(message) ? text : withLinkInText(message).text;
}

function hasCard({ images, video, document, poll, quote, link }: Message): boolean {
  return link !== null && images.length === 0 && [video, document, poll, quote].every((other) => other === null);
}

/** LinkedIn's own figure for questions is not in its reference: what its site takes. */
const longestQuestion = 140;

/** What the limits do not say. */
export function problemsOf(message: Message): string[] {
  const { poll, quote, options, text } = message;
  const length = commentaryOf(message).length;
  const question = poll ? questionOf(message).length : 0;
  return [
    ...(length > text.length && length > longestText
      ? [`the text with its link has ${length} characters, LinkedIn takes ${longestText}`]
      : []),
    ...(question > longestQuestion
      ? [`the poll's question (the title, else the text) has ${question} characters, LinkedIn takes ${longestQuestion}`]
      : []),
    ...(quote !== null && urnIn(quote) === null ? [`"${quote}" names no post on LinkedIn: ${howToName}`] : []),
    ...(hasCard(message)
      ? []
      : ["thumbnail", "description"]
          .filter((name) => options[name] !== undefined)
          .map((name) => `the option ${name} is for a link that has a card: alone beside its text`)),
  ];
}

function contentOf(message: Message, uploaded: Uploaded): Readonly<Record<string, unknown>> | null {
  const { images, video, document, poll, title, link } = message;
  const alts = images.map(({ alt }) => alt);
  const titled = title === null ? {} : { title };
  if (uploaded.video !== null) return { media: { id: uploaded.video, ...titled, ...altText(video?.alt) } };
  if (uploaded.document !== null)
    return { media: { id: uploaded.document, title: title ?? nameOf(document?.file ?? "") } };
  const [first, ...more] = uploaded.images;
  if (first !== undefined && more.length === 0) return { media: { id: first, ...titled, ...altText(alts[0]) } };
  if (first !== undefined) {
    return { multiImage: { images: uploaded.images.map((id, index) => ({ id, ...altText(alts[index]) })) } };
  }
  if (poll) {
    const options = poll.options.map((option) => ({ text: option }));
    return { poll: { question: questionOf(message), options, settings: { duration: pollDurations[poll.minutes] } } };
  }
  return link !== null && hasCard(message) ? { article: articleOf(link, message, uploaded) } : null;
}

/** LinkedIn does not look at the page: what the card shows is said here. */
function articleOf(
  source: string,
  { title, options }: Message,
  { thumbnail }: Uploaded,
): Readonly<Record<string, unknown>> {
  const { description } = options;
  return {
    source,
    title: title ?? source.replace(/^https?:\/\/(?:www\.)?/i, "").replace(/\/$/, ""),
    ...(description === undefined ? {} : { description: String(description) }),
    ...(thumbnail === null ? {} : { thumbnail }),
  };
}

/** What a poll asks: the title where there is one, then the text stands above it. */
function questionOf({ title, text }: Message): string {
  return title ?? text;
}

const altText = (alt: string | null | undefined) => (alt ? { altText: alt } : {});

/** `/home/me/Menu 2026.pdf` → `Menu 2026.pdf`. */
const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

const howToName = `give urn:li:share:NUMBER or urn:li:ugcPost:NUMBER; "Embed this post" in its menu shows it`;

function urnOf(reference: string): string {
  const urn = urnIn(reference);
  if (urn !== null) return urn;
  throw new Failure("content_invalid", `"${reference}" names no post on LinkedIn`, { hint: howToName });
}

/** In a URN, or in any address that holds one; null: there is none that can be shared (an activity's number is another). */
function urnIn(reference: string): string | null {
  const text = reference.replace(/%3a/gi, ":");
  const [urn] = /urn:li:(?:share|ugcPost):\d{1,19}/.exec(text) ?? [];
  if (urn !== undefined) return urn;
  const [, kind, number] = /linkedin\.com\/posts\/[^/?#]*-(share|ugcPost)-(\d{1,19})-/.exec(text) ?? [];
  return kind && number ? `urn:li:${kind}:${number}` : null;
}

/** Deleting what is gone already succeeds. */
export async function deletePost(api: Api, remoteId: string): Promise<void> {
  const path = `posts/${inPath(remoteId)}`;
  await rest(api, "DELETE", path, { headers: { "x-restli-method": "DELETE" }, accepts: [404] });
}

interface CreatedComment {
  readonly commentUrn?: string;
  readonly $URN?: string;
  readonly id?: string;
}

/**
 * Plain text, not little text. Which of the two addresses is open to an app depends on the products it was given; what one of
 * them refuses, it has not done. https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api
 */
export async function createComment(api: Api, remoteId: string, text: string): Promise<Published> {
  const path = `socialActions/${inPath(remoteId)}/comments`;
  const request = { json: { actor: authorOf(api), object: remoteId, message: { text } } };
  const versioned = await rest(api, "POST", path, { ...request, accepts: [403] });
  const { headers, body } =
    versioned.status === 403
      ? await api.call("POST", `${host}/v2/${path}`, { ...request, headers: { "x-restli-protocol-version": "2.0.0" } })
      : versioned;
  const told = (body ?? {}) as CreatedComment;
  const id = told.commentUrn ?? told.$URN ?? told.id ?? headers["x-restli-id"];
  if (!id) throw new Failure("delivery_unknown", "LinkedIn accepted the comment but did not name it");
  return { remoteId: id, url: published(remoteId).url };
}
