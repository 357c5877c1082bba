/** What is known of the place that an account is at. */
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

/** An account that is gone meanwhile needs none. */
export function keepFacts(
  { opened: { raw }, clock }: VaultContext,
  accountId: string,
  facts: Record<string, string>,
): void {
  prepared(raw, "update accounts set facts = ?, facts_at = ? where id = ?").run(
    Object.keys(facts).length === 0 ? null : JSON.stringify(facts),
    clock.now(),
    accountId,
  );
}
