/** A message as the tags and content of an event: NIP-01, NIP-10 (replies), NIP-18 (quotes), NIP-23 (articles), NIP-36, NIP-92. */
import { Failure } from "../../domain/failure.ts";
import type { Api, Message } from "../platform.ts";
import { bytesOf, eventIdIn } from "./keys.ts";
import { askRelay, fromEach, type NostrEvent, relaysIn } from "./relays.ts";

type Tag = readonly string[];

const note = 1;
const article = 30_023;

/** Signed: from here on it is the same event, however often it is sent. `identifier`: an article's own name. */
export async function signedEvent(api: Api, message: Message, identifier: string): Promise<NostrEvent> {
  const asArticle = message.options["article"] === true;
  const { content, tags } = asArticle ? articleOf(message, identifier) : await noteOf(api, message);
  const warning = message.options["content-warning"];
  const all = [...tags, ...hashtags(message), ...(warning === undefined ? [] : [["content-warning", String(warning)]])];
  return sign(api, asArticle ? article : note, all, content);
}

/** Relays are asked to forget it; nobody has to (NIP-09). */
export function deletionOf(api: Api, id: string): Promise<NostrEvent> {
  return sign(api, 5, [["e", id]], "");
}

async function sign(api: Api, kind: number, tags: readonly Tag[], content: string): Promise<NostrEvent> {
  const { finalizeEvent } = await import("nostr-tools/pure");
  const createdAt = Math.floor(api.now() / 1000);
  const template = { kind, created_at: createdAt, tags: tags.map((tag) => [...tag]), content };
  const { id, pubkey, sig } = finalizeEvent(template, bytesOf(await api.token()));
  return { id, pubkey, created_at: createdAt, kind, tags, content, sig };
}

function articleOf({ text, title, images }: Message, identifier: string): { content: string; tags: Tag[] } {
  const [picture] = images;
  return {
    content: text,
    tags: [["d", identifier], ["title", title ?? ""], ...(picture?.url === undefined ? [] : [["image", picture.url]])],
  };
}

async function noteOf(api: Api, message: Message): Promise<{ content: string; tags: Tag[] }> {
  const pictures = [...message.images, message.video].flatMap((file) =>
    file?.url ? [{ ...file, url: file.url }] : [],
  );
  const about = pictures.map(({ url, alt }): Tag => ["imeta", `url ${url}`, ...(alt ? [`alt ${alt}`] : [])]);
  const quoted = message.quote === null ? null : await eventIdIn(message.quote);
  const shown = quoted === null ? [] : [`nostr:${await noteName(quoted)}`];
  const content = [message.text, ...pictures.map(({ url }) => url), ...shown].filter(Boolean).join("\n");
  return {
    content,
    tags: [
      ...(message.replyTo === null ? [] : await replyTags(api, await eventIdIn(message.replyTo))),
      ...(quoted === null ? [] : [["q", quoted]]),
      ...(await mentionTags(content)),
      ...about,
    ],
  };
}

/** NIP-10: the beginning of the conversation, what is answered, and whose it is. @throws Failure `not_found` */
async function replyTags(api: Api, parentId: string): Promise<Tag[]> {
  const relays = relaysIn(api.facts["relays"] ?? "");
  const { told, failures } = await fromEach(relays, (relay) => askRelay(api, relay, [{ ids: [parentId] }]));
  const parent = told.flat().find(({ id }) => id === parentId);
  if (!parent) {
    const [failure] = told.length === 0 ? failures : [];
    throw failure ?? new Failure("not_found", `none of the relays has the note that is answered (${parentId})`);
  }
  const relay = relays[0] ?? "";
  const root = parent.tags.find(([name, , , marker]) => name === "e" && marker === "root");
  const people = new Set([parent.pubkey, ...parent.tags.flatMap(([name, key]) => (name === "p" && key ? [key] : []))]);
  return [
    ["e", root?.[1] ?? parentId, root?.[2] ?? relay, "root"],
    ...(root ? [["e", parentId, relay, "reply"]] : []),
    ...[...people].map((key): Tag => ["p", key]),
  ];
}

/** `nostr:npub1…` and `nostr:nprofile1…` in the text (NIP-27). */
async function mentionTags(content: string): Promise<Tag[]> {
  const names = content.match(/\bnostr:(?:npub|nprofile)1[02-9ac-hj-np-z]+/g) ?? [];
  if (names.length === 0) return [];
  const { decode } = await import("nostr-tools/nip19");
  return names.flatMap((name): Tag[] => {
    try {
      const { type, data } = decode(name.slice("nostr:".length));
      if (type === "npub") return [["p", data]];
      return type === "nprofile" ? [["p", data.pubkey]] : [];
    } catch {
      return [];
    }
  });
}

function hashtags({ text, tags }: Message): Tag[] {
  const written = text.match(/(?<=^|\s)#[\p{L}\p{N}_]+/gu) ?? [];
  const names = [...written.map((tag) => tag.slice(1)), ...tags].map((name) => name.toLowerCase());
  return [...new Set(names)].map((name): Tag => ["t", name]);
}

async function noteName(id: string): Promise<string> {
  const { noteEncode } = await import("nostr-tools/nip19");
  return noteEncode(id);
}
