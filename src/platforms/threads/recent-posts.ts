/** What an account has posted lately: to find a post again, and by its address. https://developers.facebook.com/docs/threads/threads-media */
import { Failure } from "../../domain/failure.ts";
import type { Instant } from "../../domain/time.ts";
import type { ListedMedia } from "../containers.ts";
import type { Api } from "../platform.ts";
import { api1 } from "./endpoints.ts";

interface Listed {
  readonly id: string;
  readonly text?: string;
  readonly timestamp?: string;
  readonly permalink?: string;
  readonly shortcode?: string;
}

/** Replies, those to oneself too, are listed apart. */
export type ListName = "threads" | "replies";

const fields = "id,text,timestamp,permalink,shortcode";

interface Page {
  readonly data?: readonly Listed[];
  readonly paging?: { readonly cursors?: { readonly after?: string }; readonly next?: string };
}

/** Of a hundred each: as many as a day's replies may be. */
const mostPages = 10;

/** Newest first. */
async function list(
  api: Api,
  name: ListName,
  { since, pages }: { since: Instant | null; pages: number },
): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  let after: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const query = {
      fields,
      limit: "100",
      ...(since === null ? {} : { since: String(Math.floor(since / 1000)) }),
      ...(after === undefined ? {} : { after }),
    };
    const { data = [], paging } = ((await api.get(`${api1}/me/${name}`, { query, repeatable: true })) ?? {}) as Page;
    found.push(...data);
    after = paging?.next === undefined ? undefined : paging.cursors?.after;
    if (after === undefined) break;
  }
  return found;
}

export async function recentPosts(api: Api, name: ListName, since: Instant): Promise<readonly ListedMedia[]> {
  return (await list(api, name, { since, pages: mostPages })).map(
    ({ id, text = null, timestamp = "", permalink = null }) => ({
      id,
      text,
      at: Date.parse(timestamp),
      url: permalink,
    }),
  );
}

/**
 * The number by which the API knows a post. An address does not hold it, so it is looked for among the account's own posts.
 * @throws Failure `content_invalid` for what is neither a number nor the address of one of those
 */
export async function postIdOf(api: Api, reference: string): Promise<string> {
  const given = reference.trim();
  if (/^\d{1,25}$/.test(given)) return given;
  const [, shortcode] =
    /^(?:https?:\/\/)?(?:www\.)?threads\.(?:net|com)\/(?:@[\w.]+\/post|t)\/([\w-]+)\/?(?:[?#].*)?$/i.exec(given) ?? [];
  if (shortcode === undefined) {
    throw new Failure("content_invalid", `"${reference}" is no post on Threads`, {
      hint: "give its number, or for one of the account's own posts its address (https://www.threads.com/@NAME/post/…)",
    });
  }
  for (const name of ["threads", "replies"] as const) {
    const found = (await list(api, name, { since: null, pages: 1 })).find((post) => post.shortcode === shortcode);
    if (found) return found.id;
  }
  throw new Failure("content_invalid", `${reference} is none of the account's last posts on Threads`, {
    hint: "its API knows the posts of others, and old ones, by number only: give that",
  });
}
