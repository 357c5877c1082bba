import type { Account } from "./account.ts";
import type { Credential } from "./credential.ts";
import { type RefreshTiming, refreshDueAt } from "./refresh-schedule.ts";
import type { Instant } from "./time.ts";

/** What `tokens status` shows. Computed from what is stored and the time; never stored itself. */
export type Health = "healthy" | "expiring" | "expired" | "needs_reauth" | "error" | "disconnected";

/** The health of one credential of an account. Without a credential, or once disconnected: `disconnected`. */
export function healthOf(
  account: Pick<Account, "disconnectedAt">,
  credential: Credential | null,
  now: Instant,
  timing: RefreshTiming = {},
): Health {
  if (credential === null || account.disconnectedAt !== null) return "disconnected";
  if (credential.status === "reauth_required") return "needs_reauth";
  if (credential.status === "paused" || credential.status === "needs_confirm") return "error";
  const { accessExpiresAt } = credential;
  const expired = accessExpiresAt !== null && accessExpiresAt <= now;
  if (expired && !credential.refreshable) return "needs_reauth";
  if (expired) return credential.failureCount > 0 ? "error" : "expired";
  const dueAt = refreshDueAt(credential, timing);
  return dueAt !== null && dueAt <= now ? "expiring" : "healthy";
}
