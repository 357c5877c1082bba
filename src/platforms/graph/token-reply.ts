/** What the token endpoints of Instagram and Threads answer, in the shape of RFC 6749. */

/**
 * `{access_token, user_id, permissions}`, at Instagram also in `{data: […]}`; what has no lifetime lives for an hour. Errors are
 * `{error_type, code, error_message}`, or those of the Graph API.
 */
export function graphTokenReply(body: unknown): unknown {
  const told = record(body);
  if (told === null) return body;
  const [wrapped] = Array.isArray(told["data"]) ? (told["data"] as unknown[]) : [];
  const reply = record(wrapped) ?? told;
  if (typeof reply["access_token"] === "string") return tokens(reply);
  const nested = record(reply["error"]);
  if (nested) return refusal(nested["message"], String(nested["code"]));
  if (reply["error_message"] !== undefined) return refusal(reply["error_message"], String(reply["code"]));
  return reply;
}

function tokens(reply: Readonly<Record<string, unknown>>): unknown {
  const { access_token, token_type = "bearer", expires_in, permissions } = reply;
  const scopes = Array.isArray(permissions)
    ? permissions
    : typeof permissions === "string"
      ? permissions.split(",")
      : [];
  return {
    access_token,
    token_type,
    expires_in: expires_in ?? 3600,
    ...(scopes.length > 0 ? { scope: scopes.join(" ") } : {}),
  };
}

/** By what it says, since one code stands for all that can be wrong with a login. */
function refusal(message: unknown, code: string): unknown {
  const words = typeof message === "string" ? message : "no reason given";
  const error = /client[ _](secret|id)|application/i.test(words)
    ? "invalid_client"
    : /\bcode\b|redirect_uri/i.test(words)
      ? "invalid_grant"
      : code;
  return { error, error_description: words };
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
