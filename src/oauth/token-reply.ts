import type { TokenEndpointResponse } from "oauth4webapi";
import { parseLifetime, type TokenReply } from "../domain/token.ts";

/** oauth4webapi's validated answer in our words. */
export function toTokenReply(response: TokenEndpointResponse): TokenReply {
  return {
    accessToken: response.access_token,
    tokenType: response.token_type === "dpop" ? "DPoP" : "Bearer",
    expiresIn: response.expires_in ?? null,
    refreshToken: response.refresh_token ? response.refresh_token : null,
    refreshExpiresIn: parseLifetime(response["refresh_expires_in"] ?? response["refresh_token_expires_in"]),
    scopes: response.scope === undefined ? null : response.scope.split(/[\s,]+/).filter(Boolean),
  };
}
