/** Judges the query of an authorize URL (RFC 6749 section 4.1.1, RFC 7636 section 4.3). Strict: nothing is defaulted. */
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import type { AuthorizationRequest } from "./grants.ts";
import type { OAuthRules } from "./rules.ts";

export type JudgedRequest =
  | { readonly kind: "valid"; readonly request: AuthorizationRequest }
  /** Who asks, or where the answer would go, is not certain: told on a page, never by a redirect. */
  | { readonly kind: "page"; readonly problem: string }
  | { readonly kind: "redirect"; readonly to: URL };

export function judgeAuthorizationRequest(world: World, rules: OAuthRules, query: URLSearchParams): JudgedRequest {
  const repeated = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) return { kind: "page", problem: `The parameter ${repeated} is given more than once.` };
  const client = world.clients.find(rules.platform, query.get("client_id") ?? "");
  if (!client) return { kind: "page", problem: unknownClient(query.get("client_id")) };
  const redirectUri = query.get("redirect_uri") ?? "";
  // Compared as text: another port, a trailing slash or another spelling of the host is another URI.
  if (!client.redirectUris.includes(redirectUri)) return { kind: "page", problem: wrongRedirect(client, redirectUri) };
  const refusal = refusalOf(rules, query);
  if (refusal) return { kind: "redirect", to: errorRedirect(redirectUri, query.get("state"), refusal) };
  return { kind: "valid", request: requestOf(rules, query, client, redirectUri) };
}

function unknownClient(clientId: string | null): string {
  return clientId === null
    ? "The parameter client_id is missing."
    : `There is no app with the client_id "${clientId}".`;
}

function wrongRedirect(client: SandboxClient, redirectUri: string): string {
  const registered = client.redirectUris.join(" or ") || "none";
  return redirectUri === ""
    ? "The parameter redirect_uri is missing."
    : `The redirect_uri "${redirectUri}" is not registered for this app. It must be exactly: ${registered}`;
}

interface RedirectedError {
  readonly error: string;
  readonly description: string;
}

const invalid = (description: string): RedirectedError => ({ error: "invalid_request", description });

function refusalOf(rules: OAuthRules, query: URLSearchParams): RedirectedError | null {
  const responseType = query.get("response_type");
  if (!responseType) return invalid("response_type is missing");
  if (responseType !== "code") {
    return { error: "unsupported_response_type", description: `response_type must be code, not ${responseType}` };
  }
  return (
    scopeRefusal(rules, query.get("scope")) ?? stateRefusal(rules, query.get("state")) ?? pkceRefusal(rules, query)
  );
}

function scopeRefusal(rules: OAuthRules, scope: string | null): RedirectedError | null {
  const scopes = scopesOf(scope, rules.scopeSeparator);
  if (scopes.length === 0) return { error: "invalid_scope", description: "scope is missing" };
  const unknown = scopes.find((name) => !Object.hasOwn(rules.scopes, name));
  return unknown === undefined ? null : { error: "invalid_scope", description: `there is no scope ${unknown}` };
}

function stateRefusal(rules: OAuthRules, state: string | null): RedirectedError | null {
  if (!state) return invalid("state is missing");
  return state.length > rules.stateMaximum ? invalid(`state is longer than ${rules.stateMaximum} characters`) : null;
}

function pkceRefusal(rules: OAuthRules, query: URLSearchParams): RedirectedError | null {
  if (rules.pkceMethods.length === 0) return null;
  const challenge = query.get("code_challenge");
  const method = query.get("code_challenge_method");
  if (!challenge) return invalid("code_challenge is missing");
  if (!method) return invalid("code_challenge_method is missing");
  if (!rules.pkceMethods.some((known) => known === method)) {
    return invalid(`code_challenge_method must be ${rules.pkceMethods.join(" or ")}`);
  }
  // RFC 7636 section 4.2: 43 to 128 unreserved characters; an S256 challenge is always 43.
  const shape = method === "S256" ? /^[A-Za-z0-9_-]{43}$/ : /^[A-Za-z0-9._~-]{43,128}$/;
  return shape.test(challenge) ? null : invalid("code_challenge is malformed");
}

function requestOf(
  rules: OAuthRules,
  query: URLSearchParams,
  client: SandboxClient,
  redirectUri: string,
): AuthorizationRequest {
  return {
    platform: rules.platform,
    clientId: client.clientId,
    redirectUri,
    scopes: [...new Set(scopesOf(query.get("scope"), rules.scopeSeparator))],
    state: query.get("state") ?? "",
    challenge:
      rules.pkceMethods.length === 0
        ? null
        : {
            method: query.get("code_challenge_method") === "plain" ? "plain" : "S256",
            value: query.get("code_challenge") ?? "",
          },
  };
}

/** RFC 6749 section 3.3: separated by spaces, so commas make one unknown scope, unless the platform wants them. */
export function scopesOf(scope: string | null, separator = " "): string[] {
  return (scope ?? "").split(separator).filter((name) => name !== "");
}

/** RFC 6749 section 4.1.2.1. */
export function errorRedirect(redirectUri: string, state: string | null, refusal: RedirectedError): URL {
  const to = new URL(redirectUri);
  to.searchParams.set("error", refusal.error);
  to.searchParams.set("error_description", refusal.description);
  if (state !== null) to.searchParams.set("state", state);
  return to;
}
