/** Discord's API, by a webhook's address or a bot's token. https://docs.discord.com/developers/reference */
import type { Api, ApiRequest, FailureRule, PlatformError } from "../platform.ts";

export const host = "https://discord.com/api/v10";

/** Its id and its token stand where the URL has them: nothing else is the right to post by it. */
export const webhook = `${host}/webhooks/{token}`;

/**
 * What stands before the API may turn others away. https://docs.discord.com/developers/reference#user-agent
 * It wants an address and a version; agencyiq has no home page, so that the address is one that can be nobody's (RFC 2606).
 */
const userAgent = "DiscordBot (https://agencyiq.example, 1.0)";

const named = ({ headers, ...request }: ApiRequest = {}): ApiRequest => ({
  ...request,
  headers: { "user-agent": userAgent, ...headers },
});

export const read = (api: Api, url: string): Promise<unknown> => api.get(url, named());

export const write = (api: Api, url: string, request: ApiRequest): Promise<unknown> => api.post(url, named(request));

export const remove = (api: Api, url: string): Promise<unknown> => api.delete(url, named());

interface ErrorBody {
  readonly code?: number;
  readonly message?: string;
  readonly errors?: unknown;
  readonly retry_after?: number;
  readonly error?: string;
  readonly error_description?: string;
}

/** `errors` is a tree of the body's names, with `_errors` at its leaves. */
export function errorOf(body: unknown): PlatformError {
  if (typeof body !== "object" || body === null) return {};
  const { code, message, errors, retry_after: retryAfter, error, error_description: description } = body as ErrorBody;
  const leaves = errors === undefined ? [] : leavesOf(errors, "");
  return {
    code: code ?? error,
    message: leaves.length > 0 ? `${message}: ${leaves.join("; ")}` : (message ?? description),
    retryAfter: retryAfter === undefined ? undefined : Math.ceil(retryAfter),
  };
}

function leavesOf(errors: unknown, at: string): string[] {
  if (typeof errors !== "object" || errors === null) return [];
  return Object.entries(errors).flatMap(([name, value]) => {
    if (name !== "_errors") return leavesOf(value, at === "" ? name : `${at}.${name}`);
    return (value as readonly { message?: string }[]).map(({ message }) => `${at}: ${message ?? "refused"}`);
  });
}

const anew = "make a new one in the channel's settings (Integrations), then: agencyiq connect discord";
const roles = "give the bot's role View Channel, Send Messages, Embed Links and Attach Files there";
const threads = "name a new thread with --option discord.thread-name=…, or one that is there with discord.thread-id";

const all = (codes: readonly number[], rule: Omit<FailureRule, "code">): FailureRule[] =>
  codes.map((code) => ({ code, ...rule }));

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
export const failures: readonly FailureRule[] = [
  // Asking again and again for a webhook that is gone is held against whoever asks.
  ...all([10015, 50027], { is: "reauth", say: "the webhook is gone", hint: anew }),
  ...all([40001, 50014, 50025], { is: "reauth", say: "the token was taken back" }),
  { code: 40333, is: "app", say: "what stands before Discord did not let the request through" },
  { code: 50026, is: "scope" },
  ...all([50001, 50013, 160002], { is: "permission", say: "the bot may not do that in this channel", hint: roles }),
  ...all([10003, 10004], { is: "permission", say: "there is no such channel, or the bot is not in its server" }),
  ...all([200000, 200001], { is: "invalid_content", say: "AutoMod of the server did not let it through" }),
  { code: 240000, is: "invalid_content", say: "Discord takes a link in it for harmful" },
  ...all([220001, 220002, 220003], {
    is: "invalid_content",
    say: "what is posted there begins or joins a thread",
    hint: threads,
  }),
  { code: 50083, is: "invalid_content", say: "the thread is archived", hint: threads },
  ...all([50006, 50035, 50045, 40005, 50046, 50109], { is: "invalid_content" }),
  ...all([20016, 20028, 40062], { is: "rate_limited", wait: 60 }),
  { code: 130000, is: "transient", wait: 60 },
  { code: 10008, is: "gone", say: "there is no such message" },
  { status: 429, is: "rate_limited", wait: 30 },
  { status: 401, is: "reauth" },
  { status: 403, is: "permission" },
  { status: 404, is: "gone" },
  { status: 400, is: "invalid_content" },
];

interface Pace {
  readonly until: number;
  readonly why: string;
}

/** Each route has a bucket of its own; what is used up is back within seconds. https://docs.discord.com/developers/topics/rate-limits */
export function paceOf(headers: Readonly<Record<string, string>>, now: number): Pace | null {
  const remaining = headers["x-ratelimit-remaining"];
  const after = Number(headers["x-ratelimit-reset-after"]);
  if (remaining !== "0" || !Number.isFinite(after) || after <= 0) return null;
  return { until: now + Math.ceil(after * 1000), why: "the requests that it allows at once are used up" };
}
