/** A token that is good for as long as the caller needs it, refreshed first if it must be. Most calls end at the cheap read. */
import { addressOf, reconnectCommand } from "../domain/account.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Services } from "./services.ts";
import { type FreshToken, type FreshTokenOptions, hand, isGood, notConnected } from "./token-in-hand.ts";

/**
 * @throws Failure `needs_reauth`, `refresh_busy`, `rate_limited`, `network`, `platform_fault`,
 * `refresh_outcome_unknown`, `app_refused`, and the vault's own
 */
export async function ensureFreshToken(
  services: Services,
  account: ConnectedAccount,
  options: FreshTokenOptions = {},
): Promise<FreshToken> {
  const [credential] = account.credentials;
  if (!credential) throw notConnected(account);
  try {
    const vault = await services.vault();
    if (!options.force && isGood(credential, options, services))
      return await hand(services, vault, credential, "fresh");
    const { refreshUnderLock } = await import("./refresh-account.ts");
    return await services.uninterrupted(() => refreshUnderLock(services, vault, account, credential, options));
  } catch (error) {
    throw aboutAccount(error, account);
  }
}

/** Any error told about its account; what only a new authorization mends names the command for it. */
export function aboutAccount(error: unknown, account: ConnectedAccount): Failure {
  const failure = toFailure(error).about(addressOf(account));
  const { code, message, cause } = failure;
  if (failure.hint !== undefined) return failure;
  const hint =
    code === "record_damaged"
      ? `the other accounts are unaffected; this one: ${reconnectCommand(account)}`
      : reconnectCommand(account);
  if (failure.category !== "reauthorize" && code !== "record_damaged") return failure;
  return new Failure(code, message, { account: failure.account, hint, cause });
}
