import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { defaultValidity, isGoodFor } from "../domain/refresh-schedule.ts";
import type { Services } from "./services.ts";

export interface FreshTokenOptions {
  /** The token must be good for this long (milliseconds); default: see `defaultValidity`. */
  readonly validity?: number;
  /** Refresh even a token that is good. A refresh by somebody else meanwhile counts. */
  readonly force?: boolean;
}

export interface FreshToken {
  readonly outcome: "fresh" | "refreshed";
  readonly credential: Credential;
  readonly accessToken: string;
  /** Why a refresh that was due did not happen, though the token still lives. */
  readonly warning: Failure | null;
}

export function isGood(credential: Credential, options: FreshTokenOptions, services: Services): boolean {
  return isGoodFor(credential, options.validity ?? defaultValidity(credential), services.clock.now());
}

export async function hand(
  services: Services,
  vault: Vault,
  credential: Credential,
  outcome: FreshToken["outcome"],
  warning: Failure | null = null,
): Promise<FreshToken> {
  const accessToken = await vault.secret(credential, "access_token");
  if (accessToken === null) throw new Failure("record_damaged", "the access token's record is missing");
  services.keepSecret(accessToken);
  return { outcome, credential, accessToken, warning };
}

export function notConnected(account: ConnectedAccount): Failure {
  return new Failure("not_connected", "the account is not connected", { account: addressOf(account) });
}
