/** Slack's bodies: `ok` says how it went, the status hardly ever. https://docs.slack.dev/apis/web-api/ */

const json = { "content-type": "application/json; charset=utf-8" };

export const ok = (body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify({ ok: true, ...body }), { status: 200, headers: { ...json, ...headers } });

export const refused = (error: string, more: Readonly<Record<string, unknown>> = {}, status = 200): Response =>
  new Response(JSON.stringify({ ok: false, error, ...more }), { status, headers: json });

export const tooMany = (seconds: number): Response =>
  new Response(JSON.stringify({ ok: false, error: "ratelimited" }), {
    status: 429,
    headers: { ...json, "retry-after": String(seconds) },
  });

/** A webhook's answers are one word. */
export const word = (status: number, text: string): Response =>
  new Response(text, { status, headers: { "content-type": "text/html" } });

const named = (names: readonly string[], make: (name: string) => Response) =>
  Object.fromEntries(names.map((name) => [name, () => make(name)]));

/** Slack's error table, by names that a fault can be ordered under: those of its API, and behind `webhook-` its webhooks'. */
export const slackErrors: Readonly<Record<string, () => Response>> = {
  ...named(
    [
      "invalid_auth",
      "not_authed",
      "token_revoked",
      "token_expired",
      "account_inactive",
      "channel_not_found",
      "not_in_channel",
      "is_archived",
      "restricted_action",
      "no_permission",
      "msg_too_long",
      "no_text",
      "invalid_blocks",
      "invalid_arguments",
      "thread_not_found",
      "message_not_found",
      "file_not_found",
      "cant_delete_message",
      "service_unavailable",
      "fatal_error",
      "internal_error",
    ],
    (name) => refused(name),
  ),
  missing_scope: () => refused("missing_scope", { needed: "chat:write", provided: "channels:read" }),
  ratelimited: () => tooMany(30),
  "webhook-invalid_payload": () => word(400, "invalid_payload"),
  "webhook-no_text": () => word(400, "no_text"),
  "webhook-too_many_attachments": () => word(400, "too_many_attachments"),
  "webhook-action_prohibited": () => word(403, "action_prohibited"),
  "webhook-invalid_token": () => word(403, "invalid_token"),
  "webhook-channel_not_found": () => word(404, "channel_not_found"),
  "webhook-no_service": () => word(404, "no_service"),
  "webhook-no_active_hooks": () => word(404, "no_active_hooks"),
  "webhook-no_team": () => word(404, "no_team"),
  "webhook-channel_is_archived": () => word(410, "channel_is_archived"),
  "webhook-rollup_error": () => word(500, "rollup_error"),
};

const words: Readonly<Record<number, string>> = { 400: "invalid_payload", 403: "action_prohibited", 404: "no_service" };
const errors: Readonly<Record<number, string>> = { 401: "invalid_auth", 403: "no_permission", 404: "unknown_method" };

export function answerStatus(status: number, path: string, resetAfter = 30): Response {
  if (status === 429) return tooMany(resetAfter);
  if (path.startsWith("/services/")) return word(status, words[status] ?? "rollup_error");
  return refused(errors[status] ?? "internal_error", {}, status);
}
