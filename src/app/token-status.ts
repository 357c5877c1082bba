/** How every account's token stands: computed from what is stored, without opening a single secret. */
import { addressOf } from "../domain/account.ts";
import type { Credential, LastError } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import { credentialInUse, type Health, healthOf } from "../domain/health.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { type RefreshTiming, refreshDueAt } from "../domain/refresh-schedule.ts";
import type { Instant } from "../domain/time.ts";
import type { Api, Platform } from "../platforms/platform.ts";
import { apiForAccount } from "./platform-api.ts";
import { requirePlatform, type Services } from "./services.ts";

export interface LiveCheck {
  readonly ok: boolean;
  readonly checkedAt: Instant;
  readonly detail: string;
}

export interface TokenStatus {
  readonly account: ConnectedAccount;
  readonly address: string;
  /** Of the credential in use, as is all that follows. */
  readonly method: string | null;
  /** The account's first credential, where that cannot be used. */
  readonly inPlaceOf: Credential | null;
  readonly status: Health;
  readonly expiresAt: Instant | null;
  readonly refreshAt: Instant | null;
  readonly refreshable: boolean;
  readonly lastRefreshedAt: Instant | null;
  readonly lastError: LastError | null;
  readonly clockSkew: number;
  readonly live: LiveCheck | null;
}

export async function tokenStatuses(services: Services, accounts: readonly ConnectedAccount[]): Promise<TokenStatus[]> {
  const timings = await timingsOf(services, accounts);
  return accounts.map((account) => statusOf(account, timings.get(account.platform) ?? {}, services.clock.now()));
}

/** Only platforms that are connected are loaded, each once. One that is gone from this version is shown all the same. */
async function timingsOf(
  services: Services,
  accounts: readonly ConnectedAccount[],
): Promise<Map<string, RefreshTiming>> {
  const ids = [...new Set(accounts.map((account) => account.platform))];
  const entries = await Promise.all(
    ids.map(async (id) => [id, (await services.loadPlatform(id))?.tokens ?? {}] as const),
  );
  return new Map(entries);
}

function statusOf(account: ConnectedAccount, timing: RefreshTiming, now: Instant): TokenStatus {
  const credential = credentialInUse(account.credentials, now, timing);
  const [first] = account.credentials;
  const inPlaceOf = first && credential && first.id !== credential.id ? first : null;
  return {
    account,
    method: credential?.method ?? null,
    inPlaceOf,
    address: addressOf(account),
    status: healthOf(account, credential, now, timing),
    expiresAt: credential?.accessExpiresAt ?? null,
    refreshAt: credential?.refreshable ? refreshDueAt(credential, timing) : null,
    refreshable: credential?.refreshable ?? false,
    lastRefreshedAt: credential?.lastRefreshedAt ?? null,
    lastError: credential?.lastError ?? null,
    clockSkew: credential?.clockSkew ?? 0,
    live: null,
  };
}

/**
 * Whether the platform accepts the token now; where there are several, each: one that stands in for another must work on the
 * day it is needed. Never throws: what fails is the answer.
 */
export async function checkLive(services: Services, account: ConnectedAccount): Promise<LiveCheck> {
  const { credentials } = account;
  if (credentials.length < 2) return checkCredential(services, account);
  const checks: LiveCheck[] = [];
  for (const credential of credentials) {
    checks.push(await checkCredential(services, { ...account, credentials: [credential] }));
  }
  const details = checks.map(({ detail }, index) => `${credentials[index]?.method}: ${detail}`);
  return { ok: checks.every(({ ok }) => ok), checkedAt: services.clock.now(), detail: details.join("; ") };
}

async function checkCredential(services: Services, account: ConnectedAccount): Promise<LiveCheck> {
  try {
    const platform = await requirePlatform(services, account.platform);
    const api = apiForAccount(services, platform, account);
    const found = await platform.check(api);
    const detail = typeof found === "string" ? found : found.say;
    if (account.externalId === null) await identifyNow(services, platform, api, account);
    return { ok: true, checkedAt: services.clock.now(), detail };
  } catch (error) {
    return { ok: false, checkedAt: services.clock.now(), detail: toFailure(error).message };
  }
}

/** An account whose platform would not say who it is when it was connected: it is asked again. */
async function identifyNow(services: Services, platform: Platform, api: Api, account: ConnectedAccount): Promise<void> {
  const [identity] = await platform.identify(api);
  if (!identity) return;
  const vault = await services.vault();
  const { brand, platform: platformId } = account;
  const same = (await vault.accounts({ brand, platform: platformId })).find(
    (other) => other.id !== account.id && other.externalId === identity.externalId && other.issuer === account.issuer,
  );
  if (same) {
    const address = addressOf(account);
    throw new Failure("usage", `it is ${addressOf(same)}, which is connected already`, {
      hint: `agencyiq disconnect ${address} --no-revoke`,
    });
  }
  const chosen = account.handle.startsWith("unidentified-") ? identity.handle : account.handle;
  await vault.identify(account.id, { ...identity, handle: chosen });
}
