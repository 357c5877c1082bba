/** `/wp/v2/posts`. wp-includes/rest-api/endpoints/class-wp-rest-posts-controller.php */
import { toTimestamp } from "../../domain/time.ts";
import type { World } from "../world.ts";
import type { WordPressContext } from "./access.ts";
import { invalidParameter, wordpressErrors } from "./errors.ts";
import { type Library, linkOf, type StoredPost } from "./library.ts";

type Body = Readonly<Record<string, unknown>>;

const statuses = ["publish", "future", "draft", "pending", "private"];

export async function create(context: WordPressContext, world: World, library: Library): Promise<Response> {
  const person = context.get("person");
  if (!person) return wordpressErrors["cannot-create-anonymously"]();
  const body = (await context.req.json().catch(() => ({}))) as Body;
  const wrong = wrongParameter(body, library);
  if (wrong !== null) return invalidParameter(wrong);
  const [title = "", content = "", excerpt = ""] = ["title", "content", "excerpt"].map((name) => textAt(body, name));
  if ([title, content, excerpt].every((text) => text.trim() === "")) return wordpressErrors["empty-content"]();
  const now = world.clock.now();
  const dated = body["date_gmt"] === undefined ? now : Date.parse(`${textAt(body, "date_gmt")}Z`);
  // What is to come is public at once where its time has passed.
  const asked = textAt(body, "status") || "draft";
  const status = asked === "future" && dated <= now ? "publish" : asked;
  const slug = library.freeSlug(textAt(body, "slug") || (status === "draft" ? "" : slugOf(title)), status);
  const post: StoredPost = {
    id: library.nextId(),
    author: person.handle,
    site: new URL(context.req.url).host,
    title,
    content,
    slug,
    status,
    at: status === "future" ? dated : now,
    tags: numbersAt(body, "tags"),
    categories: body["categories"] === undefined ? [1] : numbersAt(body, "categories"),
    featured: Number(body["featured_media"] ?? 0),
  };
  return context.json(shown(library.keep(post)), 201);
}

function wrongParameter(body: Body, library: Library): string | null {
  if (body["status"] !== undefined && !statuses.includes(String(body["status"]))) return "status";
  const date = body["date_gmt"];
  if (date !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(String(date))) return "date_gmt";
  for (const kind of ["tags", "categories"]) {
    const given = body[kind];
    const known = new Set(library.terms(kind).map(({ id }) => id));
    if (given !== undefined && !(Array.isArray(given) && given.every((id) => known.has(id as number)))) return kind;
  }
  const featured = body["featured_media"];
  if (featured !== undefined && !library.files.has(String(featured))) return "featured_media";
  if (body["comment_status"] !== undefined && !["open", "closed"].includes(String(body["comment_status"]))) {
    return "comment_status";
  }
  return body["sticky"] === undefined || typeof body["sticky"] === "boolean" ? null : "sticky";
}

const textAt = (body: Body, name: string): string => (typeof body[name] === "string" ? body[name] : "");

const numbersAt = (body: Body, name: string): number[] => (Array.isArray(body[name]) ? body[name].map(Number) : []);

const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

/** Everybody sees what is public; the rest is for who may edit it. */
export function list(context: WordPressContext, library: Library): Response {
  const { slug, status = "publish", context: view = "view" } = context.req.query();
  const person = context.get("person");
  if (!person && status !== "publish") return invalidParameter("status");
  if (!person && view === "edit") return wordpressErrors["not-logged-in"]();
  if (!["publish", "any", ...statuses].includes(status)) return invalidParameter("status");
  const all = [...library.posts.values()].filter((post) => slug === undefined || post.slug === slug);
  const meant = all.filter((post) => (status === "any" ? post.status !== "trash" : post.status === status));
  return context.json(meant.map(shown));
}

export function remove(context: WordPressContext, library: Library): Response {
  const post = library.posts.get(context.req.param("id") ?? "");
  const person = context.get("person");
  if (!post) return wordpressErrors["invalid-id"]();
  if (!person || post.author !== person.handle) return wordpressErrors.forbidden();
  if (post.status === "trash") return wordpressErrors["already-trashed"]();
  return context.json(shown(library.keep({ ...post, status: "trash", slug: `${post.slug}__trashed` })));
}

function shown(post: StoredPost): Readonly<Record<string, unknown>> {
  const { id, title, content, slug, status, at, tags, categories, featured } = post;
  const rendered = { title: { raw: title, rendered: title }, content: { raw: content, rendered: content } };
  const date = toTimestamp(at).replace(/Z$/, "");
  return {
    id,
    date_gmt: date,
    slug,
    status,
    link: linkOf(post),
    ...rendered,
    tags,
    categories,
    featured_media: featured,
  };
}
