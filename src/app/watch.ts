/** The full check: what will need a person, said ahead of time and once. */
import { addressOf } from "../domain/account.ts";
import { type Credential, endOf } from "../domain/credential.ts";
import {
  dataAccessEnding,
  expiring,
  failing,
  isDataAccessNear,
  type NewNotification,
  warningDays,
} from "../domain/notification.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { days, type Instant, minutes } from "../domain/time.ts";
import { dependentsOf, othersOfLogin } from "./logins.ts";
import { timingOf } from "./methods.ts";
import type { Services } from "./services.ts";

/** After a machine wakes up, networks take a moment: what fails for less than this is not told (milliseconds). */
const quiet = minutes(5);

/** Raises what is to be told and was not told yet; how many. */
export async function checkAccounts(services: Services): Promise<number> {
  const vault = await services.vault();
  const now = services.clock.now();
  const accounts = await vault.accountsAtRisk(now + days(warningDays[0]));
  let told = 0;
  for (const account of accounts) {
    for (const credential of account.credentials) {
      const platform = await services.loadPlatform(account.platform);
      const { onlyWhileValid = false } = timingOf(platform, credential.method);
      const dependents = await dependentsOf(vault, account, credential);
      const looked = { account, credential, now, dependents };
      for (const notification of [concern(looked, onlyWhileValid), await dataAccessConcern(vault, looked)]) {
        if (notification && (await vault.notify(notification))) told += 1;
      }
    }
  }
  return told;
}

interface Looked {
  readonly account: ConnectedAccount;
  readonly credential: Credential;
  readonly now: Instant;
  readonly dependents: readonly string[] | undefined;
}

/** `onlyWhileValid`: once it has ended, nothing but a person helps. */
function concern(looked: Looked, onlyWhileValid: boolean): NewNotification | null {
  const { account, credential, now, dependents } = looked;
  if (credential.status !== "active") return null;
  const { refreshable, accessExpiresAt, failingSince, lastError } = credential;
  const ended = accessExpiresAt !== null && accessExpiresAt <= now;
  if (ended && refreshable && onlyWhileValid) return expiring(looked, 1, accessExpiresAt);
  // A login that cannot be refreshed for now keeps no post from going out.
  if (dependents === undefined && refreshable && ended && failingSince !== null && now - failingSince >= quiet) {
    return failing({ account, credential, why: lastError?.message ?? "its refresh fails", now });
  }
  const end = endOf(credential);
  if (end === null) return null;
  // Only the nearest mark: who was away for a week is not told about last week's.
  const mark = [...warningDays].reverse().find((count) => end - now <= days(count));
  return mark === undefined ? null : expiring(looked, mark, end);
}

/** No error: said once for everybody who lives by the login. */
async function dataAccessConcern(vault: Vault, looked: Looked): Promise<NewNotification | null> {
  const { account, credential, now } = looked;
  const { dataAccessExpiresAt: end, status } = credential;
  if (status !== "active" || !isDataAccessNear(end, now)) return null;
  const others = await othersOfLogin(vault, account, credential);
  return dataAccessEnding({ ...looked, dependents: [account, ...others].map(addressOf).sort() }, end);
}
