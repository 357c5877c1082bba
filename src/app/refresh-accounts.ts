/** `tokens refresh`: several accounts, each on its own; one that fails holds back none. */
import { addressOf } from "../domain/account.ts";
import { type Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { refreshDueAt } from "../domain/refresh-schedule.ts";
import type { Instant } from "../domain/time.ts";
import { aboutAccount, ensureFreshToken } from "./fresh-token.ts";
import { inParallel } from "./in-parallel.ts";
import type { Services } from "./services.ts";

export type RefreshOutcome = "refreshed" | "fresh" | "not_refreshable" | "needs_reauth" | "retry_later" | "failed";

export interface RefreshResult {
  readonly address: string;
  readonly outcome: RefreshOutcome;
  readonly expiresAt: Instant | null;
  readonly failure: Failure | null;
}

/** Refreshes what is due (everything with `force`). At most 8 requests are under way at once. */
export function refreshAccounts(
  services: Services,
  accounts: readonly ConnectedAccount[],
  options: { force: boolean },
): Promise<RefreshResult[]> {
  return inParallel(accounts, 8, (account) => refreshOne(services, account, options.force));
}

async function refreshOne(services: Services, account: ConnectedAccount, force: boolean): Promise<RefreshResult> {
  const address = addressOf(account);
  const credential = account.credentials[0];
  if (credential && !credential.refreshable && credential.accessExpiresAt === null) {
    return { address, outcome: "not_refreshable", expiresAt: null, failure: null };
  }
  try {
    const due = credential ? await validityWanted(services, account) : 0;
    const fresh = await ensureFreshToken(services, account, { force, validity: due });
    const { outcome, warning } = fresh;
    const expiresAt = fresh.credential.accessExpiresAt;
    if (warning) return { address, outcome: outcomeOf(warning), expiresAt, failure: aboutAccount(warning, account) };
    return { address, outcome, expiresAt, failure: null };
  } catch (error) {
    const failure = toFailure(error);
    return { address, outcome: outcomeOf(failure), expiresAt: credential?.accessExpiresAt ?? null, failure };
  }
}

/** Good until it would be due anyway: what the schedule calls due is what this command refreshes. */
async function validityWanted(services: Services, account: ConnectedAccount): Promise<number> {
  const [credential] = account.credentials;
  if (!credential || credential.accessExpiresAt === null) return 0;
  const platform = await services.loadPlatform(account.platform);
  const dueAt = refreshDueAt(credential, platform?.tokens ?? {});
  return dueAt === null ? 0 : Math.max(0, credential.accessExpiresAt - dueAt);
}

function outcomeOf(failure: Failure): RefreshOutcome {
  if (failure.category === "reauthorize") return "needs_reauth";
  return failure.category === "later" ? "retry_later" : "failed";
}
