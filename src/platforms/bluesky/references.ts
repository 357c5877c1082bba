/** Posts by their names: `at://did/app.bsky.feed.post/key`, or as bsky.app's addresses have them. */
import { Failure } from "../../domain/failure.ts";
import type { Api } from "../platform.ts";
import { xrpc } from "./session.ts";

export const collection = "app.bsky.feed.post";

/** What names a post and its very words: other posts point to both. */
export interface Reference {
  readonly uri: string;
  readonly cid: string;
}

interface Named {
  /** A DID or a handle. */
  readonly repository: string;
  readonly key: string;
}

/** null: it names no post. */
export function postNamed(name: string): Named | null {
  const [, repository, key] =
    /^at:\/\/([^/]+)\/app\.bsky\.feed\.post\/([^/?#]+)$/.exec(name) ??
    /^https:\/\/bsky\.app\/profile\/([^/]+)\/post\/([^/?#]+)/.exec(name) ??
    [];
  return repository === undefined || key === undefined ? null : { repository, key };
}

interface Stored extends Reference {
  readonly value: { readonly reply?: { readonly root?: Reference } };
}

/** As it is there now; null: there is none. A server asks on for what is not its own. */
export async function storedPost(api: Api, { repository: repo, key: rkey }: Named): Promise<Stored | null> {
  const query = { repo, collection, rkey };
  try {
    const found = await api.get(xrpc(api, "com.atproto.repo.getRecord"), { query, repeatable: true });
    const { uri, cid, value } = (found ?? {}) as Partial<Stored>;
    if (typeof uri === "string" && typeof cid === "string") return { uri, cid, value: value ?? {} };
    throw new Failure("platform_fault", "Bluesky did not name the post it has");
  } catch (error) {
    if (error instanceof Failure && error.code === "not_found") return null;
    throw error;
  }
}

async function requirePost(api: Api, name: string): Promise<Stored> {
  const named = postNamed(name);
  const stored = named && (await storedPost(api, named));
  if (stored) return stored;
  throw new Failure("not_found", `there is no post ${name} on Bluesky`);
}

export async function referenceTo(api: Api, name: string): Promise<Reference> {
  const { uri, cid } = await requirePost(api, name);
  return { uri, cid };
}

/** A reply names the post that it answers, and the one that the conversation began with. */
export async function replyTo(
  api: Api,
  name: string,
): Promise<{ readonly root: Reference; readonly parent: Reference }> {
  const { uri, cid, value } = await requirePost(api, name);
  const parent = { uri, cid };
  return { root: value.reply?.root ?? parent, parent };
}
