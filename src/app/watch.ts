/** The full check: what will need a person, said ahead of time and once. */
import type { Credential } from "../domain/credential.ts";
import { expiring, failing, type NewNotification, warningDays } from "../domain/notification.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { days, type Instant, minutes } from "../domain/time.ts";
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
      const notification = concern(account, credential, now);
      if (notification && (await vault.notify(notification))) told += 1;
    }
  }
  return told;
}

function concern(account: ConnectedAccount, credential: Credential, now: Instant): NewNotification | null {
  if (credential.status !== "active") return null;
  const { refreshable, accessExpiresAt, refreshExpiresAt, failingSince, lastError } = credential;
  const ended = accessExpiresAt !== null && accessExpiresAt <= now;
  if (refreshable && ended && failingSince !== null && now - failingSince >= quiet) {
    return failing({ account, credential, why: lastError?.message ?? "its refresh fails", now });
  }
  const end = refreshable ? refreshExpiresAt : accessExpiresAt;
  if (end === null) return null;
  // Only the nearest mark: who was away for a week is not told about last week's.
  const mark = [...warningDays].reverse().find((count) => end - now <= days(count));
  return mark === undefined ? null : expiring({ account, credential, now }, mark, end);
}
