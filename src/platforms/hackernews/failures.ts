/** Hacker News tells everything in pages, with status 200. What they say is what counts. */
import type { FailureRule, PlatformError } from "../platform.ts";

const reconnect =
  "sign in at https://news.ycombinator.com, copy the cookie again: agencyiq connect hackernews --credential session";

/** Seconds. */
const minute = 60;

export const failures: readonly FailureRule[] = [
  { status: 401, is: "reauth", say: "the session is over", hint: reconnect },
  {
    message: /validation required/i,
    is: "permission",
    say: "Hacker News wants to see a person (a captcha)",
    hint: "submit it in the browser: leave --option hackernews.submit=form out",
  },
  {
    message: /too fast|slow down/i,
    is: "permission",
    say: "Hacker News takes no more submissions from the account for now",
    hint: "wait for some hours; it is not tried again by itself",
  },
  { message: /stop spamming/i, is: "permission", say: "Hacker News has banned the site or the account" },
  { message: /unknown or expired link/i, is: "gone", say: "the form was too old" },
  { message: /not able to serve your requests/i, is: "rate_limited", wait: 2 * minute },
  { status: 429, is: "rate_limited", wait: 2 * minute },
  { status: 422, is: "invalid_content" },
  { status: 403, is: "permission", hint: "Hacker News may have blocked this network" },
];

/** Orange words above the form: why it was not taken. */
const refusal = /<font color="#ff6600">([^<]+)<\/font>/i;

const meanings: readonly (readonly [RegExp, number])[] = [
  [/you have to be logged in|please log in|bad login/i, 401],
  [/not able to serve your requests/i, 429],
  [/validation required|stop spamming|(submitting|posting) too fast|unknown or expired link/i, 403],
  [refusal, 422],
];

/** The status that a page should have had. */
export function statusOf(status: number, body: unknown): number {
  if (status !== 200 || typeof body !== "string") return status;
  return meanings.find(([words]) => words.test(body))?.[1] ?? status;
}

export function errorOf(body: unknown): PlatformError {
  if (typeof body !== "string") return {};
  const plain = body
    .replace(/<(title|style|script)\b.*?<\/\1>/gis, " ")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return { message: refusal.exec(body)?.[1] ?? plain.slice(0, 120) };
}
