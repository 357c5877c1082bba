/** Posts of a blog. https://github.com/tumblr/docs/blob/master/api.md */
import { Failure } from "../../domain/failure.ts";
import { type Instant, seconds } from "../../domain/time.ts";
import type { Api, FileSlice, JsonPart, Message, Published, Step } from "../platform.ts";
import { attachedOf, type Block, contentOf, markOf } from "./content.ts";

export const host = "https://api.tumblr.com/v2";

/** By its id: names change. */
const blogUrl = ({ externalId }: Api, path: string): string => `${host}/blog/${externalId ?? ""}${path}`;

/** Tumblr's word for who sees it. */
export const states: Readonly<Record<string, string>> = {
  public: "published",
  private: "private",
  draft: "draft",
  queue: "queue",
};

function stateOf({ visibility, options }: Message): string {
  return options["publish-at"] === undefined ? (states[visibility ?? "public"] ?? "published") : "queue";
}

export interface Prepared {
  /** The newest posts of this state as they were before; null: they may not be read. */
  readonly before: readonly string[] | null;
}

export async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  const before = await step("posts before", async () => (await newest(api, message))?.map(idOf) ?? null);
  return { before };
}

interface Named {
  readonly id?: string | number;
  readonly id_string?: string;
}

/** Ids are beyond what a double holds. */
const idOf = ({ id, id_string: text }: Named): string => text ?? String(id ?? "");

/** The files go along in the request that makes it public: there is no other. */
export async function commit(api: Api, message: Message): Promise<Published> {
  const slices: Record<string, FileSlice> = {};
  const types: Record<string, string> = {};
  for (const { identifier, file } of attachedOf(message)) {
    const source = await api.open(file);
    slices[identifier] = { source, start: 0, end: source.size };
    types[identifier] = source.type;
  }
  const json = bodyOf(message, types);
  const parts: Record<string, JsonPart | FileSlice> = { json: { json }, ...slices };
  const request = Object.keys(slices).length > 0 ? { multipart: parts } : { json };
  const { response } = ((await api.post(blogUrl(api, "/posts"), request)) ?? {}) as { response?: Named };
  const id = idOf(response ?? {});
  if (id === "") throw new Failure("delivery_unknown", "Tumblr accepted the post but did not name it");
  return published(api, id);
}

function bodyOf(message: Message, types: Readonly<Record<string, string>>): Block {
  const { tags, options } = message;
  const { "publish-at": at, slug, "source-url": source } = options;
  return {
    content: contentOf(message, types),
    state: stateOf(message),
    ...(typeof at === "number" ? { publish_on: new Date(at).toISOString() } : {}),
    ...(tags.length > 0 ? { tags: tags.join(",") } : {}),
    ...(slug === undefined ? {} : { slug }),
    ...(source === undefined ? {} : { source_url: source }),
  };
}

function published({ facts, handle }: Api, remoteId: string): Published {
  const blog = facts["blog"] ?? handle;
  return { remoteId, url: blog ? `https://www.tumblr.com/${blog}/${remoteId}` : "https://www.tumblr.com" };
}

interface Listed extends Named {
  readonly timestamp?: number;
  readonly content?: readonly Block[];
}

const pageSize = 20;

const lists: Readonly<Record<string, string>> = { queue: "/posts/queue", draft: "/posts/draft" };

async function newest(api: Api, message: Message): Promise<readonly Listed[] | null> {
  const path = lists[stateOf(message)] ?? "/posts";
  const query = { npf: "true", limit: String(pageSize) };
  try {
    const { response } = ((await api.get(blogUrl(api, path), { query, repeatable: true })) ?? {}) as {
      response?: { posts?: readonly Listed[] };
    };
    // A page in place of a list is no word of absence.
    if (!response?.posts) throw new Failure("platform_fault", "Tumblr did not list the blog's posts");
    return response.posts;
  } catch (error) {
    if (error instanceof Failure && error.code === "not_permitted") return null;
    throw error;
  }
}

/**
 * The new post with these words. The queue begins with what is published next, so that a full page of it says nothing; a video may
 * still be transcoded when nothing is listed. Whether private posts are listed, and what time those have that are not public, is not
 * known: there only a find says something, and no time counts.
 */
export async function confirm(
  api: Api,
  message: Message,
  { before }: Prepared,
  since: Instant,
): Promise<Published | null | undefined> {
  const listed = before === null ? null : await newest(api, message);
  const state = stateOf(message);
  const isQueue = state === "queue";
  // What was behind the first page then may be on it now.
  if (listed === null || (isQueue && before?.length === pageSize)) return undefined;
  const isSince = ({ timestamp }: Listed) => state in lists || timestamp === undefined || seconds(timestamp) >= since;
  const fresh = listed.filter((post) => !before?.includes(idOf(post)) && isSince(post));
  const mark = markOf(contentOf(message, {}));
  const [found, another] = fresh.filter(({ content = [] }) => markOf(content) === mark);
  if (found && !another) return published(api, idOf(found));
  const isShown = state !== "private" && message.video === null;
  return isShown && fresh.length === 0 && (listed.length < pageSize || !isQueue) ? null : undefined;
}

export async function remove(api: Api, remoteId: string): Promise<void> {
  try {
    await api.post(blogUrl(api, "/post/delete"), { form: { id: remoteId } });
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}
