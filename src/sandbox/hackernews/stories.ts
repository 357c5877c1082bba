/** Stories of the sandbox's Hacker News, and the one-time keys of its forms. */
import { type Instant, minutes, seconds } from "../../domain/time.ts";
import type { World } from "../world.ts";

export const platform = "hackernews";

export interface Story {
  readonly id: number;
  readonly by: string;
  readonly at: Instant;
  readonly title: string;
  readonly url: string;
  readonly text: string;
  readonly dead: boolean;
}

interface Form {
  readonly madeAt: Instant;
}

/** Between a story and its place in its author's list. */
const listedAfter = seconds(2);
const formLife = minutes(60);

export class Stories {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get #forms(): Map<string, Form> {
    return this.#world.shelves.of<Form>("hackernews forms");
  }

  get #stories(): Map<string, Story> {
    return this.#world.shelves.of<Story>("hackernews stories");
  }

  newForm(): string {
    const fnid = Buffer.from(this.#world.random.bytes(16)).toString("base64url");
    this.#forms.set(fnid, { madeAt: this.#world.clock.now() });
    return fnid;
  }

  /** Once each. */
  takeForm(fnid: string): boolean {
    const form = this.#forms.get(fnid);
    this.#forms.delete(fnid);
    return form !== undefined && this.#world.clock.now() - form.madeAt < formLife;
  }

  find(id: string): Story | null {
    return this.#stories.get(id) ?? null;
  }

  withUrl(url: string): Story | null {
    return [...this.#stories.values()].find((story) => url !== "" && story.url === url) ?? null;
  }

  /** Newest first. */
  by(name: string): Story[] {
    const own = [...this.#stories.values()].filter((story) => story.by === name);
    return own.sort((a, b) => b.id - a.id);
  }

  listed(name: string): number[] {
    const before = this.#world.clock.now() - listedAfter;
    return this.by(name)
      .filter(({ at }) => at <= before)
      .map(({ id }) => id);
  }

  add(given: Pick<Story, "by" | "title" | "url" | "text">): Story {
    const id = 46_000_001 + this.#stories.size;
    const at = this.#world.clock.now();
    // The first letter is made large; a site that is banned is seen by nobody else.
    const title = given.title.charAt(0).toUpperCase() + given.title.slice(1);
    const story = { ...given, id, at, title, dead: given.url.includes("banned.example") };
    this.#stories.set(String(id), story);
    if (!story.dead) {
      this.#world.posts.add({
        platform,
        id: String(id),
        author: story.by,
        title,
        text: story.text,
        createdAt: at,
        url: `https://news.ycombinator.com/item?id=${id}`,
        replyTo: null,
        quotes: null,
        poll: null,
        media: [],
        ...(story.url === "" ? {} : { link: story.url }),
      });
    }
    return story;
  }
}
