/** Judges the query of an authorize URL (RFC 6749 section 4.1.1, RFC 7636 section 4.3). Strict: nothing is defaulted. */
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import type { AuthorizationRequest } from "./grants.ts";
import { exactly } from "./redirect-uris.ts";
import type { OAuthRules, RedirectError } from "./rules.ts";

export type JudgedRequest =
  | { readonly kind: "valid"; readonly request: AuthorizationRequest }
  /** Who asks, or where the answer would go, is not certain: told on a page, never by a redirect. */
  | { readonly kind: "page"; readonly problem: string }
  | { readonly kind: "redirect"; readonly to: URL };

export function judgeAuthorizationRequest(world: World, rules: OAuthRules, query: URLSearchParams): JudgedRequest {
  const repeated = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) return { kind: "page", problem: `The parameter ${repeated} is given more than once.` };
  const clientIdParameter = rules.clientIdParameter ?? "client_id";
  const clientId = query.get(clientIdParameter);
  const client = world.clients.find(rules.platform, clientId ?? "");
  if (!client) return { kind: "page", problem: unknownClient(clientIdParameter, clientId) };
  const redirectUri = query.get("redirect_uri") ?? "";
  const accepts = rules.redirectUris ?? exactly;
  if (!accepts(client.redirectUris, redirectUri)) return { kind: "page", problem: wrongRedirect(client, redirectUri) };
  const refusal = refusalOf(rules, query);
  if (refusal) return { kind: "redirect", to: errorRedirect(rules, redirectUri, query.get("state"), refusal) };
  return { kind: "valid", request: requestOf(rules, query, client, redirectUri) };
}

function unknownClient(parameter: string, clientId: string | null): string {
  return clientId === null
    ? `The parameter ${parameter} is missing.`
    : `There is no app with the ${parameter} "${clientId}".`;
}

function wrongRedirect(client: SandboxClient, redirectUri: string): string {
  const registered = client.redirectUris.join(" or ") || "none";
  return redirectUri === ""
    ? "The parameter redirect_uri is missing."
    : `The redirect_uri "${redirectUri}" is not registered for this app. It must be exactly: ${registered}`;
}

const told = (error: string, description: string): RedirectError => ({ error, error_description: description });
const invalid = (description: string): RedirectError => told("invalid_request", description);

function refusalOf(rules: OAuthRules, query: URLSearchParams): RedirectError | null {
  const responseType = query.get("response_type");
  if (!responseType) return invalid("response_type is missing");
  if (responseType !== "code") {
    return told("unsupported_response_type", `response_type must be code, not ${responseType}`);
  }
  return (
    scopeRefusal(rules, query.get("scope")) ?? stateRefusal(rules, query.get("state")) ?? pkceRefusal(rules, query)
  );
}

function scopeRefusal(rules: OAuthRules, scope: string | null): RedirectError | null {
  const scopes = scopesOf(rules, scope);
  const own = rules.redirectErrors?.scope;
  if (scopes.length === 0) return own ?? told("invalid_scope", "scope is missing");
  const unknown = scopes.find((name) => !Object.hasOwn(rules.scopes, name));
  return unknown === undefined ? null : (own ?? told("invalid_scope", `there is no scope ${unknown}`));
}

function stateRefusal(rules: OAuthRules, state: string | null): RedirectError | null {
  if (!state) return invalid("state is missing");
  return state.length > rules.stateMaximum ? invalid(`state is longer than ${rules.stateMaximum} characters`) : null;
}

function pkceRefusal(rules: OAuthRules, query: URLSearchParams): RedirectError | null {
  const { pkce = "required", challengeEncoding = "base64url" } = rules;
  const challenge = query.get("code_challenge");
  const method = query.get("code_challenge_method");
  const sent = challenge !== null || method !== null;
  if (pkce === "ignored" || (pkce === "optional" && !sent)) return null;
  if (pkce === "refused") return sent ? invalid("code_challenge is not known here") : null;
  if (!challenge) return invalid("code_challenge is missing");
  if (!method) return invalid("code_challenge_method is missing");
  if (!rules.pkceMethods.some((known) => known === method)) {
    return invalid(`code_challenge_method must be ${rules.pkceMethods.join(" or ")}`);
  }
  // RFC 7636 section 4.2: 43 to 128 unreserved characters; an S256 challenge is always 43.
  const digest = challengeEncoding === "hex" ? /^[0-9a-f]{64}$/ : /^[A-Za-z0-9_-]{43}$/;
  const shape = method === "S256" ? digest : /^[A-Za-z0-9._~-]{43,128}$/;
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
    scopes: [...new Set(scopesOf(rules, query.get("scope")))],
    state: query.get("state") ?? "",
    challenge: challengeOf(rules, query),
    parameters: Object.fromEntries(query),
  };
}

function challengeOf({ pkce }: OAuthRules, query: URLSearchParams): AuthorizationRequest["challenge"] {
  const value = query.get("code_challenge");
  if (value === null || pkce === "ignored") return null;
  return { method: query.get("code_challenge_method") === "plain" ? "plain" : "S256", value };
}

/** RFC 6749 section 3.3: separated by spaces, so commas make one unknown scope; and the other way where commas separate. */
export function scopesOf({ scopeSeparator }: Pick<OAuthRules, "scopeSeparator">, scope: string | null): string[] {
  return (scope ?? "").split(scopeSeparator ?? " ").filter((name) => name !== "");
}

/** RFC 6749 section 4.1.2.1. */
export function errorRedirect(
  { redirectFragment }: Pick<OAuthRules, "redirectFragment">,
  redirectUri: string,
  state: string | null,
  refusal: RedirectError,
): URL {
  const to = new URL(redirectUri);
  for (const [name, value] of Object.entries(refusal)) to.searchParams.set(name, value);
  if (state !== null) to.searchParams.set("state", state);
  to.hash = redirectFragment ?? "";
  return to;
}
