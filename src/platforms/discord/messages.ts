/** A message as Discord takes it: one request, with its files. https://docs.discord.com/developers/resources/message#create-message */
import { fileName } from "../../domain/checking/words.ts";
import { utf16Units } from "../../domain/counting/units.ts";
import { Failure } from "../../domain/failure.ts";
import { withLinkInText } from "../../domain/post.ts";
import type { PostOption } from "../../domain/post-option.ts";
import { minutes } from "../../domain/time.ts";
import type { Api, ApiRequest, Message, Published } from "../platform.ts";
import { isBot } from "./places.ts";
import { host, remove, webhook, write } from "./requests.ts";

export const longestText = 2000;
const longestQuestion = 300;
const mostFiles = 10;

const mentioned = { none: [], users: ["users"], roles: ["roles"], everyone: ["everyone"] } as const;

export const options: readonly PostOption[] = [
  { name: "mentions", say: "who is notified by what the text names; without it nobody", takes: Object.keys(mentioned) },
  { name: "silent", say: "arrives without a sound", takes: "flag" },
  { name: "previews", say: "whether links in the text are shown with a preview", takes: "flag" },
  { name: "plain", say: "no letter of the text is markup: *stars* stay stars", takes: "flag" },
  { name: "description", say: "what stands below the title of the card", takes: "text" },
  { name: "thread-name", say: "begins a thread of this name, in a forum", takes: "text" },
  { name: "thread-id", say: "the thread that it is posted to", takes: "text" },
  { name: "username", say: "what a webhook calls itself for this message", takes: "text" },
];

/** Links stay whole: nothing in them is markup. */
function escaped(text: string): string {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[\\*_~`|>#[\]-]/g, "\\$&")))
    .join("");
}

/** What is written: with the link in it, unless that has a card of its own. */
function contentOf(message: Message): string {
  const { text } = hasCard(message) ? message : withLinkInText(message);
  return message.options["plain"] ? escaped(text) : text;
}

/** A title with what belongs to it; the question where there is a poll. */
const hasCard = ({ title, poll }: Message): boolean => title !== null && poll === null;

const questionOf = ({ title, text }: Message): string => title ?? text;

const snowflake = /^\d{15,21}$/;

export function problemsOf(message: Message): readonly string[] {
  const { images, video, document, poll, replyTo, options } = message;
  const length = utf16Units(contentOf(message));
  const files = images.length + (video ? 1 : 0) + (document ? 1 : 0);
  const question = poll ? utf16Units(questionOf(message)) : 0;
  const written = utf16Units(message.text) <= longestText && length > longestText;
  const thread = options["thread-id"];
  return [
    ...(written ? [`the text with its link and escapes has ${length} characters, Discord takes ${longestText}`] : []),
    ...(files > mostFiles ? [`${files} files, Discord takes at most ${mostFiles}`] : []),
    ...(question > longestQuestion
      ? [`the poll's question has ${question} characters, Discord takes ${longestQuestion}`]
      : []),
    ...(replyTo !== null && messageIdIn(replyTo) === null ? [`"${replyTo}" names no message on Discord`] : []),
    ...(typeof thread === "string" && !snowflake.test(thread) ? [`"${thread}" is no id of a thread`] : []),
    ...(thread !== undefined && options["thread-name"] !== undefined
      ? ["thread-id and thread-name exclude each other"]
      : []),
    ...(options["description"] !== undefined && !hasCard(message) ? ["a description wants a title (--title)"] : []),
  ];
}

/** Of an id, of one with the thread that it is in, or of `https://discord.com/channels/SERVER/CHANNEL/ID`. */
function messageIdIn(reference: string): string | null {
  return (
    /^(?:https:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/(?:\d+|@me)\/\d+\/|\d{15,21}\/)?(\d{15,21})$/.exec(
      reference.trim(),
    )?.[1] ?? null
  );
}

/** The thread that a message answers into, where it is named as those are that were posted from here. */
function threadAnswered({ replyTo }: Message): string | null {
  return /^(\d{15,21})\/\d{15,21}$/.exec(replyTo ?? "")?.[1] ?? null;
}

/** The thread that it begins: what follows in the same post goes on in that, and begins none. */
function threadBegun(api: Api, message: Message): string | null {
  const name = message.options["thread-name"];
  return name === undefined || (isBot(api) && threadAnswered(message) !== null) ? null : String(name);
}

interface Place {
  readonly url: string;
  /** A bot begins a thread of a forum by a request of its own, with the message inside. */
  readonly inside: boolean;
}

function placeOf(api: Api, message: Message): Place {
  const thread = message.options["thread-id"];
  if (!isBot(api)) {
    const url = new URL(webhook);
    // Without it nothing is told of what went wrong.
    url.searchParams.set("wait", "true");
    if (thread !== undefined) url.searchParams.set("thread_id", String(thread));
    return { url: `${webhook}${url.search}`, inside: false };
  }
  const channel = String(threadAnswered(message) ?? thread ?? api.facts["channel"] ?? "");
  const inside = threadBegun(api, message) !== null;
  return { url: `${host}/channels/${channel}/${inside ? "threads" : "messages"}`, inside };
}

const flags = { withoutPreviews: 4, silent: 4096 };

interface File {
  readonly name: string;
  readonly alt: string | null;
}

function messageBody(api: Api, message: Message, files: readonly File[], nonce: string | null) {
  const { title, link, poll, replyTo, options } = message;
  const content = poll && title === null ? "" : contentOf(message);
  const { silent, previews, description, username, mentions = "none" } = options;
  const flag = (silent ? flags.silent : 0) + (previews === false ? flags.withoutPreviews : 0);
  return {
    ...(content === "" ? {} : { content }),
    ...(hasCard(message)
      ? { embeds: [{ title, ...(link === null ? {} : { url: link }), ...(description ? { description } : {}) }] }
      : {}),
    allowed_mentions: { parse: mentioned[mentions as keyof typeof mentioned] ?? [] },
    ...(flag > 0 ? { flags: flag } : {}),
    ...(poll
      ? {
          poll: {
            question: { text: questionOf(message) },
            answers: poll.options.map((text) => ({ poll_media: { text } })),
            duration: Math.ceil(poll.minutes / 60),
          },
        }
      : {}),
    ...(files.length > 0
      ? {
          attachments: files.map(({ name, alt }, index) => ({
            id: String(index),
            filename: name,
            ...(alt === null ? {} : { description: alt }),
          })),
        }
      : {}),
    ...(replyTo === null || !isBot(api) ? {} : { message_reference: { message_id: messageIdIn(replyTo) } }),
    ...(nonce === null ? {} : { nonce, enforce_nonce: true }),
    ...(username === undefined || isBot(api) ? {} : { username }),
  };
}

/** What a thread is called stands beside a bot's message, and in a webhook's. */
function bodyOf({ inside }: Place, message: object, name: string | null): object {
  if (name === null) return message;
  return inside ? { name, message } : { ...message, thread_name: name };
}

interface Created {
  readonly id?: string;
  readonly channel_id?: string;
  /** Of a thread that was begun: its first message. */
  readonly message?: { readonly id?: string; readonly channel_id?: string };
}

export async function commit(api: Api, message: Message, idempotencyKey: string): Promise<Published> {
  const place = placeOf(api, message);
  const given = [
    ...message.images,
    ...(message.video ? [message.video] : []),
    ...(message.document ? [message.document] : []),
  ];
  const files = given.map(({ file, alt }) => ({ name: fileName(file), alt }));
  const nonce = knowsNonce(api, message) ? await nonceOf(idempotencyKey) : null;
  const json = bodyOf(place, messageBody(api, message, files, nonce), threadBegun(api, message));
  const created = (await write(api, place.url, await requestOf(api, given, json))) as Created | undefined;
  const { id, channel_id: channel } = created?.message ?? created ?? {};
  if (!id) throw new Failure("delivery_unknown", "Discord did not name the message");
  return published(api, channel ?? api.facts["channel"] ?? "", id);
}

async function requestOf(api: Api, given: Message["images"], json: object): Promise<ApiRequest> {
  if (given.length === 0) return { json };
  const slices = await Promise.all(
    given.map(async (file, index) => {
      const source = await api.open(file);
      return [`files[${index}]`, { source, start: 0, end: source.size, name: fileName(file.file) }] as const;
    }),
  );
  return { multipart: { payload_json: JSON.stringify(json), ...Object.fromEntries(slices) } };
}

/** The channel is told along where it is a thread's: what is deleted or answered there is asked for there. */
function published({ facts }: Api, channel: string, id: string): Published {
  const remoteId = channel === facts["channel"] ? id : `${channel}/${id}`;
  return { remoteId, url: `https://discord.com/channels/${facts["guild"] ?? "@me"}/${channel}/${id}` };
}

/** Webhooks have none, and neither has the request that begins a thread. */
function knowsNonce(api: Api, message: Message): boolean {
  return isBot(api) && threadBegun(api, message) === null;
}

/** "For several minutes", says Discord: so long for certain. */
export function idempotentFor(api: Api, message: Message): number {
  return knowsNonce(api, message) ? minutes(2) : 0;
}

/** 25 characters at most. */
async function nonceOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return [...new Uint8Array(digest)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, 25);
}

/** What is gone already is no failure. */
export async function takeBack(api: Api, remoteId: string): Promise<void> {
  const [id = "", thread] = remoteId.split("/").reverse();
  const url = isBot(api)
    ? `${host}/channels/${thread ?? api.facts["channel"]}/messages/${id}`
    : `${webhook}/messages/${id}${thread === undefined ? "" : `?thread_id=${thread}`}`;
  try {
    await remove(api, url);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}
