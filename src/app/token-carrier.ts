/** How a token travels: presented (RFC 6750), with a proof (RFC 9449), or as a signature (RFC 5849). */
import type { Credential } from "../domain/credential.ts";
import { signingTokenType } from "../domain/credential.ts";
import type { HttpRequest, HttpResponse } from "../domain/ports/http.ts";
import type { SigningKeys } from "../oauth/oauth1-signature.ts";
import type { Party } from "../oauth/party.ts";
import type { Services } from "./services.ts";

export interface AccessToken {
  readonly value: string;
  readonly type: string;
  /** The stored credential it is of. */
  readonly credential?: Credential;
}

/** What it takes beside the token itself; asked for where the token's type needs it. */
export interface TokenCompanions {
  readonly party: (token: AccessToken) => Promise<Party>;
  readonly signingKeys: (token: AccessToken) => Promise<SigningKeys>;
}

/** @throws HttpFailure, Failure */
export async function sendWithToken(
  { http, clock, random }: Services,
  request: HttpRequest,
  token: AccessToken,
  { party, signingKeys }: Partial<TokenCompanions>,
  scheme: "OAuth" | "none" | "Bearer" = "Bearer",
): Promise<HttpResponse> {
  if (scheme === "none") return http.send(request);
  if (token.type === signingTokenType && signingKeys) {
    const { sendSigned } = await import("../oauth/signed-request.ts");
    return (await sendSigned({ keys: await signingKeys(token), http, clock, random }, request)).response;
  }
  if (token.type === "DPoP" && party) {
    const { sendWithProof } = await import("../oauth/protected-resource.ts");
    return sendWithProof(await party(token), request, token.value);
  }
  return http.send({ ...request, headers: { ...request.headers, authorization: `${scheme} ${token.value}` } });
}
