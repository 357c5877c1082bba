/** What is asked for when something is to be published, and whether there is a place for it. */
import type { Schedule } from "../domain/delivery.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { PostDraft } from "../domain/post.ts";
import { requireQuota } from "./quota.ts";
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

/** For a dry run. @throws Failure `quota_used_up`, `cycle_not_begun` */
export async function requirePlaceForEach(
  services: Services,
  { accounts, overQuota, schedule }: PublishRequest,
): Promise<void> {
  if (overQuota) return;
  for (const brand of new Set(accounts.map((account) => account.brand))) {
    await requireQuota(services, brand, { count: 1, at: schedule?.at ?? null });
  }
}
