/** A token that is good for as long as the caller needs it, refreshed first if it must be. Most calls end at the cheap read. */
import { addressOf, reconnectCommand } from "../domain/account.ts";
import { type Credential, inOrderOfUse, signsRequests } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Services } from "./services.ts";
import { type FreshToken, type FreshTokenOptions, hand, isGood, notConnected } from "./token-in-hand.ts";

/**
 * The account's credentials are tried in their order; what only a person can mend is passed over for the next one, and the
 * owner is told. `refused`: by their ids, those that need not be tried, and why.
 * @throws Failure `needs_reauth`, `refresh_busy`, `rate_limited`, `network`, `platform_fault`,
 * `refresh_outcome_unknown`, `app_refused`, and the vault's own: those of the first credential
 */
export async function ensureFreshToken(
  services: Services,
  account: ConnectedAccount,
  options: FreshTokenOptions = {},
  refused: ReadonlyMap<string, Failure> = new Map(),
): Promise<FreshToken> {
  const failures = new Map(refused);
  for (const credential of candidates(account, options)) {
    if (refused.has(credential.id)) continue;
    try {
      const token = await freshTokenOf(services, account, credential, options);
      const inPlaceOf = replaced(account, token.credential, failures);
      if (inPlaceOf) await tell(services, account, inPlaceOf, token.credential);
      return { ...token, inPlaceOf };
    } catch (error) {
      const failure = aboutAccount(error, account);
      if (!canBeReplaced(failure)) throw failure;
      failures.set(credential.id, failure);
    }
  }
  const [failure] = account.credentials.flatMap(({ id }) => failures.get(id) ?? []);
  throw failure ?? aboutAccount(notConnected(account), account);
}

/** A token of the account's other credentials; null where there are none. @throws Failure as `ensureFreshToken` */
export async function tokenInPlaceOf(
  services: Services,
  account: ConnectedAccount,
  refused: ReadonlyMap<string, Failure>,
): Promise<FreshToken | null> {
  const others = inOrderOfUse(account.credentials).some(({ id }) => !refused.has(id));
  return others ? ensureFreshToken(services, account, {}, refused) : null;
}

function candidates(account: ConnectedAccount, { presentable = false }: FreshTokenOptions): Credential[] {
  const able = account.credentials.filter((credential) => !presentable || !signsRequests(credential));
  if (able.length > 0 || account.credentials.length === 0) return inOrderOfUse(able);
  throw new Failure(
    "platform_cannot",
    "connected by OAuth 1.0a alone, which signs each request; no token of it works by itself",
    {
      account: addressOf(account),
      hint: reconnectCommand({ ...account, credentials: [] }),
    },
  );
}

/** The account's first credential, where another one is used. */
function replaced(
  account: ConnectedAccount,
  used: Credential,
  failures: ReadonlyMap<string, Failure>,
): FreshToken["inPlaceOf"] {
  const [first] = account.credentials;
  if (!first || first.id === used.id) return null;
  const known = new Failure("needs_reauth", first.lastError?.message ?? "its authorization is no longer valid");
  return { credential: first, failure: failures.get(first.id) ?? aboutAccount(known, account) };
}

/** One credential's token. */
export async function freshTokenOf(
  services: Services,
  account: ConnectedAccount,
  credential: Credential,
  options: FreshTokenOptions,
): Promise<FreshToken> {
  const vault = await services.vault();
  if (!options.force && isGood(credential, options, services))
    return hand(services, vault, credential, "fresh", options);
  const { refreshUnderLock } = await import("./refresh-account.ts");
  return services.uninterrupted(() => refreshUnderLock(services, vault, account, credential, options));
}

/** Another credential of the account helps against what is wrong with this one; against a network it does not. */
export function canBeReplaced({ category, code }: Failure): boolean {
  return category === "reauthorize" || ["app_refused", "record_damaged", "record_rolled_back"].includes(code);
}

async function tell(
  services: Services,
  account: ConnectedAccount,
  { credential, failure }: NonNullable<FreshToken["inPlaceOf"]>,
  used: Credential,
): Promise<void> {
  const { fallbackInUse } = await import("../domain/notification.ts");
  const facts = { account, credential, why: failure.message, now: services.clock.now() };
  await (await services.vault()).notify(fallbackInUse(facts, used));
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
