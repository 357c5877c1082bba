import { Failure } from "../domain/failure.ts";
import { parseLifetime, type TokenReply } from "../domain/token.ts";

/** In the names of RFC 6749 section 5.1. @throws Failure `protocol` for what is none */
export function sessionReply(body: unknown): TokenReply {
  const told = (body ?? {}) as Readonly<Record<string, unknown>>;
  const { access_token: accessToken, refresh_token: refreshToken, scope } = told;
  if (typeof accessToken !== "string") throw new Failure("protocol", "signing in brought no token");
  return {
    accessToken,
    tokenType: "Bearer",
    expiresIn: parseLifetime(told["expires_in"]),
    refreshToken: typeof refreshToken === "string" ? refreshToken : null,
    refreshExpiresIn: parseLifetime(told["refresh_token_expires_in"]),
    scopes: typeof scope === "string" ? scope.split(" ") : null,
  };
}
