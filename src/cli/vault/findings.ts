import { Failure } from "../../domain/failure.ts";
import type { Finding } from "../../domain/ports/vault-custody.ts";

/** What was found wrong, as one failure (exit 8). */
export function overallFinding(bad: readonly Finding[]): Failure | null {
  const [first] = bad;
  if (!first) return null;
  return new Failure("record_damaged", bad.length === 1 ? first.message : `${bad.length} things are damaged`, {
    account: first.account,
    hint: "the others work on; connect the named accounts again, or: agencyiq vault restore FILE",
  });
}
