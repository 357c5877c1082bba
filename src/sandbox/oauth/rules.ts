/** How one platform's authorization server differs from the others. Everything else is RFC 6749, 7009 and 7636. */
import type { World } from "../world.ts";

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
  | "foreign_token";

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
  scope_exceeds_grant: { status: 400, error: "invalid_scope", description: () => "More scope than was granted" },
  foreign_token: { status: 400, error: "invalid_grant", description: () => "The token belongs to another client" },
};

export interface OAuthRules {
  readonly platform: string;
  /** What the consent page calls the platform. */
  readonly name: string;
  /** Every scope there is, with the platform's words for it. */
  readonly scopes: Readonly<Record<string, string>>;
  /** The scope without which no refresh token is given; null: always one. */
  readonly refreshScope: string | null;
  /** None: PKCE is not known, and what is sent of it is ignored. */
  readonly pkceMethods: readonly ("S256" | "plain")[];
  /** Absent: a space. */
  readonly scopeSeparator?: ",";
  readonly stateMaximum: number;
  /** How a client with a secret shows it. */
  readonly confidentialClients: "basic" | "post";
  /** Seconds. */
  readonly codeLifetime: number;
  readonly accessTokenLifetime: number;
  readonly refreshTokenLifetime: number;
  readonly refreshGrace: number;
  /** The value of `token_type`, in the platform's own case. */
  readonly tokenType: string;
  readonly refusals: Refusals;
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
