/** The methods that send, and those that take back. https://core.telegram.org/bots/api#available-methods */
import { hours, minutes } from "../../domain/time.ts";
import { aspectOf } from "../fetched-file.ts";
import type { PostedMedia } from "../posts.ts";
import type { World } from "../world.ts";
import { badRequest, ok, refusal, tooManyRequests, upgraded } from "./answers.ts";
import { type Bot, chatsOf, type SandboxChat } from "./chats.ts";
import { readHtml } from "./html.ts";
import { isTrue, listIn, objectIn, type Parameters, type ReceivedUpload } from "./parameters.ts";

/** One request of a bot. */
export interface Call {
  readonly world: World;
  readonly bot: Bot;
  readonly given: Parameters;
}

const longestText = 4096;
const longestCaption = 1024;
const mebibyte = 1024 * 1024;

export function chatOf({ world, given }: Pick<Call, "world" | "given">): SandboxChat | null {
  const wanted = String(given.values["chat_id"] ?? "");
  const plain = wanted.replace(/^@/, "").toLowerCase();
  return (
    chatsOf(world.people).find(
      ({ id, username }) => String(id) === wanted || (wanted.startsWith("@") && username === plain),
    ) ?? null
  );
}

/** Why this bot may not write there now; null: it may. */
export function refusedPlace({ world, bot, given }: Call): Response | null {
  if (given.values["chat_id"] === undefined || given.values["chat_id"] === "") return badRequest("chat_id is empty");
  const chat = chatOf({ world, given });
  if (!chat) return badRequest("chat not found");
  if (chat.upgradedTo !== undefined) return upgraded(chat.upgradedTo);
  const member = chat.owner === bot.owner && chat.bot.status !== "left";
  if (!member) return refusal(403, `Forbidden: bot is not a member of the ${chat.type} chat`);
  if (chat.type === "channel" && !chat.bot.can_post_messages) {
    return badRequest("need administrator rights in the channel chat");
  }
  return null;
}

/** Twenty a minute in one chat, as Telegram's questions and answers for bots have it. */
const perChat = { limit: 20, window: minutes(1) };

function refusedNow({ world, given }: Call): Response | null {
  const now = world.clock.now();
  const { exceeded, reset } = world.rateWindows.count(`telegram ${chatOf({ world, given })?.id}`, perChat, now);
  return exceeded ? tooManyRequests(Math.max(1, Math.ceil(reset - now / 1000))) : null;
}

type Read<Value> = { readonly value: Value } | { readonly refusal: Response };

/** A text or a caption, without what marks it up. */
function textIn({ given }: Call, written: unknown, max: number, what: string): Read<string> {
  const source = typeof written === "string" ? written : "";
  const mode = given.values["parse_mode"];
  if (mode !== undefined && mode !== "HTML") return { refusal: badRequest("unsupported parse_mode") };
  const read = mode === "HTML" ? readHtml(source) : { text: source };
  if ("problem" in read) return { refusal: badRequest(`can't parse entities: ${read.problem}`) };
  const text = read.text.trim();
  return text.length > max ? { refusal: badRequest(`${what} is too long`) } : { value: text };
}

function repliedTo(call: Call): Read<string | null> {
  const { given, world } = call;
  const told = given.values["reply_parameters"];
  if (told === undefined) return { value: null };
  const id = objectIn(told)?.["message_id"];
  const chat = chatOf(call);
  const key = `${chat?.id}/${id}`;
  if (!world.posts.find("telegram", key)) return { refusal: badRequest("message to be replied not found") };
  return { value: key };
}

interface Shown {
  readonly text: string;
  readonly media?: readonly PostedMedia[];
  readonly document?: ReceivedUpload;
}

/** As Telegram answers: the message. Each has the next number of its chat. */
function post(call: Call, { text, media = [], document }: Shown, replyTo: string | null): Record<string, unknown> {
  const { world, given } = call;
  const chat = chatOf(call) as SandboxChat;
  const numbers = world.shelves.of<number>("telegram numbers");
  const number = (numbers.get(String(chat.id)) ?? 1) + 1;
  numbers.set(String(chat.id), number);
  const { id, username, title, type } = chat;
  const url = username
    ? `https://t.me/${username}/${number}`
    : `https://t.me/c/${String(id).replace(/^-100/, "")}/${number}`;
  const quiet = isTrue(given.values["disable_notification"]);
  world.posts.add({
    platform: "telegram",
    id: `${id}/${number}`,
    author: chat.owner,
    authorName: title,
    text,
    createdAt: world.clock.now(),
    url,
    replyTo,
    quotes: null,
    poll: null,
    media,
    ...(document
      ? {
          document: {
            id: `${id}/${number}`,
            title: document.name,
            type: document.type ?? "application/octet-stream",
            bytes: document.content.length,
            sha256: document.sha256,
          },
        }
      : {}),
    ...(quiet ? { visibility: "silent" } : {}),
  });
  return {
    message_id: number,
    sender_chat: { id, title, type, ...(username ? { username } : {}) },
    chat: { id, title, type, ...(username ? { username } : {}) },
    date: Math.floor(world.clock.now() / 1000),
    ...(media.length > 0 || document ? { caption: text } : { text }),
  };
}

export function sendMessage(call: Call): Response {
  const place = refusedPlace(call);
  if (place) return place;
  const text = textIn(call, call.given.values["text"], longestText, "message");
  if ("refusal" in text) return text.refusal;
  if (text.value === "") return badRequest("message text is empty");
  const preview = call.given.values["link_preview_options"];
  if (preview !== undefined && !objectIn(preview)) return badRequest("can't parse link preview options JSON object");
  const reply = repliedTo(call);
  if ("refusal" in reply) return reply.refusal;
  return refusedNow(call) ?? ok(post(call, { text: text.value }, reply.value));
}

const kinds = {
  photo: { is: /^image\/(jpeg|png|webp|bmp|gif)$/, bytes: 10 * mebibyte, shown: "picture" },
  animation: { is: /^(image\/gif|video\/mp4)$/, bytes: 50 * mebibyte, shown: "gif" },
  video: { is: /^video\//, bytes: 50 * mebibyte, shown: "video" },
} as const;

export type MediaKind = keyof typeof kinds;

function mediaOf(kind: MediaKind, file: ReceivedUpload | undefined): Read<PostedMedia> {
  if (!file) return { refusal: badRequest(`there is no ${kind} in the request`) };
  const { is, bytes, shown } = kinds[kind];
  const { type, content, sha256 } = file;
  if (content.length > bytes) return { refusal: badRequest(`file is too big`) };
  if (type === null || !is.test(type)) {
    return { refusal: badRequest(kind === "photo" ? "IMAGE_PROCESS_FAILED" : "wrong file type") };
  }
  const aspect = kind === "photo" ? aspectOf(content) : null;
  if (aspect !== null && (aspect > 20 || aspect < 1 / 20)) return { refusal: badRequest("PHOTO_INVALID_DIMENSIONS") };
  const id = sha256.slice(0, 16);
  return { value: { id, kind: shown, type, bytes: content.length, sha256, alt: null, url: null } };
}

export function sendMedia(kind: MediaKind): (call: Call) => Response {
  return (call) => {
    const place = refusedPlace(call);
    if (place) return place;
    const text = textIn(call, call.given.values["caption"], longestCaption, "message caption");
    if ("refusal" in text) return text.refusal;
    const media = mediaOf(kind, call.given.files[kind]);
    if ("refusal" in media) return media.refusal;
    const reply = repliedTo(call);
    if ("refusal" in reply) return reply.refusal;
    return refusedNow(call) ?? ok(post(call, { text: text.value, media: [media.value] }, reply.value));
  };
}

export function sendDocument(call: Call): Response {
  const place = refusedPlace(call);
  if (place) return place;
  const text = textIn(call, call.given.values["caption"], longestCaption, "message caption");
  if ("refusal" in text) return text.refusal;
  const document = call.given.files["document"];
  if (!document) return badRequest("there is no document in the request");
  if (document.content.length > 50 * mebibyte) return badRequest("file is too big");
  const reply = repliedTo(call);
  if ("refusal" in reply) return reply.refusal;
  return refusedNow(call) ?? ok(post(call, { text: text.value, document }, reply.value));
}

/** Each file is a message of its own. */
export function sendMediaGroup(call: Call): Response {
  const place = refusedPlace(call);
  if (place) return place;
  const items = listIn(call.given.values["media"])?.map(objectIn);
  if (!items || items.length < 2 || items.length > 10) {
    return badRequest("there must be from 2 to 10 messages to send in a media group");
  }
  const read: { text: string; media: PostedMedia }[] = [];
  for (const item of items) {
    const kind = String(item?.["type"]);
    if (kind !== "photo" && kind !== "video") return badRequest("wrong type of a media in a media group");
    const [, name = ""] = /^attach:\/\/(.+)$/.exec(String(item?.["media"])) ?? [];
    const media = mediaOf(kind, call.given.files[name]);
    if ("refusal" in media) return media.refusal;
    const values = { ...call.given.values, parse_mode: item?.["parse_mode"] };
    const text = textIn(
      { ...call, given: { ...call.given, values } },
      item?.["caption"],
      longestCaption,
      "message caption",
    );
    if ("refusal" in text) return text.refusal;
    read.push({ text: text.value, media: media.value });
  }
  const reply = repliedTo(call);
  if ("refusal" in reply) return reply.refusal;
  return refusedNow(call) ?? ok(read.map(({ text, media }) => post(call, { text, media: [media] }, reply.value)));
}

/** null where it is not there. */
function removable(call: Call, message: unknown): { readonly key: string; readonly old: boolean } | null {
  const chat = chatOf(call);
  const key = `${chat?.id}/${message}`;
  const found = call.world.posts.find("telegram", key);
  if (!found) return null;
  return { key, old: chat?.type !== "channel" && call.world.clock.now() - found.createdAt > hours(48) };
}

export function deleteMessage(call: Call): Response {
  const place = refusedPlace(call);
  if (place) return place;
  const found = removable(call, call.given.values["message_id"]);
  if (!found) return badRequest("message to delete not found");
  if (found.old) return badRequest("message can't be deleted for everyone");
  call.world.posts.remove("telegram", found.key);
  return ok(true);
}

export function deleteMessages(call: Call): Response {
  const place = refusedPlace(call);
  if (place) return place;
  const ids = listIn(call.given.values["message_ids"]);
  if (!ids || ids.length === 0 || ids.length > 100) return badRequest("message identifiers are not specified");
  for (const id of ids) {
    const found = removable(call, id);
    if (found && !found.old) call.world.posts.remove("telegram", found.key);
  }
  return ok(true);
}
