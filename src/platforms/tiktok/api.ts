/** How TikTok's API is asked. https://developers.tiktok.com/doc/tiktok-api-v2-introduction */
import type { Api } from "../platform.ts";

export const host = "https://open.tiktokapis.com";

export interface ApiBody {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly error?: string | { readonly code?: string; readonly message?: string };
}

/** What its documentation wants of every JSON request, the charset too. */
const headers = { "content-type": "application/json; charset=UTF-8" };

interface Asking {
  readonly json?: unknown;
  /** Nothing is public by it. */
  readonly repeatable?: boolean;
}

/** The `data` of the answer. */
export async function ask(api: Api, path: string, { json = {}, repeatable = false }: Asking = {}) {
  const answer = (await api.post(`${host}${path}`, { json, headers, repeatable })) as ApiBody | undefined;
  return answer?.data ?? {};
}

/** Statuses of errors whose own one is another: many come with 200, and a scope that is missing with that of a dead token. */
const statuses: Readonly<Record<string, number>> = {
  access_token_invalid: 401,
  scope_not_authorized: 403,
  rate_limit_exceeded: 429,
  internal_error: 500,
};

/** `error.code` is "ok" where all is well. https://developers.tiktok.com/doc/tiktok-api-v2-error-handling */
export function statusOf(status: number, body: unknown): number {
  if (typeof body !== "object" || body === null) return status;
  const { error } = body as ApiBody;
  const code = typeof error === "object" ? error?.code : error;
  if (code === undefined || code === "" || code === "ok") return status;
  return statuses[code] ?? Math.max(status, 400);
}

/** Of a person; null: the name is not known. */
export function profileUrl(username: string | null): string {
  return username === null ? "https://www.tiktok.com" : `https://www.tiktok.com/@${username}`;
}
