/** From a sentence to what fits: who is meant, and every problem at once, before anything is written or sent. */
import { addressOf } from "../domain/account.ts";
import type { Schedule } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { contentFor, type PostContent, type PostDraft } from "../domain/post.ts";
import type { Platform } from "../platforms/platform.ts";
import { requireQuota } from "./quota.ts";
import { requirePlatform, type Services } from "./services.ts";

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

/** One target after counting, for `--dry-run` and for the refusal that lists every problem at once. */
export interface CheckedTarget {
  readonly account: ConnectedAccount;
  readonly address: string;
  readonly platform: Platform;
  readonly length: number | null;
  readonly max: number | null;
  readonly unit: string | null;
  readonly problem: string | null;
}

/** Counts the text as each platform counts it. Sends nothing. */
export function checkTargets(services: Services, request: PublishRequest): Promise<CheckedTarget[]> {
  return Promise.all(
    request.accounts.map((account) => checkTarget(services, account, contentFor(request.draft, account.platform))),
  );
}

async function checkTarget(
  services: Services,
  account: ConnectedAccount,
  { text }: PostContent,
): Promise<CheckedTarget> {
  const platform = await requirePlatform(services, account.platform);
  const limit = platform.limits.text;
  const length = limit ? await limit.measure(text) : null;
  return {
    account,
    address: addressOf(account),
    platform,
    length,
    max: limit?.max ?? null,
    unit: limit?.unit ?? null,
    problem: problemOf(platform, text, length),
  };
}

function problemOf(platform: Platform, text: string, length: number | null): string | null {
  if (!platform.publish) return `${platform.name} accounts are kept alive here, not posted to`;
  if (text.trim() === "") return "there is no text";
  const limit = platform.limits.text;
  if (!limit || length === null || length <= limit.max) return null;
  return `the text has ${length} ${limit.unit}, ${length - limit.max} more than ${platform.name} allows (${limit.max})`;
}

/** @throws Failure `content_invalid` with every problem of every target; nothing was sent then */
export function requireNoProblems(targets: readonly CheckedTarget[]): void {
  const problems = targets.filter((target) => target.problem !== null);
  if (problems.length === 0) return;
  throw new Failure("content_invalid", problems.map(({ address, problem }) => `${address}: ${problem}`).join("; "), {
    hint: "nothing was sent; agencyiq publish --dry-run shows the counted lengths",
  });
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
