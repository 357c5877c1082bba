/** What a platform's API is made of, and one call of it. */
import type { Credential } from "../domain/credential.ts";
import type { Failure } from "../domain/failure.ts";
import type { HttpMethod } from "../domain/ports/http.ts";
import { endpointsInForce } from "../oauth/endpoints.ts";
import type { Api, ApiRequest, Platform } from "../platforms/platform.ts";
import { methodOf } from "./methods.ts";
import type { Pacing } from "./pacing.ts";
import type { Services } from "./services.ts";
import type { AccessToken, TokenCompanions } from "./token-carrier.ts";

export interface ApiInput {
  readonly services: Services;
  readonly platform: Platform;
  readonly endpoints: Api["endpoints"];
  readonly place: Place;
  readonly handle: string | null;
  readonly externalId: string | null;
  /** The account's, for whoever is told how far a file is. */
  readonly address: string | null;
  readonly companions: Partial<TokenCompanions>;
  readonly app: Api["app"];
  /** Of the app that a token was given to. */
  readonly appSecret: (token: AccessToken) => Promise<string | null>;
  readonly pacing?: Pacing | undefined;
  readonly token: () => Promise<AccessToken>;
  /** A new token after the platform refused the present one; absent: there is none to be had. */
  readonly renew?: (token: AccessToken) => Promise<AccessToken>;
  /** The platform refuses a token that was just renewed, or that cannot be. */
  readonly refused?: (token: AccessToken, failure: Failure) => Promise<void>;
  /** Another credential's token, after this one cannot be used; null: there is none. */
  readonly inPlaceOf?: (token: AccessToken, failure: Failure) => Promise<AccessToken | null>;
}

/** Where the account is, of a platform that exists many times, and what is known of the place. */
export type Place = Pick<Api, "instance" | "facts">;

export interface Call {
  readonly method: HttpMethod;
  readonly url: string;
  readonly request: ApiRequest;
}

/** Of a token that is not stored yet: the usual way in, unless it is said. */
export function methodIdOf({ methods }: Platform, { method }: AccessToken): string {
  return (method ?? methods[0]?.id ?? "").split(".")[0] ?? "";
}

export function endpointsFor(platform: Platform, { method, serverMetadata }: Credential): Api["endpoints"] {
  const made = methodOf(platform, method);
  return made.kind === "oauth2" ? endpointsInForce(made, serverMetadata) : {};
}
