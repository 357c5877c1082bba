import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { defaultValidity, isGoodFor } from "../domain/refresh-schedule.ts";
import { keepSecretKey } from "./secret-address.ts";
import type { Services } from "./services.ts";

export interface FreshTokenOptions {
  /** The token must be good for this long (milliseconds); default: see `defaultValidity`. */
  readonly validity?: number;
  /** Refresh even a token that is good. A refresh by somebody else meanwhile counts. */
  readonly force?: boolean;
  /** An app that was refused may be asked after again, if its pause is over. */
  readonly probe?: boolean;
  /** It is to be presented by itself, elsewhere: not one of OAuth 1.0a, which is no use without its secrets. */
  readonly presentable?: boolean;
  /** The token itself is not wanted, only that it is fresh. */
  readonly unopened?: boolean;
}

export interface FreshToken {
  readonly outcome: "fresh" | "refreshed";
  readonly credential: Credential;
  /** Empty where it was not wanted (`unopened`). */
  readonly accessToken: string;
  /** Why a refresh that was due did not happen, though the token still lives. */
  readonly warning: Failure | null;
  /** The account's credential before this one in order, which cannot be used, and why. */
  readonly inPlaceOf: { readonly credential: Credential; readonly failure: Failure } | null;
}

/** That another credential than the account's first is used, and why: for the person who asked. */
export interface Fallback {
  readonly method: string;
  readonly inPlaceOf: { readonly method: string; readonly failure: Failure };
}

export function fallbackOf({ credential, inPlaceOf }: FreshToken): Fallback | null {
  if (!inPlaceOf) return null;
  return {
    method: credential.method,
    inPlaceOf: { method: inPlaceOf.credential.method, failure: inPlaceOf.failure },
  };
}

export function isGood(credential: Credential, options: FreshTokenOptions, services: Services): boolean {
  const validity = options.validity ?? defaultValidity(credential);
  return !isRefused(credential) && isGoodFor(credential, validity, services.clock.now());
}

export function stillLives(credential: Credential, services: Services): boolean {
  return !isRefused(credential) && isGoodFor(credential, 1, services.clock.now());
}

/** The platform itself does not take this access token any more, whatever its lifetime says. */
function isRefused({ status, reason }: Credential): boolean {
  return status === "reauth_required" && reason === "refused_by_api";
}

export async function hand(
  services: Services,
  vault: Vault,
  credential: Credential,
  outcome: FreshToken["outcome"],
  options: FreshTokenOptions,
  warning: Failure | null = null,
): Promise<FreshToken> {
  if (options.unopened) return { outcome, credential, accessToken: "", warning, inPlaceOf: null };
  const accessToken = await vault.secret(credential, "access_token");
  if (accessToken === null) throw new Failure("record_damaged", "the access token's record is missing");
  keepSecretKey(services, accessToken);
  return { outcome, credential, accessToken, warning, inPlaceOf: null };
}

export function notConnected(account: ConnectedAccount): Failure {
  return new Failure("not_connected", "the account is not connected", { account: addressOf(account) });
}
