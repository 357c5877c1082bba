/** What a site of the sandbox keeps: files, terms, posts that are public and posts that are not. */
import { createHash } from "node:crypto";
import type { Instant } from "../../domain/time.ts";
import type { PostedMedia } from "../posts.ts";
import type { World } from "../world.ts";

export const platform = "wordpress";

export interface StoredFile {
  readonly id: number;
  readonly author: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly url: string;
  alt: string;
}

export interface StoredPost {
  readonly id: number;
  readonly author: string;
  readonly site: string;
  readonly title: string;
  readonly content: string;
  readonly slug: string;
  readonly status: string;
  readonly at: Instant;
  readonly tags: readonly number[];
  readonly categories: readonly number[];
  readonly featured: number;
}

export interface Term {
  readonly id: number;
  readonly name: string;
}

const categories: readonly Term[] = [
  { id: 1, name: "Uncategorized" },
  { id: 2, name: "News" },
  { id: 3, name: "Bread &amp; Butter" },
];

export class Library {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get files(): Map<string, StoredFile> {
    return this.#world.shelves.of<StoredFile>("wordpress files");
  }

  get posts(): Map<string, StoredPost> {
    return this.#world.shelves.of<StoredPost>("wordpress posts");
  }

  terms(kind: string): readonly Term[] {
    return kind === "categories" ? categories : [...this.#world.shelves.of<Term>("wordpress tags").values()];
  }

  addTag(name: string): Term {
    const term = { id: 100 + this.terms("tags").length, name: name.replaceAll("&", "&amp;") };
    this.#world.shelves.of<Term>("wordpress tags").set(String(term.id), term);
    return term;
  }

  nextId(): number {
    return 10 + this.files.size + this.posts.size;
  }

  /** WordPress puts a number behind a slug that another post has; of drafts it does not mind. */
  freeSlug(wanted: string, status: string): string {
    const taken = new Set([...this.posts.values()].map(({ slug }) => slug));
    if (wanted === "" || status === "draft" || status === "pending" || !taken.has(wanted)) return wanted;
    for (let number = 2; ; number += 1) if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
  }

  keep(post: StoredPost): StoredPost {
    this.posts.set(String(post.id), post);
    const { posts } = this.#world;
    const id = String(post.id);
    posts.remove(platform, id);
    if (post.status === "publish" || post.status === "future") {
      posts.add({
        platform,
        id,
        author: post.author,
        title: post.title,
        text: post.content,
        createdAt: post.at,
        url: linkOf(post),
        replyTo: null,
        quotes: null,
        poll: null,
        media: this.#mediaOf(post),
      });
    }
    return post;
  }

  /** The featured picture, and the files that the content shows. */
  #mediaOf({ featured, content }: StoredPost): PostedMedia[] {
    const shown = [...this.files.values()].filter(({ id, url }) => id === featured || content.includes(url));
    return shown.map(({ id, type, bytes, alt, url }) => ({
      id: String(id),
      kind: type.startsWith("video/") ? "video" : "picture",
      type,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      alt: alt === "" ? null : alt,
      url: type.startsWith("video/") ? null : url,
    }));
  }
}

export function linkOf({ id, site, slug, status }: Pick<StoredPost, "id" | "site" | "slug" | "status">): string {
  const isPublic = status === "publish" || status === "private";
  return isPublic ? `https://${site}/${slug}/` : `https://${site}/?p=${id}`;
}
