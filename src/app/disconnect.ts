import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { invalidateToken } from "../oauth/oauth1.ts";
import { canRevoke, revokeToken } from "../oauth/revocation.ts";
import type { Platform } from "../platforms/platform.ts";
import { oauth1Party, partyFor, signingKeysFor } from "./credential-party.ts";
import { methodOf } from "./methods.ts";
import { requirePlatform, type Services } from "./services.ts";

export interface Disconnected {
  readonly address: string;
  /** Whether the platform was told; false where it has no revocation or `--no-revoke` was given. */
  readonly revoked: boolean;
}

/**
 * Revokes every credential at the platform, refresh token first (RFC 7009 section 2.1), then forgets locally. If revoking fails, nothing
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
    let revoked = false;
    if (options.revoke) {
      for (const credential of account.credentials) {
        revoked = (await revoke(services, vault, account, credential)) || revoked;
      }
    }
    await vault.disconnect(account.id, { revoked });
    return { address, revoked };
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

async function revoke(
  services: Services,
  vault: Vault,
  account: ConnectedAccount,
  credential: Credential,
): Promise<boolean> {
  const platform = await requirePlatform(services, account.platform);
  if (methodOf(platform, credential.method).kind === "oauth1") return invalidate(services, vault, platform, credential);
  const party = await partyFor(services, vault, platform, account, credential);
  if (!canRevoke(party)) return false;
  for (const kind of ["refresh_token", "access_token"] as const) {
    const token = await vault.secret(credential, kind);
    services.keepSecret(token);
    if (token !== null) await revokeToken(party, token, kind);
  }
  return true;
}

/** OAuth 1.0a knows no revocation (RFC 7009 is OAuth 2's): some platforms have an endpoint of their own. */
async function invalidate(
  services: Services,
  vault: Vault,
  platform: Platform,
  credential: Credential,
): Promise<boolean> {
  const token = await vault.secret(credential, "access_token");
  services.keepSecret(token);
  if (token === null) return false;
  const keys = await signingKeysFor(services, vault, platform, credential, token);
  const party = oauth1Party(services, platform, credential.method, keys);
  if (!party.endpoints.invalidate) return false;
  await invalidateToken(party, keys);
  return true;
}
