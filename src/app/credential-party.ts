import type { Account } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import type { Vault } from "../domain/ports/vault.ts";
import { createParty, type Party } from "../oauth/party.ts";
import type { Platform } from "../platforms/platform.ts";
import { clientSecretOf } from "./developer-app.ts";
import { methodOf } from "./methods.ts";
import type { Services } from "./services.ts";

/** Everything needed to speak to the authorization server for a stored credential. */
export async function partyFor(
  services: Services,
  vault: Vault,
  platform: Platform,
  account: Account,
  credential: Credential,
): Promise<Party> {
  const dpopKey = credential.dpop ? await vault.secret(credential, "dpop_key") : null;
  services.keepSecret(dpopKey);
  return createParty({
    method: methodOf(platform, credential.method),
    metadata: credential.serverMetadata,
    clientId: credential.clientId,
    clientSecret: await clientSecretOf(services, vault, account.platform, credential),
    dpopKey,
    clockSkew: credential.clockSkew,
    readReply: platform.tokens.readReply,
    http: services.http,
    clock: services.clock,
  });
}
