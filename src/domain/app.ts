import type { Instant } from "./time.ts";

/**
 * What a client id and secret are good for: `oauth2`, `oauth1` (some platforms give an app one pair for each), or the way in
 * that takes an app of its own, by its id.
 */
export type AppKind = string;

const variables: Readonly<Record<string, readonly [id: string, secret: string]>> = {
  oauth2: ["CLIENT_ID", "CLIENT_SECRET"],
  oauth1: ["CONSUMER_KEY", "CONSUMER_SECRET"],
};

/** `organization` → `ORGANIZATION_CLIENT_ID`. */
function ownVariables(kind: AppKind): readonly [id: string, secret: string] {
  const prefix = kind.toUpperCase().replaceAll("-", "_");
  return [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`];
}

/** The environment variables that hold an app's keys. */
export function appVariables(platform: string, kind: AppKind): [id: string, secret: string] {
  const [id, secret] = variables[kind] ?? ownVariables(kind);
  return [`${prefixOf(platform)}_${id}`, `${prefixOf(platform)}_${secret}`];
}

/** The environment variable that names another version of the platform's API. */
export function apiVersionVariable(platform: string): string {
  return `${prefixOf(platform)}_API_VERSION`;
}

const prefixOf = (platform: string) => `AGENCYIQ_${platform.toUpperCase().replaceAll("-", "_")}`;

/** A developer application at a platform. Its secrets are sealed records of their own. */
export interface App {
  readonly id: string;
  readonly platform: string;
  /** The authorization server, for platforms that exist many times; null elsewhere. */
  readonly issuer: string | null;
  readonly kind: AppKind;
  /** The consumer key, for OAuth 1.0a. */
  readonly clientId: string;
  readonly hasSecret: boolean;
  /** The redirect URI registered with the platform, where it is not the default one. */
  readonly redirectUri: string | null;
  /** Extra or replaced scopes; null: the platform's own. */
  readonly scopes: readonly string[] | null;
  /** Made by dynamic client registration (RFC 7591). */
  readonly registered: boolean;
  /** Authorization server metadata given by hand (`--authorize-url`, …), for servers without discovery. */
  readonly serverMetadata: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** Text that must never be printed. */
export type SecretText = string | null | undefined;
