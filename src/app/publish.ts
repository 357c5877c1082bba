/** What is asked for when something is to be published, and whether there is a place for it. */
import type { Schedule } from "../domain/delivery.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { PostDraft } from "../domain/post.ts";
import { requireQuotas } from "./quota.ts";
import type { Services } from "./services.ts";

export interface PublishRequest {
  /** Chosen by whoever asks: asked once more, it is the same post. */
  readonly id: string;
  readonly draft: PostDraft;
  readonly brand: string;
  readonly key: string | null;
  readonly accounts: readonly ConnectedAccount[];
  /** Outside the posting cycle and above its quota all the same. */
  readonly overQuota: boolean;
  /** null: now, and by this run. */
  readonly schedule: Schedule | null;
}

/**
 * Ahead of all of them: whether each finds its place. Of several, those with a key may be there already, and are asked one by
 * one when they are written down. @throws Failure `quota_used_up`, `cycle_not_begun`
 */
export async function requirePlaceForEach(services: Services, requests: readonly PublishRequest[]): Promise<void> {
  const places = requests
    .filter(({ overQuota, key }) => !overQuota && (key === null || requests.length === 1))
    .flatMap(({ accounts, schedule }) => {
      const brands = new Set(accounts.map((account) => account.brand));
      return [...brands].map((brand) => ({ brand, at: schedule?.at ?? null }));
    });
  if (places.length > 0) await requireQuotas(services, places);
}
