import * as oauth from "oauth4webapi";
import { authorizationFailure } from "./failures.ts";
import type { Party } from "./party.ts";

export type TokenTypeHint = "refresh_token" | "access_token";

/** Whether the server can revoke at all. */
export function canRevoke(party: Party): boolean {
  return party.server.revocation_endpoint !== undefined;
}

/**
 * RFC 7009: 200 also for tokens the server does not know. Google says `invalid_token` of those, and its first answer ends them
 * all. @throws Failure when the token may still exist
 */
export async function revokeToken(party: Party, token: string, hint: TokenTypeHint): Promise<void> {
  const { server, client, authentication, options } = party;
  try {
    const response = await oauth.revocationRequest(server, client, authentication, token, {
      ...options,
      additionalParameters: { token_type_hint: hint },
    });
    // RFC 7009 section 2.2 wants a 200; Reddit's answer has no content, and says so.
    if (response.status !== 204) await oauth.processRevocationResponse(response);
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError && error.error === "invalid_token") return;
    throw authorizationFailure(error);
  }
}
