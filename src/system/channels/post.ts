import type { SendOutcome } from "../../domain/dispatch.ts";
import { type Http, HttpFailure, type HttpResponse, textOf } from "../../domain/ports/http.ts";
import { retryAfterSeconds } from "../../domain/retry-after.ts";
import { type Instant, seconds } from "../../domain/time.ts";

const limit = seconds(15);
/** Of what a server says, so much is told. */
const longestReason = 120;
/** Not about this message: nothing gets through. */
const busy = new Set([429, 502, 503, 504]);

/** One POST of JSON, over a connection of its own, and what its answer means. */
export async function post(
  http: Http,
  request: {
    readonly url: string;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly now: Instant;
    readonly signal: AbortSignal;
  },
): Promise<SendOutcome> {
  const { url, body, headers, now, signal } = request;
  try {
    const response = await http.send({
      method: "POST",
      url,
      headers: { "content-type": "application/json", ...headers },
      body,
      timeout: limit,
      fresh: true,
      signal,
    });
    return outcomeOf(response, now);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return { kind: "unreachable", message: error.message };
  }
}

function outcomeOf(response: HttpResponse, now: Instant): SendOutcome {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return { kind: "sent" };
  const said = textOf(response).replace(/\s+/g, " ").trim();
  const reason = said.length > longestReason ? `${said.slice(0, longestReason)}…` : said;
  const message = `it answered ${status}${reason === "" ? "" : ` (${reason})`}`;
  if (!busy.has(status)) return { kind: "refused", message };
  const wait = retryAfterSeconds(headers, now);
  return { kind: "unreachable", message, wait: wait === null ? null : seconds(wait) };
}
