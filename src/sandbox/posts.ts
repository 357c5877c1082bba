import type { Instant } from "../domain/time.ts";

/** One published post, as every platform's twin keeps it. */
export interface SandboxPost {
  readonly platform: string;
  readonly id: string;
  /** A person's handle. */
  readonly author: string;
  /** What the author wrote, before the platform rewrites anything in it. */
  readonly text: string;
  readonly createdAt: Instant;
  /** The permalink a client of the real platform would build. */
  readonly url: string;
  readonly replyTo: string | null;
  readonly pollOptions: readonly string[];
}

/** What is public now, over all platforms, oldest first. */
export class Posts {
  #posts: SandboxPost[] = [];

  add(post: SandboxPost): void {
    this.#posts.push(post);
  }

  find(platform: string, id: string): SandboxPost | null {
    return this.#posts.find((post) => post.platform === platform && post.id === id) ?? null;
  }

  /** Newest first. */
  by(platform: string, author: string): SandboxPost[] {
    return this.newestFirst().filter((post) => post.platform === platform && post.author === author);
  }

  newestFirst(): SandboxPost[] {
    return this.#posts.toReversed();
  }

  remove(platform: string, id: string): void {
    this.#posts = this.#posts.filter((post) => !(post.platform === platform && post.id === id));
  }

  clear(): void {
    this.#posts = [];
  }
}
