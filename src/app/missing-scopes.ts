/** What a platform wants to be granted before it publishes, and what a login brought. */
import { addressOf, reconnectCommand } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import { credentialInUse } from "../domain/health.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Instant } from "../domain/time.ts";
import type { Message, Platform } from "../platforms/platform.ts";
import { methodOf, timingOf } from "./methods.ts";

/**
 * Those without which nothing is published, or these messages are not; none where it is not known what was granted, nor for
 * what has no scopes, as OAuth 1.0a.
 */
export function missingScopes(
  platform: Platform | null,
  { method: name, scopes }: Pick<Credential, "method" | "scopes">,
  messages: readonly Message[] = [],
): readonly string[] {
  if (!platform?.publish || scopes.length === 0) return [];
  const method = methodOf(platform, name);
  if (method.kind !== "oauth2") return [];
  const { neededToPublish = [] } = method;
  const { scopesFor } = platform.publish;
  const needed = scopesFor && messages.length > 0 ? messages.flatMap(scopesFor) : neededToPublish;
  return [...new Set(needed)].filter((scope) => !scopes.includes(scope));
}

/** Of the credential that would be used now; null: nothing is missing, or something else is wrong first. */
export function scopeFailure(
  platform: Platform,
  account: ConnectedAccount,
  now: Instant,
  messages: readonly Message[] = [],
): Failure | null {
  const used = credentialInUse(account.credentials, now, ({ method }) => timingOf(platform, method));
  if (used?.status !== "active") return null;
  const missing = missingScopes(platform, used, messages);
  if (missing.length === 0) return null;
  const what = messages.length > 0 ? "does not publish this" : "publishes nothing";
  const told = `agencyiq was not granted ${missing.join(", ")}, without which ${platform.name} ${what}`;
  return new Failure("scope_missing", told, {
    account: addressOf(account),
    hint: reconnectCommand(account, used),
  });
}

/** @throws Failure `scope_missing`; nothing was sent then */
export function requireScopes(
  platform: Platform,
  account: ConnectedAccount,
  now: Instant,
  messages: readonly Message[],
): void {
  const failure = scopeFailure(platform, account, now, messages);
  if (failure) throw failure;
}
