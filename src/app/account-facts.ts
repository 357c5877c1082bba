/** What is known of the place that an account is at. */
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { days } from "../domain/time.ts";
import { apiForAccount } from "./platform-api.ts";
import { requirePlatform, type Services } from "./services.ts";

/** A server's rules change a few times a year (milliseconds). */
const keepFor = days(1);

/** The same accounts, with facts of today where the platform tells them. Where it cannot be asked, what was known counts. */
export function withPresentFacts(
  services: Services,
  accounts: readonly ConnectedAccount[],
): Promise<readonly ConnectedAccount[]> {
  return Promise.all(accounts.map((account) => withPresent(services, account)));
}

async function withPresent(services: Services, account: ConnectedAccount): Promise<ConnectedAccount> {
  const platform = await requirePlatform(services, account.platform);
  const now = services.clock.now();
  if (!platform.factsOf || (account.factsAt !== null && now - account.factsAt < keepFor)) return account;
  try {
    const facts = await platform.factsOf(apiForAccount(services, platform, account));
    await (await services.vault()).keepFacts(account.id, facts);
    return { ...account, facts, factsAt: now };
  } catch {
    return account;
  }
}
