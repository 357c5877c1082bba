/** What Meta's errors say and mean, for Facebook, Instagram and Threads alike. https://developers.facebook.com/docs/graph-api/guides/error-handling */
import type { FailureRule, PlatformError } from "../platform.ts";

interface ErrorBody {
  readonly error?: Readonly<Record<string, unknown>>;
  /** Of the hosts that take files. */
  readonly debug_info?: Readonly<Record<string, unknown>>;
}

/** `{error: {message, type, code, error_subcode, error_user_title, error_user_msg, is_transient}}`, or `{debug_info: {type, message, retriable}}`. */
export function graphErrorOf(body: unknown): PlatformError {
  const { error, debug_info: debug } = (typeof body === "object" && body !== null ? body : {}) as ErrorBody;
  const told = error ?? debug ?? {};
  const number = (value: unknown) => (typeof value === "number" ? value : undefined);
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const message = text(told["message"]);
  const forPeople = text(told["error_user_msg"]);
  return {
    code: number(told["code"]),
    subcode: number(told["error_subcode"]),
    type: text(told["type"]),
    transient: told["is_transient"] === true || told["retriable"] === true,
    // "Invalid parameter" says nothing; what is meant for people says what is wrong.
    message: forPeople && message ? `${message} ${forPeople}` : (message ?? forPeople),
  };
}

/**
 * The rows that mean the same on all of Meta's platforms, in their order: limits before what is transient, since Meta marks
 * them as that too. `before`: the platform's own, which come behind limits and what is transient, and before the general ones.
 */
export function graphFailures(id: string, own: readonly FailureRule[]): readonly FailureRule[] {
  const again = `agencyiq connect ${id}`;
  const login = `log in at https://www.facebook.com and do what it asks, then: ${again}`;
  const app = `compare app id and secret with https://developers.facebook.com/apps, then: agencyiq apps set ${id}`;
  const wait = "too many requests for now";
  return [
    { message: /appsecret_proof/i, is: "app", say: "the app's secret does not belong to this token", hint: app },
    { message: /error validating (application|client secret|verification code)/i, is: "app", hint: app },
    { code: 101, is: "app", say: "Meta does not know the app", hint: app },
    { code: 4, is: "rate_limited", say: `${wait} (the app's limit)` },
    { code: 17, is: "rate_limited", say: `${wait} (the person's limit)` },
    { code: 32, is: "rate_limited", say: `${wait} (the Page's limit)` },
    { code: 613, is: "rate_limited", say: wait },
    { code: [80001, 80014], is: "rate_limited", say: `${wait} (the business's limit)` },
    { transient: true, is: "transient", doubtful: true },
    { code: 1, is: "transient", doubtful: true },
    { code: 2, is: "transient", doubtful: true },
    ...own,
    { code: 190, subcode: 458, is: "reauth", say: "the app's access was taken away", hint: again },
    { code: 190, subcode: 459, is: "reauth", say: "Facebook wants the person to log in there first", hint: login },
    { code: 190, subcode: 460, is: "reauth", say: "the password was changed", hint: again },
    { code: 190, subcode: 463, is: "reauth", say: "the token has expired", hint: again },
    { code: 190, subcode: 464, is: "reauth", say: "the person's Facebook account is not confirmed", hint: login },
    { code: 190, subcode: 467, is: "reauth", say: "the token is not valid any more", hint: again },
    { code: 190, subcode: 490, is: "reauth", say: "Facebook wants a second factor from the person", hint: login },
    { code: 190, subcode: 492, is: "reauth", say: "the person has no role on the Page any more", hint: again },
    { code: 190, is: "reauth" },
    { code: 102, is: "reauth" },
    { code: 104, is: "reauth" },
    { code: 368, is: "permission", say: "blocked for now, by Meta's rules or as spam; it is not tried again" },
    { code: 506, is: "duplicate", say: "the same was posted just before" },
    {
      code: 3,
      is: "permission",
      say: "the app has no such ability",
      hint: "add the use case at https://developers.facebook.com/apps",
    },
    {
      code: 200,
      message: /publish_actions|app review|advanced access/i,
      is: "app",
      say: "the app needs Meta's App Review for this",
      hint: "ask for advanced access at https://developers.facebook.com/apps, or use people with a role on the app",
    },
    { code: [200, 299], is: "permission", say: "the permission was not given", hint: `allow all of it: ${again}` },
    { code: 100, subcode: 33, is: "gone", say: "there is no such thing, or no right to see it" },
    { code: 803, is: "gone", say: "there is no such thing" },
    { code: 100, is: "invalid_content" },
  ];
}
