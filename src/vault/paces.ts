/** Before when a platform is to be asked nothing for an account, as it said itself. */
import type { Pace } from "../domain/pace.ts";
import { prepared } from "./sqlite.ts";
import { readOne, type VaultContext } from "./vault-context.ts";

export function findPace(context: VaultContext, accountId: string): Promise<Pace | null> {
  const now = context.clock.now();
  return readOne(context, (raw) => {
    const found = prepared(raw, "select until, reason as why from paces where account_id = ? and until > ?");
    return (found.get(accountId, now) as Pace | undefined) ?? null;
  });
}

/** Of several limits the last one to end counts; an account that is gone meanwhile needs none. */
export function keepPace({ opened: { raw } }: VaultContext, accountId: string, { until, why }: Pace): void {
  prepared(
    raw,
    `insert into paces (account_id, until, reason) select id, ?, ? from accounts where id = ?
     on conflict do update set until = excluded.until, reason = excluded.reason where excluded.until > paces.until`,
  ).run(until, why, accountId);
}
