/** The certificate that the loopback server of `connect --https` answers with: one for every platform, kept in the vault. */
import type { ServerCertificate } from "../domain/ports/machine.ts";
import type { Vault } from "../domain/ports/vault.ts";
import { days } from "../domain/time.ts";
import type { Services } from "./services.ts";

/** The one there is, so that trusting it once is enough; another, which has to be trusted again, shortly before it ends. */
export async function callbackCertificate(services: Services, vault: Vault): Promise<ServerCertificate> {
  const kept = await vault.callbackCertificate();
  if (kept && kept.expiresAt > services.clock.now() + days(1)) {
    services.keepSecret(kept.key);
    return kept;
  }
  const made = await services.makeCertificate();
  services.keepSecret(made.key);
  await vault.keepCallbackCertificate(made);
  return made;
}
