/** Discord's bodies: a number and words. https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */

const headers = { "content-type": "application/json" };

export const json = (body: unknown, more: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status: 200, headers: { ...headers, ...more } });

const refusal = (status: number, code: number, message: string, errors?: unknown): Response =>
  new Response(JSON.stringify({ message, code, ...(errors === undefined ? {} : { errors }) }), { status, headers });

/** One thing that is wrong with the body, at its place. */
export function invalidForm(path: string, code: string, message: string): Response {
  const leaf = { _errors: [{ code, message }] };
  const errors = path.split(".").reduceRight<object>((inner, name) => ({ [name]: inner }), leaf);
  return refusal(400, 50035, "Invalid Form Body", errors);
}

export function limited(seconds: number, global = false): Response {
  const body = { message: "You are being rate limited.", retry_after: seconds, global };
  return new Response(JSON.stringify(body), {
    status: 429,
    headers: { ...headers, "retry-after": String(Math.ceil(seconds)), "x-ratelimit-scope": global ? "global" : "user" },
  });
}

const table: readonly (readonly [name: string, status: number, code: number, message: string])[] = [
  ["unauthorized", 401, 0, "401: Unauthorized"],
  ["unauthorized-user", 401, 40001, "Unauthorized. Provide a valid token and try again"],
  ["invalid-token", 401, 50014, "Invalid authentication token provided"],
  ["invalid-oauth2-token", 401, 50025, "Invalid OAuth2 access token provided"],
  ["unknown-webhook", 404, 10015, "Unknown Webhook"],
  ["invalid-webhook-token", 401, 50027, "Invalid Webhook Token"],
  ["cloudflare", 403, 40333, "internal network error"],
  ["missing-scope", 403, 50026, "Missing required OAuth2 scope"],
  ["missing-access", 403, 50001, "Missing Access"],
  ["missing-permissions", 403, 50013, "Missing Permissions"],
  ["no-history", 400, 160002, "You cannot reply without permission to read message history"],
  ["unknown-channel", 404, 10003, "Unknown Channel"],
  ["unknown-guild", 404, 10004, "Unknown Guild"],
  ["unknown-message", 404, 10008, "Unknown Message"],
  ["automod", 400, 200000, "Message was blocked by automatic moderation"],
  ["automod-title", 400, 200001, "Title was blocked by automatic moderation"],
  ["harmful-link", 400, 240000, "Message blocked by harmful links filter"],
  ["forum-thread", 400, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id"],
  ["forum-both", 400, 220002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"],
  ["forum-only", 400, 220003, "Webhooks can only create threads in forum channels"],
  ["archived", 400, 50083, "Thread is archived"],
  ["empty", 400, 50006, "Cannot send an empty message"],
  ["file-too-large", 400, 50045, "File uploaded exceeds the maximum size"],
  ["request-too-large", 413, 40005, "Request entity too large"],
  ["invalid-file", 400, 50046, "Invalid file uploaded"],
  ["invalid-json", 400, 50109, "The request body contains invalid JSON."],
  ["slowmode", 400, 20016, "This action cannot be performed due to slowmode rate limit"],
  ["write-limit", 429, 20028, "The channel you are writing has hit the write rate limit"],
  ["resource-limited", 429, 40062, "Service resource is being rate limited"],
  ["overloaded", 503, 130000, "API resource is currently overloaded. Try again a little later"],
  ["internal-error", 500, 0, "500: Internal Server Error"],
];

/** Discord's error table, by names that a fault can be ordered under. */
export const discordErrors: Readonly<Record<string, () => Response>> = {
  ...Object.fromEntries(table.map(([name, status, code, message]) => [name, () => refusal(status, code, message)])),
  "invalid-form": () => invalidForm("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length."),
  "rate-limited": () => limited(64.57),
};

/** @throws TypeError for a name that is none */
export function discordError(name: string): Response {
  const make = discordErrors[name];
  if (!make) throw new TypeError(`Discord has no error ${name}`);
  return make();
}

const usual: Readonly<Record<number, string>> = {
  401: "unauthorized",
  403: "missing-permissions",
  404: "unknown-channel",
  500: "internal-error",
};

export function answerStatus(status: number, path: string, resetAfter = 5): Response {
  if (status === 429) return limited(resetAfter);
  if (path.includes("/oauth2/token") && status < 500) {
    return new Response(JSON.stringify({ error: "invalid_request" }), { status, headers });
  }
  const name = usual[status];
  return name ? discordError(name) : refusal(status, 0, `${status}: Sandbox`);
}
