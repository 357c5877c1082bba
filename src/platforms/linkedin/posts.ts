/** The request that makes a post public, and what goes with it. https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api */
import { Failure } from "../../domain/failure.ts";
import { type Instant, minutes } from "../../domain/time.ts";
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

/** A copy that comes too soon after the first might be let through (seconds). */
const beforeAgain = 10;

/** LinkedIn's clock may differ from ours by so much. */
const clocksApart = minutes(2);

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
  const { text, visibility, quote, poll, title } = message;
  const content = contentOf(message, uploaded);
  // A poll without a title asks its text; LinkedIn would show it twice.
  const commentary = poll && title === null ? "" : littleText(text);
  return {
    author: uploaded.author,
    commentary,
    visibility: visibilities[visibility ?? "public"] ?? visibility,
    distribution: { feedDistribution: "MAIN_FEED", targetEntities: [], thirdPartyDistributionChannels: [] },
    ...(content ? { content } : {}),
    lifecycleState: "PUBLISHED",
    isReshareDisabledByAuthor: false,
    ...(quote === null ? {} : { reshareContext: { parent: urnOf(quote) } }),
  };
}

function contentOf(message: Message, uploaded: Uploaded): Readonly<Record<string, unknown>> | null {
  const { images, video, document, poll, title, link } = message;
  const alts = images.map(({ alt }) => alt);
  const titled = title === null ? {} : { title };
  if (uploaded.video !== null) return { media: { id: uploaded.video, ...titled, ...altText(video?.alt) } };
  if (uploaded.document !== null) return { media: { id: uploaded.document, title: title ?? nameOf(document?.file ?? "") } };
  const [first, ...more] = uploaded.images;
  if (first !== undefined && more.length === 0) return { media: { id: first, ...titled, ...altText(alts[0]) } };
  if (first !== undefined) {
    return { multiImage: { images: uploaded.images.map((id, index) => ({ id, ...altText(alts[index]) })) } };
  }
  if (poll) {
    const options = poll.options.map((option) => ({ text: option }));
    return { poll: { question: questionOf(message), options, settings: { duration: pollDurations[poll.minutes] } } };
  }
  return link === null ? null : { article: articleOf(link, message, uploaded) };
}

/** LinkedIn does not look at the page: what the card shows is said here. */
function articleOf(source: string, { title, options }: Message, { thumbnail }: Uploaded): Readonly<Record<string, unknown>> {
  const { description } = options;
  return {
    source,
    title: title ?? source.replace(/^https?:\/\/(?:www\.)?/i, "").replace(/\/$/, ""),
    ...(description === undefined ? {} : { description: String(description) }),
    ...(thumbnail === null ? {} : { thumbnail }),
  };
}

/** What a poll asks: the title where there is one, then the text stands above it. */
export function questionOf({ title, text }: Pick<Message, "title" | "text">): string {
  return title ?? text;
}

const altText = (alt: string | null | undefined) => (alt ? { altText: alt } : {});

/** `/home/me/Menu 2026.pdf` → `Menu 2026.pdf`. */
const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/** @throws Failure `content_invalid` for what is neither a post's URN nor an address that names it */
export function urnOf(reference: string): string {
  const given = reference.trim();
  const decoded = /%3a/i.test(given) ? decodeURIComponent(given) : given;
  const [urn] = /urn:li:(?:share|ugcPost):\d{1,19}/.exec(decoded) ?? [];
  if (urn !== undefined) return urn;
  // The last words of a post's own address.
  const [, kind, number] = /linkedin\.com\/posts\/[^/?#]*-(share|ugcPost)-(\d{1,19})-/i.exec(decoded) ?? [];
  if (kind && number) return `urn:li:${kind.toLowerCase() === "share" ? "share" : "ugcPost"}:${number}`;
  throw new Failure("content_invalid", `"${reference}" does not name a post on LinkedIn`, {
    hint: 'give urn:li:share:NUMBER or urn:li:ugcPost:NUMBER; "Embed this post" in the post\'s menu shows it',
  });
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
