/** Telegram's Bot API: one address a bot, one method a request. https://core.telegram.org/bots/api#making-requests */
import type { Api, ApiRequest, FailureRule, FileSlice, PlatformError } from "../platform.ts";

const host = "https://api.telegram.org";

/** The bot's token is part of every address. */
const addressOf = (method: string): string => `${host}/bot{token}/${method}`;

export interface Chat {
  readonly id: number | string;
  readonly type: "private" | "group" | "supergroup" | "channel";
  readonly title?: string;
  readonly username?: string;
  readonly first_name?: string;
  readonly permissions?: { readonly can_send_messages?: boolean };
}

/** Asks for something; nothing is changed by it. */
export async function read<Result>(
  api: Api,
  method: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const { result } = (await api.get(addressOf(method), { query })) as { result: Result };
  return result;
}

/** The answer itself, also a refusal with one of these statuses. */
export async function readAny(
  api: Api,
  method: string,
  query: Readonly<Record<string, string>>,
  accepts: readonly number[],
): Promise<Refusable> {
  return ((await api.call("GET", addressOf(method), { query, accepts })).body ?? {}) as Refusable;
}

interface Refusable {
  readonly ok?: boolean;
  readonly result?: unknown;
  readonly description?: string;
  readonly parameters?: { readonly migrate_to_chat_id?: number | string; readonly retry_after?: number };
}

export type Parameters = Readonly<Record<string, unknown>>;

/** Does something: as JSON, or with files as multipart, where what is no text is written as JSON. */
export async function act<Result>(
  api: Api,
  method: string,
  parameters: Parameters,
  files: Readonly<Record<string, FileSlice>> = {},
): Promise<Result> {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const texts = given.map(
    ([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  const request: ApiRequest =
    Object.keys(files).length === 0
      ? { json: Object.fromEntries(given) }
      : { multipart: { ...Object.fromEntries(texts), ...files } };
  const { result } = (await api.post(addressOf(method), request)) as { result: Result };
  return result;
}

/** https://core.telegram.org/bots/api#responseparameters */
export function errorOf(body: unknown): PlatformError {
  if (typeof body !== "object" || body === null) return {};
  const { error_code: code, description, parameters } = body as Refusable & { readonly error_code?: number };
  return { code, message: description, retryAfter: parameters?.retry_after };
}

const letItPost =
  "in Telegram, make the bot an administrator of the chat who may post messages, then run it again (a post: agencyiq posts retry ID)";

/** By the words, since nearly all of it is 400: https://github.com/tdlib/telegram-bot-api has them. */
export const failures: readonly FailureRule[] = [
  { status: 401, is: "reauth", say: "the bot's token was taken back" },
  { status: 404, is: "reauth", say: "there is no bot with such a token" },
  { status: 429, is: "rate_limited" },
  {
    status: 400,
    message: /chat not found|CHANNEL_PRIVATE/i,
    is: "permission",
    say: "the bot knows no such chat: it must have been added to it",
    hint: letItPost,
  },
  {
    status: 400,
    message: /upgraded to a supergroup/i,
    is: "permission",
    say: "the group has a new id",
    hint: "connect it again with that: agencyiq connect telegram",
  },
  {
    status: 400,
    message: /rights|CHAT_WRITE_FORBIDDEN|CHAT_ADMIN_REQUIRED|CHAT_RESTRICTED/i,
    is: "permission",
    say: "the bot may not post there",
    hint: letItPost,
  },
  { status: 400, message: /message to delete not found/i, is: "gone" },
  {
    status: 400,
    message: /message can't be deleted/i,
    is: "permission",
    say: "a bot takes back only what is younger than 48 hours, unless it may delete messages in the chat",
  },
  { status: 400, is: "invalid_content" },
  { status: 413, is: "invalid_content", say: "it is too large" },
  { status: 403, is: "permission", say: "the bot is not in that chat any more", hint: letItPost },
];
