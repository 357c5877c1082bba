import type { Account } from "./account.ts";
import { type Credential, inOrderOfUse } from "./credential.ts";
import { type RefreshTiming, refreshDueAt } from "./refresh-schedule.ts";
import type { Instant } from "./time.ts";

/** What `tokens status` shows. Computed from what is stored and the time; never stored itself. */
export type Health = "healthy" | "expiring" | "expired" | "needs_reauth" | "error" | "disconnected";

/** Whether an account can be used through this credential, now or after a refresh. */
function isUsable(credential: Credential, now: Instant, timing: RefreshTiming = {}): boolean {
  const { status, reason, accessExpiresAt, refreshable } = credential;
  const lives = accessExpiresAt === null || accessExpiresAt > now;
  if (status === "active") return lives || (refreshable && !timing.onlyWhileValid);
  return lives && reason !== "refused_by_api";
}

/** The credential that would be used now; the first at all when none can. */
export function credentialInUse(
  credentials: readonly Credential[],
  now: Instant,
  timingOf: (credential: Credential) => RefreshTiming = () => ({}),
): Credential | null {
  const usable = inOrderOfUse(credentials).find((credential) => isUsable(credential, now, timingOf(credential)));
  return usable ?? credentials[0] ?? null;
}

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
  if (expired && (!credential.refreshable || timing.onlyWhileValid)) return "needs_reauth";
  if (expired) return credential.failureCount > 0 ? "error" : "expired";
  const dueAt = refreshDueAt(credential, timing);
  return dueAt !== null && dueAt <= now ? "expiring" : "healthy";
}
