/** The certificate that `connect --https` answers with: sealed whole, since its key is as good as what it is trusted for. */
import { Failure } from "../domain/failure.ts";
import type { ServerCertificate } from "../domain/ports/machine.ts";
import { append } from "./ledger.ts";
import { locate, presentSecret, putSecret } from "./secrets.ts";
import type { VaultContext } from "./vault-context.ts";

const kind = "callback_certificate";

/** null also for a record that does not open any more: another is made, which costs one more look at a fingerprint. */
export async function findCallbackCertificate(context: VaultContext): Promise<ServerCertificate | null> {
  try {
    const text = await presentSecret(context, (raw) => locate(raw, "vault", context.id, kind));
    return text === null ? null : (JSON.parse(text) as ServerCertificate);
  } catch (error) {
    if (error instanceof Failure && error.code === "record_damaged") return null;
    throw error;
  }
}

/** Inside a transaction. */
export function keepCallbackCertificate(context: VaultContext, certificate: ServerCertificate): void {
  putSecret(context, { owner: "vault", ownerId: context.id, kind, generation: 1 }, JSON.stringify(certificate));
  const { fingerprint } = certificate;
  append(context, { action: "vault.certificate_made", detail: { fingerprint } });
}
