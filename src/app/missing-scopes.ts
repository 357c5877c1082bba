/** What a platform wants to be granted before it publishes, and what a login brought. */
import { addressOf, reconnectCommand } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import { credentialInUse } from "../domain/health.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Instant } from "../domain/time.ts";
import type { Platform } from "../platforms/platform.ts";
import { methodOf, timingOf } from "./methods.ts";

/** Those without which nothing is published; none where it is not known what was granted. */
export function missingScopes(
  platform: Platform | null,
  { method: name, scopes }: Pick<Credential, "method" | "scopes">,
): readonly string[] {
  if (!platform?.publish || scopes.length === 0) return [];
  const method = methodOf(platform, name);
  const needed = method.kind === "oauth2" ? (method.neededToPublish ?? []) : [];
  return needed.filter((scope) => !scopes.includes(scope));
}

/** Of the credential that would be used now; null: nothing is missing, or something else is wrong first. */
export function scopeFailure(platform: Platform, account: ConnectedAccount, now: Instant): Failure | null {
  const used = credentialInUse(account.credentials, now, ({ method }) => timingOf(platform, method));
  if (used?.status !== "active") return null;
  const missing = missingScopes(platform, used);
  if (missing.length === 0) return null;
  return new Failure(
    "scope_missing",
    `agencyiq was not granted ${missing.join(", ")}, without which ${platform.name} publishes nothing`,
    {
      account: addressOf(account),
      hint: reconnectCommand(account, used),
    },
  );
}

/** @throws Failure `scope_missing`; nothing was sent then */
export function requireScopes(platform: Platform, account: ConnectedAccount, now: Instant): void {
  const failure = scopeFailure(platform, account, now);
  if (failure) throw failure;
}
