/** How one platform's authorization server differs from the others. Everything else is RFC 6749, 7009 and 7636. */
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import type { DeviceRules } from "./device.ts";
import type { ExchangeRules } from "./exchange-endpoint.ts";
import type { AuthorizationRequest, Grant } from "./grants.ts";
import type { RedirectUriRule } from "./redirect-uris.ts";

/** Every way the token and revocation endpoints refuse. */
export type RefusalReason =
  | "not_a_form"
  | "missing_parameter"
  | "repeated_parameter"
  | "client_authentication"
  | "unsupported_grant_type"
  | "invalid_code"
  | "redirect_uri_mismatch"
  | "code_verifier_mismatch"
  | "invalid_refresh_token"
  | "scope_exceeds_grant"
  | "foreign_token"
  /** Of the device flow (RFC 8628 section 3.5). */
  | "authorization_pending"
  | "slow_down"
  | "denied_device_code"
  | "expired_device_code"
  | "invalid_device_code"
  /** An exchange of a token that is none, has ended, or was taken back. */
  | "invalid_access_token"
  | "token_too_young"
  /** A token of the wrong kind for this exchange, or without the scope it takes. */
  | "not_exchangeable";

export interface Refusal {
  readonly status: number;
  readonly error: string;
  /** `subject` is the parameter's name, where the reason is about one. */
  readonly description: (subject: string) => string;
}

export type Refusals = Readonly<Record<RefusalReason, Refusal>>;

/** RFC 6749 section 5.2, for a platform that says nothing of its own. */
export const standardRefusals: Refusals = {
  not_a_form: {
    status: 400,
    error: "invalid_request",
    description: () => "The body must be application/x-www-form-urlencoded",
  },
  missing_parameter: { status: 400, error: "invalid_request", description: (name) => `Missing parameter: ${name}` },
  repeated_parameter: { status: 400, error: "invalid_request", description: (name) => `Repeated parameter: ${name}` },
  client_authentication: { status: 401, error: "invalid_client", description: () => "Client authentication failed" },
  unsupported_grant_type: {
    status: 400,
    error: "unsupported_grant_type",
    description: () => "This grant type is not supported",
  },
  invalid_code: { status: 400, error: "invalid_grant", description: () => "The authorization code is invalid" },
  redirect_uri_mismatch: { status: 400, error: "invalid_grant", description: () => "The redirect URI does not match" },
  code_verifier_mismatch: {
    status: 400,
    error: "invalid_grant",
    description: () => "The code verifier does not match",
  },
  invalid_refresh_token: { status: 400, error: "invalid_grant", description: () => "The refresh token is invalid" },
  authorization_pending: {
    status: 400,
    error: "authorization_pending",
    description: () => "The person has not decided",
  },
  slow_down: { status: 400, error: "slow_down", description: () => "Too many requests" },
  denied_device_code: { status: 400, error: "access_denied", description: () => "The person denied the request" },
  expired_device_code: { status: 400, error: "expired_token", description: () => "The device code has expired" },
  invalid_device_code: { status: 400, error: "invalid_grant", description: () => "The device code is invalid" },
  scope_exceeds_grant: { status: 400, error: "invalid_scope", description: () => "More scope than was granted" },
  foreign_token: { status: 400, error: "invalid_grant", description: () => "The token belongs to another client" },
  invalid_access_token: { status: 400, error: "invalid_grant", description: () => "The access token is invalid" },
  token_too_young: { status: 400, error: "invalid_grant", description: () => "The access token is too young" },
  not_exchangeable: { status: 400, error: "invalid_grant", description: () => "The access token cannot be exchanged" },
};

/** What a token request was answered with, before the platform puts it in its own words. */
export interface IssuedTokens {
  readonly grantType: "authorization_code" | "refresh_token" | "device_code" | "exchange";
  readonly grant: Grant;
  readonly token_type: string;
  readonly expires_in: number;
  readonly access_token: string;
  readonly scope: string;
  readonly refresh_token?: string;
  /** Seconds. */
  readonly refreshExpiresIn?: number;
}

/** Query parameters of a redirect that brings no code. */
export type RedirectError = Readonly<Record<string, string>>;

export interface OAuthRules {
  readonly platform: string;
  /** What the consent page calls the platform. */
  readonly name: string;
  /** Every scope there is, with the platform's words for it. */
  readonly scopes: Readonly<Record<string, string>>;
  /** The scope without which no refresh token is given; null: always one. */
  readonly refreshScope: string | null;
  readonly pkceMethods: readonly ("S256" | "plain")[];
  /** `ignored`: what is sent of it counts for nothing; `refused`: a request with it fails. Default: `required`. */
  readonly pkce?: "required" | "optional" | "ignored" | "refused";
  /** How an S256 challenge is written. Default: `base64url` (RFC 7636 section 4.2). */
  readonly challengeEncoding?: "base64url" | "hex";
  /** Default: `client_id`, everywhere. */
  readonly clientIdParameter?: string;
  /** Between scopes in a request. Default: a space. */
  readonly scopeSeparator?: ",";
  /** Between scopes in a reply. Default: a space. */
  readonly replyScopeSeparator?: ",";
  /** Which redirect URIs are right for an app. Default: those it registered, compared as text. */
  readonly redirectUris?: RedirectUriRule;
  /** What the redirect says of a person who denied, of a scope the app may not ask for. Default: RFC 6749 section 4.1.2.1. */
  readonly redirectErrors?: { readonly denied?: RedirectError; readonly scope?: RedirectError };
  /** Beside `code` and `state`. */
  readonly redirectParameters?: (request: AuthorizationRequest) => Readonly<Record<string, string>>;
  /** Appended to every redirect. */
  readonly redirectFragment?: "#_" | "#_=_";
  readonly stateMaximum: number;
  /** How a client with a secret shows it. */
  readonly confidentialClients: "basic" | "post";
  /** How a client without one does. Default: `client_id` in the body. `basic`: with an empty password. */
  readonly publicClients?: "basic";
  /** Whether the halves of Basic credentials are form-encoded (RFC 6749 section 2.3.1). Default: they are. */
  readonly basicCredentials?: "plain";
  /** Seconds. */
  readonly codeLifetime: number;
  readonly accessTokenLifetime: number;
  readonly refreshTokenLifetime: number;
  readonly refreshGrace: number;
  /** Of a token that a code brought, where that is to be exchanged at once (seconds). Default: as every access token. */
  readonly codeTokenLifetime?: number;
  /** Of the access tokens that an app's people give it (seconds). Default: `accessTokenLifetime`. */
  readonly accessLifetimeOf?: (client: SandboxClient) => number;
  /** Whether a code brings a refresh token, beside what `refreshScope` says. `before`: the person allowed the app before. */
  readonly refreshable?: (request: AuthorizationRequest, before: boolean) => boolean;
  /** Of the refresh tokens that an app's people give it (seconds). Default: `refreshTokenLifetime`. */
  readonly refreshLifetimeOf?: (client: SandboxClient) => number;
  /** `kept`: a refresh token is used again and again. Default: a new one each time. */
  readonly refreshRotation?: "rotates" | "kept" | ((client: SandboxClient) => "rotates" | "kept");
  /** The new one ends when the one before would have ended. */
  readonly refreshEndsWithLogin?: true;
  /** The device flow; absent: there is none. */
  readonly device?: DeviceRules;
  /** Whether a client with a secret need not show it for the device flow and for the tokens that came of it. */
  readonly secretOptional?: (form: URLSearchParams) => boolean;
  /** Exchanges of one access token for another, by their `grant_type`. */
  readonly exchanges?: readonly ExchangeRules[];
  /** The body of a token reply. Default: RFC 6749 section 5.1. */
  readonly tokenReply?: (issued: IssuedTokens) => unknown;
  /** The body of a refusal. Default: RFC 6749 section 5.2. */
  readonly refusalBody?: (refusal: {
    readonly reason: RefusalReason;
    readonly error: string;
    readonly description: string;
  }) => unknown;
  /** The value of `token_type`, in the platform's own case. */
  readonly tokenType: string;
  readonly refusals: Refusals;
  /** Whichever token is revoked, the person's whole permission ends. */
  readonly revokesAll?: boolean;
  /** What a successful revocation answers (RFC 7009 wants nothing but a 200). */
  readonly revoked: Readonly<Record<string, unknown>>;
}

type Lifetimes = Pick<OAuthRules, "accessTokenLifetime" | "refreshTokenLifetime" | "refreshGrace">;

/** The platform's lifetimes, except where the one who started the sandbox wants others. */
export function lifetimes({ wanted }: World, platform: Lifetimes): Lifetimes {
  return {
    accessTokenLifetime: wanted.accessTokenLifetime ?? platform.accessTokenLifetime,
    refreshTokenLifetime: wanted.refreshTokenLifetime ?? platform.refreshTokenLifetime,
    refreshGrace: wanted.refreshGrace ?? platform.refreshGrace,
  };
}
