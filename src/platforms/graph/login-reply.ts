/** What Instagram Login and Threads answer to a code, in the shape of RFC 6749. */
import { graphTokenReply } from "./token-reply.ts";

/**
 * `{access_token, user_id, permissions}`, at Instagram also in `{data: […]}`; what has no lifetime lives for an hour. Errors are
 * `{error_type, code, error_message}`, or those of the Graph.
 */
export function loginTokenReply(body: unknown): unknown {
  const told = record(body);
  if (told === null) return body;
  const [wrapped] = Array.isArray(told["data"]) ? (told["data"] as unknown[]) : [];
  const reply = record(wrapped) ?? told;
  if (typeof reply["access_token"] === "string") return tokens(reply);
  if (typeof reply["error_message"] === "string") return refusal(reply["error_message"], String(reply["code"]));
  return graphTokenReply(reply);
}

function tokens(reply: Readonly<Record<string, unknown>>): unknown {
  const { access_token, token_type = "bearer", expires_in = 3600, permissions } = reply;
  const scopes = typeof permissions === "string" ? permissions.split(",") : permissions;
  const told = Array.isArray(scopes) && scopes.length > 0 ? { scope: scopes.join(" ") } : {};
  return { access_token, token_type, expires_in, ...told };
}

/** By what it says, since one code stands for all that can be wrong with a login. */
function refusal(error_description: string, code: string): unknown {
  const isApp = /client[ _](secret|id)|platform app/i.test(error_description);
  const isCode = /\bcode\b|redirect_uri/i.test(error_description);
  return { error: isApp ? "invalid_client" : isCode ? "invalid_grant" : code, error_description };
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
