/** How every account's token stands: computed from what is stored, without opening a single secret. */
import { addressOf } from "../domain/account.ts";
import { type Credential, endOf, type LastError, loginOf } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import { credentialInUse, type Health, healthOf } from "../domain/health.ts";
import type { ConnectedAccount, TokenFact, TokenFacts } from "../domain/ports/vault.ts";
import { type RefreshTiming, refreshDueAt } from "../domain/refresh-schedule.ts";
import type { Instant } from "../domain/time.ts";
import type { Api, Platform, TokenCheck } from "../platforms/platform.ts";
import { timingOf } from "./methods.ts";
import { missingScopes } from "./missing-scopes.ts";
import { apiForCredential } from "./platform-api.ts";
import { requirePlatform, type Services } from "./services.ts";
import { notConnected } from "./token-in-hand.ts";

export interface LiveCheck {
  readonly ok: boolean;
  readonly checkedAt: Instant;
  readonly detail: string;
  /** What the platform says otherwise of its tokens than was believed; what it says is stored. */
  readonly corrected: readonly TokenFact[];
}

/** The login that the token of an account is got with, which itself never posts. */
export interface LoginStatus {
  readonly method: string;
  readonly status: Health;
  readonly expiresAt: Instant | null;
  readonly refreshAt: Instant | null;
  readonly lastError: LastError | null;
  /** A person has to sign in again by then; null: that is not known to come. */
  readonly endsAt: Instant | null;
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
  /** When it cannot be refreshed any more, and a person has to connect again; null: that is not known to come. */
  readonly renewableUntil: Instant | null;
  readonly lastRefreshedAt: Instant | null;
  readonly lastError: LastError | null;
  readonly clockSkew: number;
  readonly scopes: readonly string[];
  /** Those without which nothing is published. */
  readonly missingScopes: readonly string[];
  /** When reading the person's data ends though the token lives; null: not known. */
  readonly dataAccessExpiresAt: Instant | null;
  /** null: its token came of a login itself. */
  readonly login: LoginStatus | null;
  readonly live: LiveCheck | null;
  /** What is to be known of the platform itself; null: nothing. */
  readonly caution: string | null;
}

export async function tokenStatuses(services: Services, accounts: readonly ConnectedAccount[]): Promise<TokenStatus[]> {
  const platforms = await platformsOf(services, accounts);
  return accounts.map((account) => {
    const platform = platforms.get(account.platform) ?? null;
    return statusOf(account, platform, services.clock.now());
  });
}

/** Only platforms that are connected are loaded, each once. One that is gone from this version is shown all the same. */
async function platformsOf(
  services: Services,
  accounts: readonly ConnectedAccount[],
): Promise<Map<string, Platform | null>> {
  const ids = [...new Set(accounts.map((account) => account.platform))];
  return new Map(await Promise.all(ids.map(async (id) => [id, await services.loadPlatform(id)] as const)));
}

function statusOf(account: ConnectedAccount, platform: Platform | null, now: Instant): TokenStatus {
  const rules = ({ method }: Credential): RefreshTiming => timingOf(platform, method);
  const credential = credentialInUse(account.credentials, now, rules);
  const timing = credential ? rules(credential) : {};
  const login = credential && loginOf(credential, account.credentials);
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
    renewableUntil: credential?.refreshable ? credential.refreshExpiresAt : null,
    lastRefreshedAt: credential?.lastRefreshedAt ?? null,
    lastError: credential?.lastError ?? null,
    clockSkew: credential?.clockSkew ?? 0,
    scopes: credential?.scopes ?? [],
    missingScopes: credential ? missingScopes(platform, credential) : [],
    dataAccessExpiresAt: earliest(credential?.dataAccessExpiresAt, login?.dataAccessExpiresAt),
    login: login && loginStatusOf(account, login, rules(login), now),
    live: null,
    caution: platform?.caution ?? null,
  };
}

function earliest(...instants: readonly (Instant | null | undefined)[]): Instant | null {
  const known = instants.filter((each) => each != null);
  return known.length === 0 ? null : Math.min(...known);
}

function loginStatusOf(account: ConnectedAccount, login: Credential, timing: RefreshTiming, now: Instant): LoginStatus {
  return {
    method: login.method,
    status: healthOf(account, login, now, timing),
    expiresAt: login.accessExpiresAt,
    refreshAt: login.refreshable ? refreshDueAt(login, timing) : null,
    lastError: login.lastError,
    endsAt: endOf(login),
  };
}

/**
 * Whether the platform accepts the token now; where there are several, each: one that stands in for another must work on the
 * day it is needed. Never throws: what fails is the answer.
 */
export async function checkLive(services: Services, account: ConnectedAccount): Promise<LiveCheck> {
  const { credentials } = account;
  if (credentials.length === 0)
    return { ok: false, checkedAt: services.clock.now(), detail: notConnected(account).message, corrected: [] };
  const [only] = credentials;
  if (only && credentials.length === 1) return checkCredential(services, account, only);
  const checks: LiveCheck[] = [];
  for (const credential of credentials) {
    checks.push(await checkCredential(services, account, credential));
  }
  const details = checks.map(({ detail }, index) => `${credentials[index]?.method}: ${detail}`);
  const corrected = [...new Set(checks.flatMap((check) => check.corrected))];
  return { ok: checks.every(({ ok }) => ok), checkedAt: services.clock.now(), detail: details.join("; "), corrected };
}

async function checkCredential(
  services: Services,
  account: ConnectedAccount,
  credential: Credential,
): Promise<LiveCheck> {
  try {
    const platform = await requirePlatform(services, account.platform);
    const api = apiForCredential(services, platform, account, credential);
    const found = await platform.check(api);
    const detail = typeof found === "string" ? found : found.say;
    if (account.externalId === null) await identifyNow(services, platform, api, account);
    if (platform.checkEvery !== undefined) await (await services.vault()).checked(credential.id);
    const corrected = typeof found === "string" ? [] : await correct(services, platform, account, credential, found);
    return { ok: true, checkedAt: services.clock.now(), detail, corrected };
  } catch (error) {
    return { ok: false, checkedAt: services.clock.now(), detail: toFailure(error).message, corrected: [] };
  }
}

/** The platform knows best. Its times are by its clock; the token may have been refreshed for being asked. */
async function correct(
  services: Services,
  platform: Platform,
  account: ConnectedAccount,
  credential: Credential,
  { expiresAt, dataAccessExpiresAt, scopes }: TokenCheck,
): Promise<readonly TokenFact[]> {
  const vault = await services.vault();
  const present = await vault.credential(credential.id);
  if (!present) return [];
  const here = (instant: Instant): Instant => instant - present.clockSkew;
  const facts: TokenFacts = {
    ...(expiresAt === undefined ? {} : { accessExpiresAt: expiresAt === null ? null : here(expiresAt) }),
    ...(dataAccessExpiresAt === undefined ? {} : { dataAccessExpiresAt: here(dataAccessExpiresAt) }),
    ...(scopes === undefined ? {} : { scopes }),
  };
  return vault.correct(present, facts, timingOf(platform, present.method), addressOf(account));
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
