import * as oauth from "oauth4webapi";
import { HttpFailure, type HttpRequest, type HttpResponse } from "../domain/ports/http.ts";
import { withNonceRetry } from "./dpop.ts";
import type { Party } from "./party.ts";

/** A request with a token that is bound to a key: proof, scheme and nonce of RFC 9449 sections 7 and 9. */
export async function sendWithProof(party: Party, request: HttpRequest, accessToken: string): Promise<HttpResponse> {
  const answered = await answerTo(party, request, accessToken);
  const response = party.transport.answerOf(answered);
  if (response) return response;
  throw new HttpFailure("no_answer", "the request got no answer", true);
}

async function answerTo(party: Party, request: HttpRequest, accessToken: string): Promise<Response> {
  try {
    return await withNonceRetry(() =>
      oauth.protectedResourceRequest(
        accessToken,
        request.method,
        new URL(request.url),
        new Headers(request.headers),
        // Handed on to the transport as it is, whatever kind it is of.
        request.body as oauth.ProtectedResourceRequestBody,
        party.options as oauth.ProtectedResourceRequestOptions,
      ),
    );
  } catch (error) {
    // A challenge is an answer like any other here: the caller judges by status.
    if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
    throw error;
  }
}
