/** `tokens refresh`: several accounts, each on its own; one that fails holds back none. */
import { addressOf } from "../domain/account.ts";
import { bringsAnother, type Credential } from "../domain/credential.ts";
import type { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { refreshDueAt } from "../domain/refresh-schedule.ts";
import type { Instant } from "../domain/time.ts";
import { aboutAccount, freshTokenOf } from "./fresh-token.ts";
import { inParallel } from "./in-parallel.ts";
import { timingOf } from "./methods.ts";
import type { Services } from "./services.ts";
import { notConnected } from "./token-in-hand.ts";

export type RefreshOutcome = "refreshed" | "fresh" | "not_refreshable" | "needs_reauth" | "retry_later" | "failed";

export interface RefreshResult {
  readonly address: string;
  /** Of the credential in use. */
  readonly outcome: RefreshOutcome;
  readonly expiresAt: Instant | null;
  readonly failure: Failure | null;
  /** Why the account's first credential is not the one in use. */
  readonly fallback: Failure | null;
  /** What is wrong with the login that its token is got with, which itself never posts. */
  readonly login: Failure | null;
}

/** Refreshes what is due (everything with `force`). At most 8 requests are under way at once. */
export function refreshAccounts(
  services: Services,
  accounts: readonly ConnectedAccount[],
  options: { force: boolean },
): Promise<RefreshResult[]> {
  return inParallel(accounts, 8, (account) => refreshAccount(services, account, options.force));
}

/**
 * Every credential is kept alive; the first that can be used is the one that is told about. Logins come first: what is got
 * with them is got with a token that lives.
 */
async function refreshAccount(services: Services, account: ConnectedAccount, force: boolean): Promise<RefreshResult> {
  const { credentials } = account;
  const all = (wanted: readonly Credential[]) =>
    Promise.all(wanted.map((credential) => refreshCredential(services, account, credential, { force })));
  const logins = await all(credentials.filter((credential) => bringsAnother(credential, credentials)));
  const results = await all(credentials.filter((credential) => !bringsAnother(credential, credentials)));
  const [first] = results;
  if (!first) {
    const failure = aboutAccount(notConnected(account), account);
    return {
      address: addressOf(account),
      outcome: outcomeOf(failure),
      expiresAt: null,
      failure,
      fallback: null,
      login: null,
    };
  }
  const inUse = results.find(({ failure }) => failure === null || failure.category === "later") ?? first;
  const login = logins.find(({ failure }) => failure !== null)?.failure ?? null;
  return { ...inUse, fallback: inUse === first ? null : first.failure, login };
}

/** One credential, if it is due or `force` is given; never throws. */
export async function refreshCredential(
  services: Services,
  account: ConnectedAccount,
  credential: Credential,
  options: { force: boolean; probe?: boolean },
): Promise<RefreshResult> {
  const address = addressOf(account);
  const result = { address, fallback: null, login: null };
  const { accessExpiresAt: ends, refreshable } = credential;
  if (!refreshable && ends === null && credential.status === "active") {
    return { ...result, outcome: "not_refreshable", expiresAt: null, failure: null };
  }
  try {
    const wanted = await wish(services, account, credential);
    const fresh = await freshTokenOf(services, account, credential, { ...options, ...wanted, unopened: true });
    const { outcome, warning } = fresh;
    const expiresAt = fresh.credential.accessExpiresAt;
    if (warning) return { ...result, outcome: outcomeOf(warning), expiresAt, failure: aboutAccount(warning, account) };
    return { ...result, outcome, expiresAt, failure: null };
  } catch (error) {
    const failure = aboutAccount(error, account);
    return { ...result, outcome: outcomeOf(failure), expiresAt: ends, failure };
  }
}

/** Good until it would be due anyway: what the schedule calls due is what this refreshes. */
async function wish(
  services: Services,
  account: ConnectedAccount,
  credential: Credential,
): Promise<{ validity: number; force?: true }> {
  const { accessExpiresAt } = credential;
  const platform = await services.loadPlatform(account.platform);
  const dueAt = refreshDueAt(credential, timingOf(platform, credential.method));
  if (dueAt === null) return { validity: 0 };
  if (accessExpiresAt !== null) return { validity: Math.max(0, accessExpiresAt - dueAt) };
  // It does not end, but what it is refreshed with does when it is not used.
  return dueAt <= services.clock.now() ? { validity: 0, force: true } : { validity: 0 };
}

function outcomeOf(failure: Failure): RefreshOutcome {
  if (failure.category === "reauthorize") return "needs_reauth";
  return failure.category === "later" ? "retry_later" : "failed";
}
