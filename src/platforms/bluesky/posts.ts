/** A post: its record is made, with everything that it points to, before the one request that puts it there. https://docs.bsky.app/docs/advanced-guides/posts */
import { utf8Bytes } from "../../domain/counting/units.ts";
import { Failure } from "../../domain/failure.ts";
import { withLinkInText } from "../../domain/post.ts";
import { type Instant, toTimestamp } from "../../domain/time.ts";
import type { Api, Message, Published, Sending, Step } from "../platform.ts";
import { type Embed, embedOf } from "./embeds.ts";
import { facetsOf, longestTag, marksIn } from "./facets.ts";
import { recordKey } from "./record-key.ts";
import { collection, postNamed, replyTo, storedPost } from "./references.ts";
import { sessionOf, xrpc } from "./session.ts";

export interface Prepared {
  readonly did: string;
  /** Of the first try, however many follow: the record's key is made of it. */
  readonly keyFrom: Instant;
  readonly record: Readonly<Record<string, unknown>>;
}

/** The words for labels → Bluesky's, of what not everybody wants to see. */
export const labels = ["sexual", "nudity", "porn", "graphic-media"] as const;

export async function preparePost(api: Api, message: Message, step: Step): Promise<Prepared> {
  const did = api.externalId ?? (await sessionOf(api)).did;
  const keyFrom = await step("record key", async () => api.now());
  const said = withCardOrText(message);
  const [embed, reply] = [await embedOf(api, said, did, step), await replyOf(api, message)];
  const facets = facetsOf(said.text, await mentioned(api, said.text));
  return { did, keyFrom, record: recordOf(said, { facets, embed, reply, createdAt: toTimestamp(api.now()) }) };
}

/** A card has its place where there is nothing else to look at; elsewhere the link stands behind the text. */
function withCardOrText<Said extends Pick<Message, "text" | "link" | "images" | "video">>(message: Said): Said {
  return message.images.length > 0 || message.video !== null ? withLinkInText(message) : message;
}

async function replyOf(api: Api, { replyTo: name }: Message) {
  return name === null ? null : replyTo(api, name);
}

/** Handle → DID, of those in a text that are somebody's. */
async function mentioned(api: Api, text: string): Promise<ReadonlyMap<string, string>> {
  const handles = new Set(marksIn(text).flatMap((mark) => (mark.kind === "mention" ? [mark.handle] : [])));
  const found = new Map<string, string>();
  for (const handle of handles) {
    const url = xrpc(api, "com.atproto.identity.resolveHandle");
    const answer = await api.get(url, { query: { handle }, repeatable: true, accepts: [400, 404] });
    const { did } = (answer ?? {}) as { did?: unknown };
    if (typeof did === "string") found.set(handle, did);
  }
  return found;
}

interface Parts {
  readonly facets: readonly unknown[];
  readonly embed: Embed | null;
  readonly reply: unknown;
  readonly createdAt: string;
}

function recordOf({ text, language, tags, options }: Message, { facets, embed, reply, createdAt }: Parts) {
  const label = options["label"];
  return {
    $type: collection,
    text,
    createdAt,
    ...(facets.length > 0 ? { facets } : {}),
    ...(language === null ? {} : { langs: [language] }),
    ...(tags.length > 0 ? { tags: [...tags] } : {}),
    ...(embed ? { embed } : {}),
    ...(reply ? { reply } : {}),
    ...(label === undefined
      ? {}
      : { labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: String(label) }] } }),
  };
}

/**
 * The same record under the same key does nothing the second time, so it is put and not created: a post is never there twice.
 * https://docs.bsky.app/docs/api/com-atproto-repo-put-record
 */
export async function putPost(api: Api, { prepared, idempotencyKey }: Sending<Prepared>): Promise<Published> {
  const { did: repo, record, keyFrom } = prepared;
  const rkey = recordKey(keyFrom, idempotencyKey);
  const json = { repo, collection, rkey, record };
  const answer = (await api.post(xrpc(api, "com.atproto.repo.putRecord"), { json })) as { uri?: unknown } | undefined;
  if (typeof answer?.uri === "string") return publishedAs(repo, rkey);
  throw new Failure("delivery_unknown", "Bluesky accepted the post but did not name it");
}

function publishedAs(did: string, key: string): Published {
  return { remoteId: `at://${did}/${collection}/${key}`, url: `https://bsky.app/profile/${did}/post/${key}` };
}

export async function findPost(api: Api, { prepared, idempotencyKey }: Sending<Prepared>): Promise<Published | null> {
  const { did: repository, keyFrom } = prepared;
  const key = recordKey(keyFrom, idempotencyKey);
  return (await storedPost(api, { repository, key })) ? publishedAs(repository, key) : null;
}

export async function deletePost(api: Api, remoteId: string): Promise<void> {
  const named = postNamed(remoteId);
  if (!named) throw new Failure("not_found", `there is no post ${remoteId} on Bluesky`);
  const json = { repo: named.repository, collection, rkey: named.key };
  // What is not there is no failure there either.
  await api.post(xrpc(api, "com.atproto.repo.deleteRecord"), { json, repeatable: true });
}

/** Graphemes and bytes: both hold. */
export const longestText = { graphemes: 300, bytes: 3000 };
const mostTags = 8;

export function problemsOf(message: Message, count: (text: string) => number): string[] {
  const { text } = withCardOrText(message);
  const length = count(text);
  const linkIsBehind = text !== message.text;
  const tooLong = linkIsBehind && (length > longestText.graphemes || utf8Bytes(text) > longestText.bytes);
  const named = [message.replyTo, message.quote].filter((name) => name !== null && postNamed(name) === null);
  return [
    ...(tooLong
      ? [
          `the text with its link has ${length} characters, Bluesky takes ${longestText.graphemes} (${longestText.bytes} bytes)`,
        ]
      : []),
    ...named.map(
      (name) => `"${name}" names no post on Bluesky: an at:// URI, or its address at https://bsky.app/profile/`,
    ),
    ...(message.tags.length > mostTags ? [`Bluesky takes ${mostTags} tags, not ${message.tags.length}`] : []),
    ...message.tags
      .filter((tag) => count(tag) > longestTag)
      .map((tag) => `the tag "${tag}" is longer than ${longestTag}`),
    ...(message.link !== null && !/^https?:\/\//.test(message.link) ? [`"${message.link}" is no web address`] : []),
  ];
}
