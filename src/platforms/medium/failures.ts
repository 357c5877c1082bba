/** What Medium refuses: `{"errors":[{"message","code"}]}`. https://github.com/Medium/medium-api-docs#4-errors */
import type { FailureRule, PlatformError } from "../platform.ts";

/** The way that everybody has. */
export const byHand =
  "agencyiq posts export writes a story as a page to paste into https://medium.com/new-story; what is on the web already is taken by https://medium.com/p/import";

/** What is counted by the day passes some time within it. */
const quarterOfDay = 6 * 3600;

export const failures: readonly FailureRule[] = [
  {
    status: 401,
    is: "reauth",
    say: "the integration token is not known any more, and Medium gives no new ones",
    hint: byHand,
  },
  {
    status: 403,
    type: "page",
    is: "permission",
    say: "what stands before Medium took this for a bot: the token is not to blame",
    hint: "try from another network",
  },
  {
    status: 403,
    is: "permission",
    hint: "writers of a publication may hand in drafts alone (--visibility draft), and only its members may",
  },
  { status: 404, is: "gone" },
  { status: 400, is: "invalid_content" },
  // Of what stands before it, too: the story may be there, and nothing can be looked up.
  { status: 503, is: "transient", doubtful: true },
  {
    status: 429,
    is: "rate_limited",
    say: "Medium takes no more stories from the account for today",
    wait: quarterOfDay,
  },
];

export function errorOf(body: unknown): PlatformError {
  if (typeof body === "string") return { type: "page" };
  const { errors = [] } = (body ?? {}) as { errors?: readonly { message?: string; code?: number }[] };
  return { code: errors[0]?.code, message: errors[0]?.message };
}
