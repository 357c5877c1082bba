/** How Google lets apps in, for everything of Google's. https://developers.google.com/identity/protocols/oauth2/native-app */
import { days } from "../../domain/time.ts";
import type { OAuth2Method, TokenRules } from "../platform.ts";

/**
 * The "Desktop app" client: any port of this machine, nothing to register, a secret that is none but has to be sent. Its
 * device flow ("TVs and Limited Input devices") has few scopes, none of them of Gmail or Calendar, so it is not offered.
 */
export function googleMethod(wanted: Pick<OAuth2Method, "scopes" | "neededToPublish">): OAuth2Method {
  return {
    kind: "oauth2",
    id: "oauth2",
    endpoints: {
      authorize: "https://accounts.google.com/o/oauth2/v2/auth",
      token: "https://oauth2.googleapis.com/token",
      // Ends the whole grant: of every scope, of every product that the person gave this client.
      revoke: "https://oauth2.googleapis.com/revoke",
    },
    pkce: "S256",
    clientAuthentication: "client_secret_post",
    ...wanted,
    // Without `consent`, somebody who connects again gets no refresh token.
    authorizeParameters: { access_type: "offline", prompt: "consent", include_granted_scopes: "true" },
    redirect: { loopbackPort: "any", unregistered: true, host: "127.0.0.1" },
    revokes: "login",
  };
}

/**
 * A refresh token stays the same and has no end of its own, but dies unused after six months. Of an app in status Testing it
 * dies after a week: Google tells that as `refresh_token_expires_in`.
 */
export const googleTokens: TokenRules = {
  defaultLifetime: 3600,
  reuse: { kind: "non_rotating" },
  idleDeadline: days(180),
  endsSoonBecause:
    "the app's audience is in status Testing; publish it at https://console.cloud.google.com/auth/audience and connect again, and it does not end",
};
