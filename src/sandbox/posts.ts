import type { Instant } from "../domain/time.ts";
import type { SandboxClock } from "./sandbox-clock.ts";
import type { UploadKind } from "./uploads.ts";

/** A picture or video in a published post. */
export interface PostedMedia {
  readonly id: string;
  readonly kind: UploadKind;
  readonly type: string;
  readonly bytes: number;
  /** Of the whole file, so that a rehearsal can tell that it arrived as it was. */
  readonly sha256: string;
  readonly alt: string | null;
  /** Where the platform shows it; null: the sandbox does not keep videos. */
  readonly url: string | null;
  /** Where the platform was told to fetch it; the sandbox fetches nothing. */
  readonly fetchedFrom?: string;
}

/** A file that is shown page by page. */
export interface PostedDocument {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One published post, as every platform's twin keeps it. */
export interface SandboxPost {
  readonly platform: string;
  readonly id: string;
  /** A person's handle, or that of the Page they post as. */
  readonly author: string;
  /** Where the author is no person. */
  readonly authorName?: string;
  /** Where the platform has a place of its own for it. */
  readonly link?: string;
  /** Above the text, where the platform has that. */
  readonly title?: string;
  /** What the author wrote, before the platform rewrites anything in it. */
  readonly text: string;
  /** To come: scheduled, or still processed. */
  readonly createdAt: Instant;
  /** The permalink a client of the real platform would build. */
  readonly url: string;
  readonly replyTo: string | null;
  readonly quotes: string | null;
  readonly poll: { readonly options: readonly string[]; readonly endsAt: Instant } | null;
  readonly media: readonly PostedMedia[];
  readonly document?: PostedDocument;
  /** In the platform's word, where not everybody sees it. */
  readonly visibility?: string;
}

/** What is public now, over all platforms, oldest first. */
export class Posts {
  readonly #clock: SandboxClock;
  #posts: SandboxPost[] = [];

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  add(post: SandboxPost): void {
    this.#posts.push(post);
  }

  /** Public or not. */
  find(platform: string, id: string): SandboxPost | null {
    return this.#posts.find((post) => post.platform === platform && post.id === id) ?? null;
  }

  /** Public or not. */
  all(platform: string): SandboxPost[] {
    return this.#posts.filter((post) => post.platform === platform);
  }

  /** Newest first. */
  by(platform: string, author: string): SandboxPost[] {
    return this.newestFirst().filter((post) => post.platform === platform && post.author === author);
  }

  /** A chain of answers to oneself that the post is part of, from its first on; the post alone where there is none. */
  thread(post: SandboxPost): SandboxPost[] {
    const own = (one: SandboxPost) => one.platform === post.platform && one.author === post.author;
    const chain = [post];
    for (let first = chain[0]; first?.replyTo; first = chain[0]) {
      const parent = this.find(post.platform, first.replyTo);
      if (!parent || !own(parent)) break;
      chain.unshift(parent);
    }
    for (let last = chain.at(-1); last; ) {
      const { id } = last;
      last = this.#posts.find((one) => own(one) && one.replyTo === id && one.createdAt <= this.#clock.now());
      if (last) chain.push(last);
    }
    return chain;
  }

  /** Those that are public; what is made public later comes in at its time. */
  newestFirst(): SandboxPost[] {
    const now = this.#clock.now();
    const shown = this.#posts.filter(({ createdAt }) => createdAt <= now);
    return shown.sort((a, b) => a.createdAt - b.createdAt).reverse();
  }

  /** Those that are not public yet, the first one first. */
  toCome(platform: string, author: string): SandboxPost[] {
    const now = this.#clock.now();
    const own = this.#posts.filter((post) => post.platform === platform && post.author === author);
    return own.filter(({ createdAt }) => createdAt > now).sort((a, b) => a.createdAt - b.createdAt);
  }

  remove(platform: string, id: string): void {
    this.#posts = this.#posts.filter((post) => !(post.platform === platform && post.id === id));
  }

  clear(): void {
    this.#posts = [];
  }
}
