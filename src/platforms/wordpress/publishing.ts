/**
 * A post has a slug that no other one has, made of the delivery's key: whether it went out is whether the site has a post of that
 * slug. https://developer.wordpress.org/rest-api/reference/posts/
 */
import { Failure } from "../../domain/failure.ts";
import type { Api, Message, Published, Publishing, Sending, Step } from "../platform.ts";
import { contentOf } from "./content.ts";
import { type UploadedMedia, uploadMedia } from "./media.ts";
import { categoryIds, tagIds } from "./terms.ts";

interface Prepared extends UploadedMedia {
  readonly tags: readonly number[];
  readonly categories: readonly number[];
}

interface StoredPost {
  readonly id?: number;
  readonly link?: string;
  readonly slug?: string;
}

const posts = (api: Api): string => `${api.instance}/wp/v2/posts`;

const words = (message: Message, name: string): string | undefined => {
  const value = message.options[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
};

async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  const [problem] = problemsOf(message, { now: api.now() });
  if (problem) throw new Failure("content_invalid", problem);
  const own = words(message, "slug");
  // WordPress would put a number behind it, and nobody could tell one from the other.
  if (own !== undefined && (await bySlug(api, own))) {
    throw new Failure("duplicate_content", `the site has a post with the slug "${own}" already`, {
      hint: "choose another one: --option wordpress.slug=…",
    });
  }
  const names = (words(message, "categories") ?? "").split(",").map((name) => name.trim());
  const categories = await categoryIds(
    api,
    names.filter((name) => name !== ""),
  );
  const tags = await tagIds(api, message.tags);
  return { ...(await uploadMedia(api, message, step)), tags, categories };
}

/** @throws Failure `platform_fault` for a page in place of a list, as caches and firewalls give it: that is no word of absence */
async function bySlug(api: Api, slug: string): Promise<StoredPost | null> {
  const found = await api.get(posts(api), { query: { slug, status: "any", context: "edit" } });
  const list = Array.isArray(found) ? (found as StoredPost[]) : null;
  const same = list?.find((post) => post.slug === slug);
  if (same) return same;
  if (list?.length === 0) return null;
  throw new Failure("platform_fault", "the site did not say which posts have this slug", {
    hint: "run it again later",
  });
}

/** The title's words, which people read, and enough of the key, which nobody else has. */
function slugOf(message: Message, idempotencyKey: string): string {
  const own = words(message, "slug");
  if (own !== undefined) return own;
  const title = (message.title ?? "")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-+|-+$/g, "");
  // Of a UUID the last 48 bits are enough on one site.
  const key = idempotencyKey
    .replace(/^[\da-f-]{24}(?=[\da-f]{12})/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "");
  return [title, key].filter(Boolean).join("-");
}

const statuses: Readonly<Record<string, string>> = {
  public: "publish",
  private: "private",
  draft: "draft",
  pending: "pending",
};

export const visibilities = Object.keys(statuses);

function statusOf({ visibility, options }: Message): Readonly<Record<string, string>> {
  const at = options["publish-at"];
  if (typeof at === "number") return { status: "future", date_gmt: new Date(at).toISOString().slice(0, 19) };
  return { status: statuses[visibility ?? "public"] ?? "draft" };
}

async function commit(api: Api, message: Message, { prepared, idempotencyKey }: Sending<Prepared>): Promise<Published> {
  const { images, tags, categories } = prepared;
  const [featured] = images;
  const { sticky, comments } = message.options;
  const json = {
    title: message.title ?? "",
    content: await contentOf(message.text, prepared),
    slug: slugOf(message, idempotencyKey),
    ...statusOf(message),
    ...(words(message, "excerpt") === undefined ? {} : { excerpt: words(message, "excerpt") }),
    ...(tags.length > 0 ? { tags } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(featured ? { featured_media: featured.id } : {}),
    ...(typeof sticky === "boolean" ? { sticky } : {}),
    ...(typeof comments === "boolean" ? { comment_status: comments ? "open" : "closed" } : {}),
  };
  return publishedAs(api, (await api.post(posts(api), { json })) as StoredPost);
}

function publishedAs(api: Api, { id, link }: StoredPost): Published {
  if (id === undefined) throw new Failure("delivery_unknown", "WordPress did not say which post it made");
  return { remoteId: String(id), url: link ?? `${api.instance}/wp/v2/posts/${id}` };
}

async function confirm(
  api: Api,
  message: Message,
  { idempotencyKey }: Sending<Prepared>,
): Promise<Published | null | undefined> {
  const found = await bySlug(api, slugOf(message, idempotencyKey));
  if (found) return publishedAs(api, found);
  // Of who may not publish WordPress drops the slug until an editor does.
  return message.visibility === "pending" ? undefined : null;
}

/** Into the trash, where WordPress keeps it for a month. */
async function remove(api: Api, id: string): Promise<void> {
  try {
    await api.delete(`${posts(api)}/${id}`);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}

export function problemsOf(message: Message, { now }: { readonly now: number }): string[] {
  const { text, options, visibility } = message;
  const at = options["publish-at"];
  const pictures = [...text.matchAll(/!\[[^\]]*\]\(\s*<?([^)\s>]+)/g)].map(([, address = ""]) => address);
  const local = pictures.filter((address) => !/^(https?:\/)?\//i.test(address));
  const slug = words(message, "slug");
  return [
    ...local.map((file) => `the picture ${file} in the text is no web address: give it with --image`),
    ...(typeof at === "number" && at <= now ? ["publish-at is in the past"] : []),
    ...(typeof at === "number" && (visibility ?? "public") !== "public"
      ? [`publish-at makes it public, and --visibility ${visibility} says otherwise`]
      : []),
    ...(slug !== undefined && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)
      ? ["slug takes lower-case letters and digits, joined by hyphens"]
      : []),
    // It would get a number behind it, and not be found by what was sent.
    ...(slug !== undefined && /^(\d+|feed|rdf|rss2?|atom|embed|page)$/.test(slug)
      ? [`"${slug}" is no slug for a post: WordPress has its own use for it`]
      : []),
  ];
}

export const publishing: Publishing<Prepared> = { prepare, commit, confirm, delete: remove };
