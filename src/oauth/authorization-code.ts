/**
 * Authorization code with PKCE for a native app: RFC 6749 section 4.1, RFC 7636, RFC 8252, RFC 9126, RFC 9207; and how
 * platforms depart from them.
 */
import * as oauth from "oauth4webapi";
import { Failure } from "../domain/failure.ts";
import type { Random } from "../domain/ports/machine.ts";
import type { TokenReply } from "../domain/token.ts";
import type { OAuth2Method } from "../platforms/platform.ts";
import { carriesParameter } from "./callback-parameter.ts";
import { withNonceRetry } from "./dpop.ts";
import { authorizationFailure } from "./failures.ts";
import type { Party } from "./party.ts";
import { toTokenReply } from "./token-reply.ts";

export interface AuthorizationRequest {
  /** Where the person's browser goes. */
  readonly url: string;
  readonly state: string;
  /** null: the platform knows no PKCE. */
  readonly codeVerifier: string | null;
  readonly redirectUri: string;
}

export interface AuthorizationWish {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** Builds the request; pushes it first where the server offers or requires that (RFC 9126). */
export async function beginAuthorization(
  party: Party,
  wish: AuthorizationWish,
  random: Random,
): Promise<AuthorizationRequest> {
  const state = base64url(random.bytes(32));
  const { pkce, clientIdParameter = "client_id", scopeSeparator = " " } = party.method;
  const codeVerifier = pkce === "none" ? null : base64url(random.bytes(32));
  const parameters = new URLSearchParams({
    ...wish.parameters,
    [clientIdParameter]: party.client.client_id,
    response_type: "code",
    redirect_uri: wish.redirectUri,
    ...(codeVerifier === null ? {} : await challengeOf(codeVerifier, pkce)),
    state,
  });
  if (wish.scopes.length > 0) parameters.set("scope", wish.scopes.join(scopeSeparator));
  const url = new URL(requireEndpoint(party.server.authorization_endpoint, "authorization"));
  if (party.method.pushed === "required") {
    requireEndpoint(party.server.pushed_authorization_request_endpoint, "pushed authorization request");
  }
  const sent = party.server.pushed_authorization_request_endpoint ? await push(party, parameters) : parameters;
  for (const [name, value] of sent) url.searchParams.set(name, value);
  return { url: url.href, state, codeVerifier, redirectUri: wish.redirectUri };
}

/** RFC 7636 section 4.2; with `S256-hex` the digest is not in base64url but in lower-case hexadecimal. */
async function challengeOf(codeVerifier: string, pkce: OAuth2Method["pkce"]): Promise<Record<string, string>> {
  const challenge = await oauth.calculatePKCECodeChallenge(codeVerifier);
  return { code_challenge: pkce === "S256-hex" ? hex(challenge) : challenge, code_challenge_method: "S256" };
}

async function push(party: Party, parameters: URLSearchParams): Promise<URLSearchParams> {
  try {
    const { request_uri } = await withNonceRetry(async () =>
      oauth.processPushedAuthorizationResponse(
        party.server,
        party.client,
        await oauth.pushedAuthorizationRequest(
          party.server,
          party.client,
          party.authentication,
          parameters,
          party.options,
        ),
      ),
    );
    return new URLSearchParams({ client_id: party.client.client_id, request_uri });
  } catch (error) {
    throw authorizationFailure(error);
  }
}

/** Whether a callback carries our `state`. */
export function carriesState(url: URL, state: string): boolean {
  return carriesParameter(url, "state", state);
}

/**
 * Judges the authorization response and exchanges its code. The response is used up by this call, whatever comes of it.
 * @throws Failure `state_mismatch`, `issuer_mismatch`, `consent_denied`, `code_expired`, `authorization_failed`
 */
export async function finishAuthorization(
  party: Party,
  request: AuthorizationRequest,
  callback: URL,
): Promise<TokenReply> {
  if (!carriesState(callback, request.state)) {
    throw new Failure("state_mismatch", "the answer does not belong to this attempt (its state differs)", {
      hint: "close old tabs of earlier attempts and connect again",
    });
  }
  checkIssuer(party, callback.searchParams);
  try {
    const parameters = oauth.validateAuthResponse(
      party.server,
      party.client,
      // Without a known issuer the distinct redirect path per platform is the defence (RFC 9700 section 4.4.2.2).
      party.issuerKnown ? callback.searchParams : withoutIssuer(callback.searchParams),
      request.state,
    );
    return await withNonceRetry(async () => {
      const answer = await oauth.processAuthorizationCodeResponse(
        party.server,
        party.client,
        await oauth.authorizationCodeGrantRequest(
          party.server,
          party.client,
          party.authentication,
          parameters,
          request.redirectUri,
          request.codeVerifier ?? oauth.nopkce,
          { ...party.options, additionalParameters: party.method.tokenParameters ?? {} },
        ),
      );
      return { ...toTokenReply(answer), answer };
    });
  } catch (error) {
    throw authorizationFailure(error);
  }
}

/** The mix-up defence of RFC 9207 section 2.4. */
function checkIssuer(party: Party, parameters: URLSearchParams): void {
  if (!party.issuerKnown) return;
  const issuer = parameters.get("iss");
  const required = party.server.authorization_response_iss_parameter_supported === true;
  if (issuer === party.server.issuer || (issuer === null && !required)) return;
  throw new Failure(
    "issuer_mismatch",
    issuer === null
      ? `the answer does not name its issuer, though ${party.server.issuer} always does`
      : `the answer came from ${issuer}, not from ${party.server.issuer}`,
    { hint: "nothing was exchanged; connect again, and check --issuer" },
  );
}

function withoutIssuer(parameters: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams(parameters);
  copy.delete("iss");
  return copy;
}

export function requireEndpoint(url: string | undefined, name: string): string {
  if (url) return url;
  throw new Failure("platform_cannot", `the server names no ${name} endpoint`, {
    hint: "give it with the --…-url flags of agencyiq apps set, or use another way to connect",
  });
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function hex(base64urlText: string): string {
  const bytes = atob(base64urlText.replaceAll("-", "+").replaceAll("_", "/"));
  return [...bytes].map((character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
