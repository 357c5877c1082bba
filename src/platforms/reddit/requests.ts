/** How Reddit's API is asked, and how it answers. https://www.reddit.com/dev/api and https://github.com/reddit-archive/reddit/wiki/API */
import { Failure } from "../../domain/failure.ts";
import { seconds } from "../../domain/time.ts";
import type { Api, ApiRequest, Pace, PlatformError } from "../platform.ts";

const host = "https://oauth.reddit.com";

/** Reddit refuses or slows what does not name itself so: `platform:app id:version (by /u/username)`. */
async function headersFor(api: Api): Promise<Readonly<Record<string, string>>> {
  const { clientId } = await api.app();
  const { username } = api.facts;
  return { "user-agent": `cli:agencyiq.${clientId}:v1${username ? ` (by /u/${username})` : ""}` };
}

export async function read<Answer>(api: Api, path: string, query: Readonly<Record<string, string>> = {}) {
  // Without raw_json Reddit writes & < > as HTML does.
  const request = { query: { ...query, raw_json: "1" }, headers: await headersFor(api), repeatable: true };
  return ((await api.get(`${host}${path}`, request)) ?? {}) as Answer;
}

export async function send<Answer>(api: Api, path: string, request: ApiRequest): Promise<Answer> {
  const whole = { ...request, query: { ...request.query, raw_json: "1" }, headers: await headersFor(api) };
  return ((await api.post(`${host}${path}`, whole)) ?? {}) as Answer;
}

interface Me {
  readonly id?: string;
  readonly name?: string;
  readonly is_suspended?: boolean;
}

export async function whoIsIt(api: Api): Promise<{ id: string; name: string; suspended: boolean }> {
  const { id, name, is_suspended: suspended = false } = await read<Me>(api, "/api/v1/me");
  if (id && name) return { id, name, suspended };
  throw new Failure("platform_fault", "Reddit did not say whose token this is", { hint: "try again" });
}

/** The name at Reddit: an account may be called otherwise here. */
export async function usernameOf(api: Api): Promise<string> {
  return api.facts["username"] ?? (await whoIsIt(api)).name;
}

interface ErrorBody {
  readonly json?: { readonly errors?: readonly (readonly [code: string, message?: string, field?: string])[] | null };
  readonly reason?: string | null;
  readonly explanation?: string;
  readonly message?: string;
  readonly error?: string | number;
  readonly error_description?: string;
}

/** "Take a break for 9 minutes", "try again in 30 seconds": what is told is rounded down. */
function waitIn(words: string | undefined): number | undefined {
  const [, count, unit] = /(\d{1,3}) (millisecond|second|minute|hour)/.exec(words ?? "") ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const each = { millisecond: 0.001, second: 1, minute: 60, hour: 3600 }[unit] ?? 1;
  return Math.ceil(Number(count) * each) + Math.max(each, 1);
}

/** `type`: the same as the code, for families of codes. The upload host's errors are XML. */
export function errorOf(body: unknown): PlatformError {
  if (typeof body === "string") {
    const inTag = (tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(body)?.[1];
    const code = inTag("Code");
    return {
      code,
      type: code,
      message: inTag("Message") ?? (/network security/i.exec(body) ? "blocked by network security" : undefined),
    };
  }
  if (typeof body !== "object" || body === null) return {};
  const { json, reason, explanation, message, error, error_description: description } = body as ErrorBody;
  const [first] = json?.errors ?? [];
  if (first) {
    const [code, words, field] = first;
    return {
      code,
      type: code,
      message: field ? `${words ?? code} (${field})` : (words ?? code),
      retryAfter: waitIn(words),
    };
  }
  const code = reason ?? error;
  return { code, type: typeof code === "string" ? code : undefined, message: explanation ?? description ?? message };
}

/** Errors of what is submitted come with 200. */
export function statusOf(status: number, body: unknown): number {
  if (typeof body !== "object" || body === null) return status;
  const [first] = (body as ErrorBody).json?.errors ?? [];
  if (!first || status >= 400) return status;
  return first[0] === "RATELIMIT" ? 429 : 400;
}

/** `x-ratelimit-remaining` is no whole number; `-reset` counts the seconds to the end of the window. */
export function paceOf(headers: Readonly<Record<string, string>>, now: number): Pace | null {
  const remaining = Number.parseFloat(headers["x-ratelimit-remaining"] ?? "");
  const reset = Number.parseFloat(headers["x-ratelimit-reset"] ?? "");
  if (!(remaining < 1 && reset > 0)) return null;
  return { until: now + seconds(Math.ceil(reset)), why: "the app's requests of this window are used up" };
}
