/** A message as Telegram takes it: one request, whatever it carries. https://core.telegram.org/bots/api#sendmessage */
import { fileName } from "../../domain/checking/words.ts";
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { PostOption } from "../../domain/post-option.ts";
import type { Api, FileSlice, Message, Published } from "../platform.ts";
import { act, type Chat, type Parameters } from "./requests.ts";

export const longestText = 4096;
export const longestCaption = 1024;
export const largestAlbum = 10;

export const options: readonly PostOption[] = [
  { name: "silent", say: "arrives without a sound", takes: "flag" },
  { name: "protect", say: "cannot be forwarded or saved", takes: "flag" },
  { name: "link-preview", say: "whether the first link of a text is shown large below it", takes: "flag" },
  { name: "html", say: "the text is Telegram's HTML (<b>, <i>, <a href>, …)", takes: "flag" },
  { name: "caption-above", say: "the text stands above the pictures or the video", takes: "flag" },
  { name: "spoiler", say: "pictures and video are covered until somebody taps them", takes: "flag" },
  { name: "topic", say: "the number of a topic of the group", takes: "number" },
];

export function problemsOf({ text, images, video, document, replyTo }: Message): readonly string[] {
  const files = images.length + (video ? 1 : 0) + (document ? 1 : 0);
  const over = files > 0 ? text.length - longestCaption : 0;
  return [
    ...(over > 0
      ? [`the text has ${text.length} UTF-16 units, ${over} more than Telegram allows beside files (${longestCaption})`]
      : []),
    ...(video && files > largestAlbum
      ? [`${files} pictures and videos, Telegram takes at most ${largestAlbum} together`]
      : []),
    ...(replyTo !== null && messageIdIn(replyTo) === null ? [`"${replyTo}" names no message on Telegram`] : []),
  ];
}

/** Of `12`, of an album's `12,13`, of a small group's `-45/12`, of `https://t.me/acme/12` and of `https://t.me/c/123/4/12`. */
function messageIdIn(reference: string): number | null {
  const [, id] = /^(?:https:\/\/t\.me\/(?:[^?#]+\/)+|-\d+\/)?(\d+)(?:,\d+)*(?:\?.*)?$/.exec(reference.trim()) ?? [];
  return id === undefined ? null : Number(id);
}

interface Sent {
  readonly message_id: number;
  readonly chat: Chat;
}

/** `chat`: where it goes. */
export async function send(api: Api, message: Message, chat: string): Promise<Published> {
  const { images, video, document } = message;
  const files = [...images, ...(video ? [video] : [])];
  const common = commonParameters(message, chat);
  const [first, ...more] = files;
  if (document)
    return published(await act<Sent>(api, "sendDocument", ...(await one(api, message, document, "document", common))));
  if (!first)
    return published(
      await act<Sent>(api, "sendMessage", { ...common, ...words(message, "text"), ...preview(message) }),
    );
  if (more.length > 0) return sendAlbum(api, message, files, common);
  const { kind, method } = kindOf(await api.open(first));
  return published(await act<Sent>(api, method, ...(await one(api, message, first, kind, common))));
}

function commonParameters({ options, replyTo }: Message, chat: string): Parameters {
  return {
    chat_id: chat,
    disable_notification: options["silent"],
    protect_content: options["protect"],
    message_thread_id: options["topic"],
    reply_parameters: replyTo === null ? undefined : { message_id: messageIdIn(replyTo) },
  };
}

/** `name`: what the method calls its text. */
function words({ text, options }: Message, name: "text" | "caption"): Parameters {
  if (text === "") return {};
  return { [name]: text, parse_mode: options["html"] ? "HTML" : undefined };
}

function preview({ options }: Message): Parameters {
  const shown = options["link-preview"];
  return shown === undefined
    ? {}
    : { link_preview_options: shown ? { prefer_large_media: true } : { is_disabled: true } };
}

const kinds = {
  photo: { kind: "photo", method: "sendPhoto" },
  animation: { kind: "animation", method: "sendAnimation" },
  video: { kind: "video", method: "sendVideo" },
} as const;

type Kind = keyof typeof kinds | "document";

function kindOf({ type, moving }: MediaSource): (typeof kinds)[keyof typeof kinds] {
  if (type.startsWith("video/")) return kinds.video;
  return type === "image/gif" && moving ? kinds.animation : kinds.photo;
}

function whole(source: MediaSource, name: string): FileSlice {
  return { source, start: 0, end: source.size, name };
}

async function one(
  api: Api,
  message: Message,
  file: MediaFile,
  kind: Kind,
  common: Parameters,
): Promise<[Parameters, Record<string, FileSlice>]> {
  const source = await api.open(file);
  const parameters = { ...common, ...words(message, "caption"), ...shownAs(message, source, kind) };
  return [parameters, { [kind]: whole(source, nameOf(source, file, kind)) }];
}

/** Of a document people see the name that it has; of the rest they see the content. */
function nameOf({ type }: MediaSource, { file }: MediaFile, kind: Kind): string {
  return kind === "document" ? fileName(file) : `${kind}.${type.slice(type.indexOf("/") + 1)}`;
}

function shownAs({ options }: Message, { width, height, seconds }: MediaSource, kind: Kind): Parameters {
  if (kind === "document") return {};
  const above = { show_caption_above_media: options["caption-above"], has_spoiler: options["spoiler"] };
  if (kind !== "video") return above;
  return {
    ...above,
    supports_streaming: true,
    width: width ?? undefined,
    height: height ?? undefined,
    duration: seconds === null ? undefined : Math.round(seconds),
  };
}

/** Its text is that of the first file. https://core.telegram.org/bots/api#sendmediagroup */
async function sendAlbum(
  api: Api,
  message: Message,
  files: readonly MediaFile[],
  common: Parameters,
): Promise<Published> {
  const parts = await Promise.all(
    files.map(async (file, index) => {
      const source = await api.open(file);
      const { kind } = kindOf(source);
      const name = `file${index}`;
      const described = { type: kind, media: `attach://${name}`, ...shownAs(message, source, kind) };
      return {
        media: index === 0 ? { ...described, ...words(message, "caption") } : described,
        file: [name, whole(source, nameOf(source, file, kind))] as const,
      };
    }),
  );
  const parameters = { ...common, media: parts.map(({ media }) => media) };
  const sent = await act<readonly Sent[]>(
    api,
    "sendMediaGroup",
    parameters,
    Object.fromEntries(parts.map(({ file }) => file)),
  );
  return published(...sent);
}

/**
 * An album is several messages, and its address that of the first. A small group is named with them: once it is a supergroup, the
 * same numbers are other messages'.
 */
function published(...sent: readonly Sent[]): Published {
  const [first] = sent;
  if (!first?.chat) throw new Failure("delivery_unknown", "Telegram did not name the message");
  const ids = sent.map(({ message_id: id }) => id).join(",");
  const remoteId = first.chat.type === "group" ? `${first.chat.id}/${ids}` : ids;
  return { remoteId, url: urlOf(first.chat, first.message_id) };
}

/** https://core.telegram.org/api/links#message-links; messages of small groups have none, but their chat has one. */
function urlOf({ id, username, type }: Chat, message: number): string {
  if (username) return `https://t.me/${username}/${message}`;
  if (type === "channel" || type === "supergroup")
    return `https://t.me/c/${String(id).replace(/^-100/, "")}/${message}`;
  return `https://web.telegram.org/a/#${id}`;
}

/** What is gone already is skipped where there are several, and refused by that name where there is one. */
export async function remove(api: Api, remoteId: string, chatNow: string): Promise<void> {
  const [list = "", chat = chatNow] = remoteId.split("/").reverse();
  const ids = list.split(",").map(Number);
  if (ids.length > 1) {
    await act(api, "deleteMessages", { chat_id: chat, message_ids: ids });
    return;
  }
  try {
    await act(api, "deleteMessage", { chat_id: chat, message_id: ids[0] });
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}
