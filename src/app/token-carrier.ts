/** How a token travels: presented (RFC 6750), with a proof (RFC 9449), or as a signature (RFC 5849). */
import type { Credential } from "../domain/credential.ts";
import { signingTokenType } from "../domain/credential.ts";
import type { HttpRequest, HttpResponse } from "../domain/ports/http.ts";
import type { Instant } from "../domain/time.ts";
import type { SigningKeys } from "../oauth/oauth1-signature.ts";
import type { Party } from "../oauth/party.ts";
import type { Presentation } from "../platforms/platform.ts";
import type { Services } from "./services.ts";

export interface AccessToken {
  readonly value: string;
  readonly type: string;
  /** The way in that it is of. */
  readonly method?: string;
  /** Absent: just now. */
  readonly obtainedAt?: Instant;
  /** The stored credential it is of. */
  readonly credential?: Credential;
}

/** What it takes beside the token itself; asked for where the token's type needs it. */
export interface TokenCompanions {
  readonly party: (token: AccessToken) => Promise<Party>;
  readonly signingKeys: (token: AccessToken) => Promise<SigningKeys>;
}

interface Carriage {
  readonly scheme?: "OAuth" | "token" | "none" | "nobody" | undefined;
  readonly presentation?: Presentation | undefined;
}

/** @throws HttpFailure, Failure */
export async function sendWithToken(
  { http, clock, random, keepSecret }: Services,
  request: HttpRequest,
  token: AccessToken,
  { party, signingKeys }: Partial<TokenCompanions>,
  { scheme, presentation }: Carriage,
): Promise<HttpResponse> {
  // Before anybody signed in there is none.
  if (scheme === "none" || scheme === "nobody" || token.value === "") return http.send(request);
  if (presentation) return http.send(presented(request, token, presentation, keepSecret));
  if (token.type === signingTokenType && signingKeys) {
    const { sendSigned } = await import("../oauth/signed-request.ts");
    return (await sendSigned({ keys: await signingKeys(token), http, clock, random }, request)).response;
  }
  if (token.type === "DPoP" && party) {
    const { sendWithProof } = await import("../oauth/protected-resource.ts");
    return sendWithProof(await party(token), request, token.value);
  }
  return http.send({
    ...request,
    headers: { ...request.headers, authorization: `${scheme ?? "Bearer"} ${token.value}` },
  });
}

/** In a place of the platform's own. In the path it is already, where the URL was made. */
function presented(
  request: HttpRequest,
  { value }: AccessToken,
  presentation: Presentation,
  keepSecret: Services["keepSecret"],
): HttpRequest {
  if (presentation.in === "path" || presentation.in === "nothing") return request;
  if (presentation.in === "header") {
    const { name, prefix = "" } = presentation;
    return { ...request, headers: { ...request.headers, [name]: `${prefix}${value}` } };
  }
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(value)));
  keepSecret(encoded);
  return { ...request, headers: { ...request.headers, authorization: `Basic ${encoded}` } };
}
