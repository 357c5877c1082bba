/** The bot, the chat that it posts to, and whether it may. https://core.telegram.org/bots/api#getchatmember */
import { Failure } from "../../domain/failure.ts";
import type { Api, Facts, Identity } from "../platform.ts";
import { type Chat, read, readAny } from "./requests.ts";

interface Bot {
  readonly id: number;
  readonly username?: string;
}

interface Member {
  readonly status: "creator" | "administrator" | "member" | "restricted" | "left" | "kicked";
  readonly can_post_messages?: boolean;
  readonly can_send_messages?: boolean;
}

/** `@acme`, whichever way it was written; an id stays what it is. */
function chatIn(written: string): string {
  const text = written.trim().replace(/^(?:https?:\/\/)?t\.me\//i, "@");
  return /^[@\d-]/.test(text) ? text.replace(/\/$/, "") : `@${text}`;
}

export async function identify(api: Api): Promise<readonly Identity[]> {
  const bot = await read<Bot>(api, "getMe");
  const chat = await read<Chat>(api, "getChat", { chat_id: chatIn(api.facts["chat"] ?? "") });
  const why = await whyNot(api, bot, chat);
  const { username, type } = chat;
  const name = chat.title ?? chat.first_name ?? null;
  return [
    {
      externalId: String(chat.id),
      handle: username ?? handleOf(name) ?? String(chat.id),
      name,
      url: username ? `https://t.me/${username}` : null,
      login: String(bot.id),
      kind: type,
      facts: factsOf(chat),
      ...(why === null ? {} : { unusable: why }),
    },
  ];
}

const factsOf = ({ id, type, username }: Chat): Facts => ({
  chat: String(id),
  type,
  ...(username ? { username } : {}),
});

/** What has no name of its own in addresses: "Acme Bakers" is `acme-bakers`. */
function handleOf(title: string | null): string | null {
  const plain = title?.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase() ?? "";
  return plain.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || null;
}

/** null: it may post. */
async function whyNot(api: Api, { id, username }: Bot, chat: Chat): Promise<string | null> {
  if (chat.type === "private") return null;
  const query = { chat_id: String(chat.id), user_id: String(id) };
  const { ok, result, description } = await readAny(api, "getChatMember", query, [400, 403]);
  const me = username ? `@${username}` : "the bot";
  if (!ok) return `${me} is not in it: add it there (Telegram says "${description ?? "nothing"}")`;
  const { status, can_post_messages: posts, can_send_messages: sends } = result as Member;
  if (status === "creator") return null;
  if (status === "left" || status === "kicked") return `${me} is not in it: add it there`;
  if (chat.type === "channel") {
    if (status === "administrator" && posts) return null;
    return `${me} must be an administrator there who may post messages`;
  }
  const restricted = status === "restricted" ? sends !== true : chat.permissions?.can_send_messages === false;
  return status !== "administrator" && restricted ? `${me} may not write there` : null;
}

/** @throws Failure `not_permitted` where the token lives and the bot may not post */
export async function check(api: Api): Promise<string> {
  const bot = await read<Bot>(api, "getMe");
  const place = await presentPlace(api);
  const chat = await read<Chat>(api, "getChat", { chat_id: place });
  const why = await whyNot(api, bot, chat);
  if (why !== null) {
    throw new Failure("not_permitted", `the token is good, but ${why}`, { hint: "mend that in Telegram's app" });
  }
  return `answers as @${bot.username ?? bot.id}, and may post to ${chat.title ?? chat.username ?? "the chat"}`;
}

export async function presentFacts(api: Api): Promise<Facts> {
  return factsOf(await read<Chat>(api, "getChat", { chat_id: await presentPlace(api) }));
}

/**
 * A group that became a supergroup has another id, which refusals tell, and posts to the old one are refused: so a small
 * group is asked by what changes nothing, the sign that somebody writes.
 */
export async function presentPlace(api: Api): Promise<string> {
  const chat = api.facts["chat"] ?? api.externalId ?? "";
  if (api.facts["type"] !== "group") return chat;
  const { parameters } = await readAny(api, "sendChatAction", { chat_id: chat, action: "typing" }, [400]);
  return String(parameters?.migrate_to_chat_id ?? chat);
}
