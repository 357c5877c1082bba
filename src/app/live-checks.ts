/** The live checks that a platform wants to be made regularly (`Platform.checkEvery`): a refusal is told as everywhere. */
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { type Instant, minutes } from "../domain/time.ts";
import { inParallel } from "./in-parallel.ts";
import type { Services } from "./services.ts";
import { checkLive } from "./token-status.ts";

/** What could not be asked is asked again after this long; and what is connected meanwhile is seen by then. */
const lookAgain = minutes(5);

/** Asks about every account whose platform was last asked longer ago than it wants; when to look again. */
export async function makeDueChecks(services: Services, signal: AbortSignal): Promise<Instant> {
  const vault = await services.vault();
  const platforms = [...new Set((await vault.census()).map(({ platform }) => platform))];
  let next = Number.POSITIVE_INFINITY;
  for (const id of platforms) {
    const every = (await services.loadPlatform(id))?.checkEvery;
    if (every === undefined) continue;
    const due = await vault.uncheckedAccounts(id, services.clock.now() - every);
    await inParallel(due, 4, async (account: ConnectedAccount) => {
      if (!signal.aborted) await checkLive(services, account);
    });
    const oldest = await vault.oldestCheck(id);
    if (oldest !== null) next = Math.min(next, oldest + every);
  }
  const now = services.clock.now();
  return Math.min(Math.max(next, now + lookAgain), now + 3 * lookAgain);
}
