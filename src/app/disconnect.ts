import { addressOf } from "../domain/account.ts";
import { type Credential, isSameLogin, loginOf } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import { HttpFailure } from "../domain/ports/http.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { networkFailure } from "../oauth/failures.ts";
import { invalidateToken } from "../oauth/oauth1.ts";
import { canRevoke, revokeToken } from "../oauth/revocation.ts";
import type { ConnectMethod, OAuth2Method, Platform } from "../platforms/platform.ts";
import { oauth1Party, partyFor, signingKeysFor } from "./credential-party.ts";
import { othersOfLogin } from "./logins.ts";
import { methodIfAny, methodOf, rulesOf } from "./methods.ts";
import { requirePlatform, type Services } from "./services.ts";

export interface Disconnected {
  readonly address: string;
  /** Whether the platform was told; false where it has no revocation or `--no-revoke` was given. */
  readonly revoked: boolean;
  /** The accounts that live by the same login, for whose sake it was not revoked. */
  readonly keptFor: readonly string[];
  /** What the keys are called that work on until a person deletes them there. */
  readonly keysLeft: readonly string[];
  /** Where a person ends by hand what the platform was not told; null: told, or not known. */
  readonly removeAccessAt: string | null;
}

/**
 * Revokes every credential at the platform, refresh token first (RFC 7009 section 2.1), then forgets locally. What other
 * accounts live by is left alone, and what is got with a login ends with it. If revoking fails, nothing
 * is forgotten: a token that still works must not become one that nobody can revoke.
 */
export async function disconnectAccount(
  services: Services,
  account: ConnectedAccount,
  options: { revoke: boolean },
): Promise<Disconnected> {
  const address = addressOf(account);
  const vault = await services.vault();
  try {
    const endings = new Map<Credential, Ending>();
    const keptFor = new Set<string>();
    for (const credential of options.revoke ? account.credentials : []) {
      if (loginOf(credential, account.credentials)) continue;
      const others = await endedAlong(services, vault, account, credential);
      for (const other of others) keptFor.add(addressOf(other));
      if (others.length > 0) continue;
      endings.set(credential, await revoke(services, vault, account, credential));
    }
    const revoked = [...endings.values()].includes("told");
    await vault.disconnect(account.id, { revoked });
    // An account of a platform that this version does not know can be forgotten all the same.
    const platform = await services.loadPlatform(account.platform);
    const keysLeft = platform ? keysLeftOf(platform, account, endings) : [];
    const told = revoked || keptFor.size > 0;
    const removeAccessAt = told && keysLeft.length === 0 ? null : (platform?.removeAccessAt ?? null);
    return { address, revoked, keptFor: [...keptFor].sort(), keysLeft, removeAccessAt };
  } catch (error) {
    const failure = toFailure(error).about(address);
    if (!options.revoke || failure.category === "locked") throw failure;
    throw new Failure(failure.code, `its tokens could not be revoked, so it is kept: ${failure.message}`, {
      account: address,
      hint: `run it again later, or forget it here only with: agencyiq disconnect ${address} --no-revoke`,
      cause: failure,
    });
  }
}

/** `told`: the platform ended it. `dead`: it had ended already. `untold`: nothing but a person can end it. */
type Ending = "told" | "dead" | "untold";

function keysLeftOf(
  platform: Platform,
  { credentials }: ConnectedAccount,
  endings: ReadonlyMap<Credential, Ending>,
): string[] {
  const left = credentials.filter((credential) => (endings.get(credential) ?? "untold") === "untold");
  return left.flatMap(({ method: id }) => {
    const method = methodIfAny(platform, id);
    if (method?.kind !== "key" || method.name === null) return [];
    // What was never sent there cannot be deleted there.
    return method.presentation?.in === "nothing" ? [] : [method.name];
  });
}

/** The other accounts that revoking this credential would end. */
async function endedAlong(
  services: Services,
  vault: Vault,
  account: ConnectedAccount,
  credential: Credential,
): Promise<readonly ConnectedAccount[]> {
  const others = await othersOfLogin(vault, account, credential);
  const platform = await requirePlatform(services, account.platform);
  const method = methodOf(platform, credential.method);
  if (method.kind !== "oauth2") return [];
  if (method.revokes === "login")
    return [...others, ...(await ofOtherProducts(services, vault, account, credential, method))];
  if (platform.revoke || method.derived) return others;
  const sharing: ConnectedAccount[] = [];
  for (const other of others) if (await sharesToken(services, vault, credential, other)) sharing.push(other);
  return sharing;
}

/** Accounts of other platforms behind the same authorization server, as Google's are, that this person's app may have. */
async function ofOtherProducts(
  services: Services,
  vault: Vault,
  { platform }: ConnectedAccount,
  credential: Credential,
  { endpoints }: OAuth2Method,
): Promise<readonly ConnectedAccount[]> {
  const address = endpoints === "discovery" ? undefined : endpoints.revoke;
  const found: ConnectedAccount[] = [];
  for (const other of await vault.accounts()) {
    if (other.platform === platform) continue;
    if (!other.credentials.some((each) => each.clientId === credential.clientId && !areOthers(each, credential)))
      continue;
    const methods = (await services.loadPlatform(other.platform))?.methods ?? [];
    const shares = (method: ConnectMethod) =>
      method.kind === "oauth2" && method.endpoints !== "discovery" && method.endpoints.revoke === address;
    if (address !== undefined && methods.some(shares)) found.push(other);
  }
  return found;
}

/** Both logins say by OpenID Connect who it is. */
function areOthers(one: Credential, other: Credential): boolean {
  const isKnown = ({ scopes, subject }: Credential) => scopes.includes("openid") && subject !== null;
  return isKnown(one) && isKnown(other) && one.subject !== other.subject;
}

/** Whether an account keeps a copy of what would be revoked. */
async function sharesToken(
  services: Services,
  vault: Vault,
  credential: Credential,
  { credentials }: ConnectedAccount,
): Promise<boolean> {
  for (const kind of ["refresh_token", "access_token"] as const) {
    const token = await vault.secret(credential, kind);
    if (token === null) continue;
    services.keepSecret(token);
    for (const other of credentials.filter((each) => isSameLogin(each, credential))) {
      if ((await vault.secret(other, kind)) === token) return true;
    }
  }
  return false;
}

async function revoke(
  services: Services,
  vault: Vault,
  account: ConnectedAccount,
  credential: Credential,
): Promise<Ending> {
  const platform = await requirePlatform(services, account.platform);
  const { kind: way } = methodOf(platform, credential.method);
  if (way === "oauth1") return invalidate(services, vault, platform, credential);
  if (platform.revoke) return endLogin(services, platform, account, credential);
  if (way === "key") {
    await endSession(services, vault, platform, account, credential);
    return "untold";
  }
  const party = await partyFor(services, vault, platform, account, credential);
  if (!canRevoke(party)) return "untold";
  for (const kind of ["refresh_token", "access_token"] as const) {
    const token = await vault.secret(credential, kind);
    services.keepSecret(token);
    if (token !== null) await revokeToken(party, token, kind);
  }
  return "told";
}

/** By the platform's own call, which may not be for this way in. What is dead already cannot be told, and need not be. */
async function endLogin(
  services: Services,
  platform: Platform,
  account: ConnectedAccount,
  credential: Credential,
): Promise<Ending> {
  const { apiForCredential } = await import("./platform-api.ts");
  try {
    await platform.revoke?.(apiForCredential(services, platform, account, credential));
    return "told";
  } catch (error) {
    const { category, code } = toFailure(error);
    if (category === "reauthorize") return "dead";
    if (code === "platform_cannot") return "untold";
    throw error;
  }
}

/** OAuth 1.0a knows no revocation (RFC 7009 is OAuth 2's): some platforms have an endpoint of their own. */
async function invalidate(
  services: Services,
  vault: Vault,
  platform: Platform,
  credential: Credential,
): Promise<Ending> {
  const token = await vault.secret(credential, "access_token");
  services.keepSecret(token);
  if (token === null) return "dead";
  const keys = await signingKeysFor(services, vault, platform, credential, token);
  const party = oauth1Party(services, platform, credential.method, keys);
  if (!party.endpoints.invalidate) return "untold";
  await invalidateToken(party, keys);
  return "told";
}

/** What was opened with a key; the key itself is for a person to delete. What is dead already cannot be ended, and need not be. */
async function endSession(
  { http, keepSecret }: Services,
  vault: Vault,
  platform: Platform,
  account: ConnectedAccount,
  credential: Credential,
): Promise<void> {
  const { renewal } = rulesOf(platform, credential.method);
  const endAt = typeof renewal === "object" && "refreshAt" in renewal ? renewal.endAt : undefined;
  const token = endAt ? await vault.secret(credential, "refresh_token") : null;
  if (!endAt || token === null) return;
  keepSecret(token);
  const headers = { authorization: `Bearer ${token}` };
  try {
    await http.send({ method: "POST", url: endAt(account.issuer ?? ""), headers, fresh: true });
  } catch (error) {
    throw error instanceof HttpFailure ? networkFailure(error) : error;
  }
}
