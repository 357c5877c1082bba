/** What the official API knows: it reads, and writes nothing. https://github.com/HackerNews/API */
import type { Instant } from "../../domain/time.ts";
import type { Api, Message, Published } from "../platform.ts";

const host = "https://hacker-news.firebaseio.com/v0";
export const site = "https://news.ycombinator.com";

export interface User {
  readonly id?: string;
  readonly submitted?: readonly number[];
}

interface Item {
  readonly id?: number;
  readonly type?: string;
  /** Unix seconds. */
  readonly time?: number;
  readonly title?: string;
  readonly url?: string;
  readonly dead?: boolean;
  readonly deleted?: boolean;
}

/** Everybody may ask; the cookie is none of this host's business. */
const anonymously = { authorization: "nobody" } as const;

/** null: there is nobody of this name, in this very spelling. */
export async function userOf(api: Api, name: string): Promise<User | null> {
  return (await api.get(`${host}/user/${encodeURIComponent(name)}.json`, anonymously)) as User | null;
}

/** Comments come between. */
const mostLookedAt = 20;

export interface Found extends Published {
  /** Only its author sees it. */
  readonly dead: boolean;
}

/** The account's story with this link, or title, that is not older than `since`. */
export async function findStory(api: Api, message: Message, since: Instant): Promise<Found | null> {
  const user = await userOf(api, api.externalId ?? "");
  for (const id of (user?.submitted ?? []).slice(0, mostLookedAt)) {
    const item = (await api.get(`${host}/item/${id}.json`, anonymously)) as Item | null;
    // Newest first; one that was deleted has no time.
    if (item?.time !== undefined && item.time * 1000 < since) return null;
    if (item && isStory(item, message)) {
      return { remoteId: String(id), url: itemUrl(String(id)), dead: item.dead === true };
    }
  }
  return null;
}

export const itemUrl = (id: string): string => `${site}/item?id=${id}`;

/** Titles are rewritten by rules and by people, so of a link the link counts. */
function isStory({ type, title = "", url, deleted }: Item, message: Message): boolean {
  if (type !== "story" || deleted) return false;
  return message.link === null ? bare(title) === bare(message.title ?? "") : sameLink(url ?? "", message.link);
}

const bare = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

function sameLink(one: string, other: string): boolean {
  const plain = (address: string) => (URL.canParse(address) ? new URL(address).href : address).replace(/\/$/, "");
  return plain(one) === plain(other);
}
