/**
 * An article is made as a draft, and one request makes it public: that request says how the article is to be, so that carried out
 * twice it does the same as once. What is at the canonical URL already is changed in place of a second article.
 * https://developers.forem.com/api/v1
 */
import { Failure } from "../../domain/failure.ts";
import type { Api, Message, Published, Publishing, Sending, Step } from "../platform.ts";

const host = "https://dev.to/api";

/** Without it an older version answers. */
const headers = { accept: "application/vnd.forem.api-v1+json" };

export interface Article {
  readonly id?: number;
  readonly url?: string;
  readonly title?: string;
  readonly body_markdown?: string;
  readonly canonical_url?: string | null;
  readonly published?: boolean;
}

export interface PreparedArticle {
  readonly id: number;
  /** It was there before this post: its address and whether it is public are its own. */
  readonly existed: boolean;
}

/** Answers hold the whole text of each article, and are read up to 1 MiB. */
const perPage = 30;

/** The account's own articles, drafts among them, newest first, until one is meant. */
async function findMine(api: Api, isMeant: (article: Article) => boolean): Promise<Article | null> {
  for (let page = 1; ; page += 1) {
    const query = { page: String(page), per_page: String(perPage) };
    const answer = await api.get(`${host}/articles/me/all`, { query, headers });
    // A page in place of a list is no word of absence: another draft would be made.
    if (!Array.isArray(answer)) throw new Failure("platform_fault", "DEV did not list the account's articles");
    const articles = answer as Article[];
    const found = articles.find(isMeant);
    if (found || articles.length < perPage) return found ?? null;
  }
}

function text(message: Message, name: string): string | undefined {
  const value = message.options[name];
  return typeof value === "string" ? value : undefined;
}

/** What the whole article is to be, whether it is public apart. */
function contentOf(message: Message): Readonly<Record<string, unknown>> {
  const organization = message.options["organization-id"];
  return {
    title: message.title ?? "",
    body_markdown: message.text,
    // The published description has a text here; the controller reads nothing but a list.
    tags: message.tags.map((tag) => tag.toLowerCase()),
    ...(message.link === null ? {} : { canonical_url: message.link }),
    ...(text(message, "series") === undefined ? {} : { series: text(message, "series") }),
    ...(text(message, "description") === undefined ? {} : { description: text(message, "description") }),
    ...(text(message, "main-image") === undefined ? {} : { main_image: text(message, "main-image") }),
    ...(typeof organization === "number" ? { organization_id: organization } : {}),
  };
}

async function prepare(api: Api, message: Message, step: Step): Promise<PreparedArticle> {
  return step("article", async () => {
    const there = await findMine(api, (article) => isThisOne(article, message));
    if (there?.id !== undefined) {
      requireMeant(there, message);
      return { id: there.id, existed: there.published === true || !isSame(there, message) };
    }
    // A draft that was made and not answered for is found the next time.
    const json = { article: { ...contentOf(message), published: false } };
    const draft = (await api.post(`${host}/articles`, { json, headers, resumable: true })) as Article;
    if (typeof draft?.id !== "number") throw new Failure("platform_fault", "DEV did not say which draft it made");
    // "Writes: 1 per second" (config/initializers/rack_attack.rb).
    await api.wait(1);
    return { id: draft.id, existed: false };
  });
}

/** What stands at the canonical URL, or a draft of the very same words. */
function isThisOne(article: Article, message: Message): boolean {
  if (message.link !== null) return sameAddress(article.canonical_url ?? "", message.link);
  return article.published !== true && isSame(article, message);
}

/** A link that many posts have, a shop's say, must not make one article of them. @throws Failure `duplicate_content` */
function requireMeant(there: Article, message: Message): void {
  const update = message.options["update"] ?? there.title?.trim() === message.title?.trim();
  if (update || (there.published !== true && isSame(there, message))) return;
  throw new Failure(
    "duplicate_content",
    `"${there.title}" has this canonical URL already: ${there.url ?? message.link}`,
    {
      hint: "put the new one in its place: --option devto.update=yes",
    },
  );
}

function isSame({ title, body_markdown: body = "" }: Article, message: Message): boolean {
  return title?.trim() === message.title?.trim() && words(body) === words(message.text);
}

const words = (markdown: string): string => markdown.replaceAll("\r\n", "\n").trim();

function sameAddress(one: string, other: string): boolean {
  const bare = (address: string) => address.replace(/\/+$/, "");
  return bare(one) === bare(other);
}

/** null: as it is. */
function publicAfter(message: Message, { existed }: PreparedArticle): boolean | null {
  if (message.options["published"] !== false) return true;
  return existed ? null : false;
}

async function commit(api: Api, message: Message, { prepared }: Sending<PreparedArticle>): Promise<Published> {
  const published = publicAfter(message, prepared);
  const json = { article: { ...contentOf(message), ...(published === null ? {} : { published }) } };
  const article = (await api.put(`${host}/articles/${prepared.id}`, { json, headers })) as Article;
  return publishedAs(prepared.id, article);
}

function publishedAs(id: number, { url }: Article): Published {
  return { remoteId: String(id), url: url ?? "https://dev.to/dashboard" };
}

async function confirm(
  api: Api,
  message: Message,
  { prepared }: Sending<PreparedArticle>,
): Promise<Published | null | undefined> {
  const article = await findMine(api, ({ id }) => id === prepared.id);
  // Its owner deleted it, before or after it was public.
  if (!article) return undefined;
  const wanted = publicAfter(message, prepared);
  const stands = isSame(article, message) && (wanted === null || article.published === wanted);
  return stands ? publishedAs(prepared.id, article) : null;
}

/** By API nothing is deleted: it is taken off the site, and stays with its author as a draft. */
async function unpublish(api: Api, id: string): Promise<void> {
  try {
    await api.put(`${host}/articles/${id}`, { json: { article: { published: false } }, headers });
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}

export interface Me {
  readonly id?: number;
  readonly username?: string;
  readonly name?: string;
}

export async function me(api: Api): Promise<Me> {
  return ((await api.get(`${host}/users/me`, { headers })) ?? {}) as Me;
}

export const publishing: Publishing<PreparedArticle> = {
  prepare,
  commit,
  confirm,
  // The same request again does the same again.
  settles: 0,
  delete: unpublish,
};
