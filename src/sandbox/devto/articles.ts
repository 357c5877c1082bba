/** The articles of the sandbox's DEV: drafts with their authors, the rest on the timeline. */
import { type Instant, toTimestamp } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";

export const platform = "devto";

export interface Draft {
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
  readonly canonicalUrl: string | null;
  readonly description: string | null;
  readonly mainImage: string | null;
  readonly series: string | null;
}

export interface StoredArticle extends Draft {
  readonly id: number;
  readonly author: string;
  readonly createdAt: Instant;
  /** null: a draft. */
  readonly publishedAt: Instant | null;
}

export class Articles {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get #shelf(): Map<string, StoredArticle> {
    return this.#world.shelves.of<StoredArticle>("devto articles");
  }

  /** Newest first. */
  all(): StoredArticle[] {
    return [...this.#shelf.values()].sort((a, b) => b.id - a.id);
  }

  find(id: number): StoredArticle | null {
    return this.#shelf.get(String(id)) ?? null;
  }

  create(person: Person, draft: Draft): StoredArticle {
    const id = 900_001 + this.#shelf.size;
    return this.#keep({ ...draft, id, author: person.handle, createdAt: this.#world.clock.now(), publishedAt: null });
  }

  change(article: StoredArticle, draft: Draft, published: boolean): StoredArticle {
    const publishedAt = published ? (article.publishedAt ?? this.#world.clock.now()) : null;
    return this.#keep({ ...article, ...draft, publishedAt });
  }

  #keep(article: StoredArticle): StoredArticle {
    this.#shelf.set(String(article.id), article);
    const { posts } = this.#world;
    const id = String(article.id);
    posts.remove(platform, id);
    if (article.publishedAt !== null) {
      posts.add({
        platform,
        id,
        author: article.author,
        title: article.title,
        text: article.body,
        createdAt: article.publishedAt,
        url: urlOf(article),
        replyTo: null,
        quotes: null,
        poll: null,
        media: [],
        ...(article.canonicalUrl === null ? {} : { link: article.canonicalUrl }),
      });
    }
    return article;
  }
}

function urlOf({ id, title, author, publishedAt }: StoredArticle): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `https://dev.to/${author}/${words}-${publishedAt === null ? `temp-slug-${id}` : id.toString(36)}`;
}

export function shown(article: StoredArticle): Readonly<Record<string, unknown>> {
  const { id, title, body, tags, canonicalUrl, description, mainImage, publishedAt } = article;
  const url = urlOf(article);
  return {
    type_of: "article",
    id,
    title,
    description: description ?? body.slice(0, 100),
    cover_image: mainImage,
    published: publishedAt !== null,
    published_at: publishedAt === null ? null : toTimestamp(publishedAt),
    slug: url.split("/").at(-1),
    path: new URL(url).pathname,
    url,
    canonical_url: canonicalUrl ?? url,
    tag_list: tags,
    body_markdown: body,
  };
}
