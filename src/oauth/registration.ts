import * as oauth from "oauth4webapi";
import { Failure } from "../domain/failure.ts";
import type { Http } from "../domain/ports/http.ts";
import type { Clock } from "../domain/ports/machine.ts";
import { authorizationFailure } from "./failures.ts";
import { isLoopbackUrl, transportOver } from "./transport.ts";

export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly registrationAccessToken: string | null;
}

export interface RegistrationWish {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly device: boolean;
  readonly dpop: boolean;
}

/** Registers agencyiq as a public native client (RFC 7591, RFC 8252 section 8.4). */
export async function registerClient(
  metadata: Readonly<Record<string, unknown>>,
  wish: RegistrationWish,
  http: Http,
  clock: Clock,
): Promise<Registration> {
  const server = metadata as unknown as oauth.AuthorizationServer;
  const endpoint = server.registration_endpoint;
  if (!endpoint) {
    throw new Failure("app_missing", `${server.issuer} registers no clients by itself`, {
      hint: "make an app there, then: agencyiq apps set oidc --issuer URL --client-id ID",
    });
  }
  const transport = transportOver(http, () => clock.now());
  try {
    const client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(server, clientMetadata(wish), {
        [oauth.customFetch]: transport.fetch,
        [oauth.allowInsecureRequests]: isLoopbackUrl(endpoint),
      }),
    );
    return {
      clientId: client.client_id,
      clientSecret: typeof client["client_secret"] === "string" ? client["client_secret"] : null,
      registrationAccessToken:
        typeof client["registration_access_token"] === "string" ? client["registration_access_token"] : null,
    };
  } catch (error) {
    throw authorizationFailure(error);
  }
}

function clientMetadata(wish: RegistrationWish): Record<string, oauth.JsonValue> {
  const device = wish.device ? ["urn:ietf:params:oauth:grant-type:device_code"] : [];
  return {
    client_name: "agencyiq",
    application_type: "native",
    redirect_uris: [wish.redirectUri],
    grant_types: ["authorization_code", "refresh_token", ...device],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    scope: wish.scopes.join(" "),
    ...(wish.dpop ? { dpop_bound_access_tokens: true } : {}),
  };
}
