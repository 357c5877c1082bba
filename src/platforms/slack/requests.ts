/** Slack's Web API: errors come with status 200. https://docs.slack.dev/apis/web-api/ */
import type { Api, FailureRule, PlatformError } from "../platform.ts";

const host = "https://slack.com/api";

/** The secret part of the address stands where the URL has it. */
export const webhook = "https://hooks.slack.com/services/{token}";

type Body = Readonly<Record<string, unknown>>;

/** Asks for something; nothing is changed by it. */
export async function read(api: Api, method: string, query: Readonly<Record<string, string>> = {}): Promise<Body> {
  return ((await api.get(`${host}/${method}`, { query })) ?? {}) as Body;
}

/** The answer with its headers, which name the token's scopes. */
export async function readWithScopes(
  api: Api,
  method: string,
): Promise<{ readonly body: Body; readonly scopes: readonly string[] }> {
  const { body, headers } = await api.call("GET", `${host}/${method}`);
  return { body: (body ?? {}) as Body, scopes: (headers["x-oauth-scopes"] ?? "").split(/\s*,\s*/).filter(Boolean) };
}

export async function act(api: Api, method: string, json: Body): Promise<Body> {
  return ((await api.post(`${host}/${method}`, {
    json,
    headers: { "content-type": "application/json; charset=utf-8" },
  })) ?? {}) as Body;
}

interface ErrorBody {
  readonly ok?: boolean;
  readonly error?: string;
  readonly needed?: string;
  readonly response_metadata?: { readonly messages?: readonly string[] };
}

/** Of a webhook the body is one word and no JSON. */
export function errorOf(body: unknown): PlatformError {
  if (typeof body === "string") return { code: body.trim(), message: body.trim() };
  if (typeof body !== "object" || body === null) return {};
  const { error, needed, response_metadata: more } = body as ErrorBody;
  const about = [...(needed ? [`needs ${needed}`] : []), ...(more?.messages ?? [])];
  return { code: error, message: about.length > 0 ? `${error} (${about.join("; ")})` : error };
}

const statuses: Readonly<Record<string, number>> = {
  invalid_auth: 401,
  not_authed: 401,
  token_revoked: 401,
  token_expired: 401,
  account_inactive: 401,
  ratelimited: 429,
  rate_limited: 429,
  service_unavailable: 503,
  fatal_error: 500,
  internal_error: 500,
};

export function statusOf(status: number, body: unknown): number {
  if (status !== 200 || typeof body !== "object" || body === null) return status;
  const { ok, error = "" } = body as ErrorBody;
  return ok === false ? (statuses[error] ?? 400) : status;
}

const invite = "in Slack, write /invite @BOT in the channel, then run it again (a post: agencyiq posts retry ID)";
const renewed = "make a new one in the app's settings (https://api.slack.com/apps), then: agencyiq connect slack";

const all = (codes: readonly string[], rule: Omit<FailureRule, "code">): FailureRule[] =>
  codes.map((code) => ({ code, ...rule }));

/** https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const failures: readonly FailureRule[] = [
  ...all(["invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"], {
    is: "reauth",
    say: "the token was taken back",
  }),
  ...all(["no_service", "no_active_hooks", "no_team", "invalid_token"], {
    is: "reauth",
    say: "the webhook is gone",
    hint: renewed,
  }),
  { code: "missing_scope", is: "scope", hint: "add the scope to the app, install it anew, and connect again" },
  ...all(["not_in_channel", "channel_not_found"], {
    is: "permission",
    say: "the bot is not in that channel",
    hint: invite,
  }),
  ...all(["is_archived", "channel_is_archived"], { is: "permission", say: "the channel is archived" }),
  ...all(["restricted_action", "no_permission", "action_prohibited"], {
    is: "permission",
    say: "the workspace does not let the app post there",
  }),
  ...all(
    ["msg_too_long", "no_text", "invalid_blocks", "invalid_payload", "too_many_attachments", "invalid_arguments"],
    {
      is: "invalid_content",
    },
  ),
  { code: "thread_not_found", is: "gone", say: "what is answered is not there" },
  ...all(["message_not_found", "file_not_found"], { is: "gone" }),
  { code: "cant_delete_message", is: "permission", say: "a bot takes back only what it wrote" },
  { code: "service_unavailable", is: "transient" },
  // "It's possible some aspect of the operation succeeded before the error was raised."
  ...all(["fatal_error", "internal_error"], { is: "transient", doubtful: true }),
  { status: 429, is: "rate_limited", wait: 30 },
  { status: 404, is: "reauth", say: "the webhook is gone", hint: renewed },
  { status: 403, is: "permission" },
  { status: 400, is: "invalid_content" },
];
