/** Did it go out? Of an organization its recent posts can be read; a member's cannot, without a scope that few apps get. */
import { Failure } from "../../domain/failure.ts";
import type { Instant } from "../../domain/time.ts";
import type { Api, Message, Published } from "../platform.ts";
import { wordsOf } from "./little-text.ts";
import { published, requestFor } from "./posts.ts";
import { isOrganization, rest } from "./requests.ts";
import type { Uploaded } from "./uploads.ts";

interface ListedPost {
  readonly id: string;
  readonly commentary?: string;
  readonly createdAt?: number;
  readonly content?: Content;
  readonly reshareContext?: { readonly parent?: string };
}

interface Content {
  readonly media?: { readonly id?: string };
  readonly multiImage?: { readonly images?: readonly { readonly id?: string }[] };
  readonly article?: { readonly source?: string };
  readonly poll?: { readonly question?: string };
}

const pageSize = 100;

/** @returns the post; null where there is none; undefined where that cannot be told */
export async function findPost(
  api: Api,
  message: Message,
  uploaded: Uploaded,
  since: Instant,
): Promise<Published | null | undefined> {
  const { author } = uploaded;
  if (!isOrganization(author)) return undefined;
  const query = { q: "author", author, count: String(pageSize), sortBy: "CREATED" };
  const headers = { "x-restli-method": "FINDER" };
  const { body } = await rest(api, "GET", "posts", { query, headers }).catch((error) => {
    // The scope r_organization_social was not given.
    if (error instanceof Failure && error.code === "not_permitted") return { body: null };
    throw error;
  });
  if (body === null) return undefined;
  const { elements = [] } = body as { elements?: readonly ListedPost[] };
  const written = requestFor(message, uploaded) as unknown as ListedPost;
  const recent = elements.filter(({ createdAt }) => createdAt === undefined || createdAt >= since);
  const sameWords = recent.filter(({ commentary = "" }) => wordsOf(commentary) === wordsOf(written.commentary ?? ""));
  const same = sameWords.find((post) => carriedBy(post) === carriedBy(written));
  if (same) return published(same.id);
  // The same words with other things: LinkedIn may tell of those in another way.
  return sameWords.length > 0 || recent.length === pageSize ? undefined : null;
}

/** What a post carries beside its words, to be compared. */
function carriedBy({ content = {}, reshareContext }: ListedPost): string {
  const { media, multiImage, article, poll } = content;
  const images = multiImage?.images?.map(({ id }) => id) ?? [];
  return JSON.stringify([media?.id, images, article?.source, poll?.question, reshareContext?.parent]);
}
