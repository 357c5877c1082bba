/** Meta's token endpoints answer in the words of the Graph; here they are put into those of RFC 6749. */
import { graphErrorOf } from "./failures.ts";

/** Subcodes of a code that has expired, was used, or belongs to another redirect URI. */
const codeRefused: readonly unknown[] = [36007, 36008, 36009];

/** Limits, as in the failure table. */
const limits: readonly unknown[] = [4, 17, 32, 613];

/** Tokens as they are; `{error: {…}}` as `{error, error_description}`. */
export function graphTokenReply(body: unknown): unknown {
  const { code, subcode, message, transient } = graphErrorOf(body);
  if (code === undefined) return body;
  return { error: errorName(), ...(message === undefined ? {} : { error_description: message }) };

  function errorName(): string {
    if (code === 101 || /error validating (application|client secret)/i.test(message ?? "")) return "invalid_client";
    if (limits.includes(code)) return "slow_down";
    if (transient || code === 1 || code === 2) return "server_error";
    if (code === 190 || code === 102 || codeRefused.includes(subcode)) return "invalid_grant";
    return String(code);
  }
}
