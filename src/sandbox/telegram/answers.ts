/** Telegram's bodies. The words of its refusals are those of https://github.com/tdlib/telegram-bot-api */

const headers = { "content-type": "application/json" };

export const ok = (result: unknown): Response =>
  new Response(JSON.stringify({ ok: true, result }), { status: 200, headers });

type Parameters = Readonly<Record<string, number>>;

export function refusal(error_code: number, description: string, parameters?: Parameters): Response {
  const body = { ok: false, error_code, description, ...(parameters ? { parameters } : {}) };
  return new Response(JSON.stringify(body), { status: error_code, headers });
}

export const badRequest = (what: string, parameters?: Parameters): Response =>
  refusal(400, `Bad Request: ${what}`, parameters);

export const tooManyRequests = (seconds: number): Response =>
  refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });

/** Told to whoever writes to a group under its old id. */
export const upgraded = (id: number): Response =>
  badRequest("group chat was upgraded to a supergroup chat", { migrate_to_chat_id: id });

/** Telegram's error table, by names that a fault can be ordered under. */
export const telegramErrors: Readonly<Record<string, () => Response>> = {
  unauthorized: () => refusal(401, "Unauthorized"),
  "no-such-bot": () => refusal(404, "Not Found"),
  "chat-not-found": () => badRequest("chat not found"),
  "channel-private": () => badRequest("CHANNEL_PRIVATE"),
  kicked: () => refusal(403, "Forbidden: bot was kicked from the channel chat"),
  "not-a-member": () => refusal(403, "Forbidden: bot is not a member of the channel chat"),
  "no-rights": () => badRequest("not enough rights to send text messages to the chat"),
  "need-administrator": () => badRequest("need administrator rights in the channel chat"),
  "write-forbidden": () => badRequest("CHAT_WRITE_FORBIDDEN"),
  upgraded: () => upgraded(-1_001_000_000_009),
  "text-too-long": () => badRequest("message is too long"),
  "caption-too-long": () => badRequest("message caption is too long"),
  "text-empty": () => badRequest("message text is empty"),
  entities: () => badRequest(`can't parse entities: Unsupported start tag "x" at byte offset 0`),
  "photo-dimensions": () => badRequest("PHOTO_INVALID_DIMENSIONS"),
  "no-reply-target": () => badRequest("message to be replied not found"),
  "nothing-to-delete": () => badRequest("message to delete not found"),
  "not-deletable": () => badRequest("message can't be deleted"),
  "too-large": () => refusal(413, "Request Entity Too Large"),
  "too-many-requests": () => tooManyRequests(14),
  "internal-error": () => refusal(500, "Internal Server Error"),
};

const usual: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden: bot was kicked from the channel chat",
  404: "Not Found",
  500: "Internal Server Error",
  502: "Bad Gateway",
};

export function answerStatus(status: number, resetAfter = 5): Response {
  if (status === 429) return tooManyRequests(resetAfter);
  return refusal(status, usual[status] ?? `Bad Request: HTTP ${status}`);
}
