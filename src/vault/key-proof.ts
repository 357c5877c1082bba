import { addressOf, reconnectCommand } from "../domain/account.ts";
import { type SecretOwner, secretKinds } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { SlotKind } from "../domain/ports/keys.ts";
import type { KeyProof } from "../domain/ports/vault-custody.ts";
import { listAccounts } from "./accounts.ts";
import type { OpenStore } from "./database.ts";
import { locate, presentSecret } from "./secrets.ts";
import type { VaultContext } from "./vault-context.ts";

interface Named {
  readonly owner: SecretOwner;
  readonly id: string;
  readonly name: string;
  /** The command that writes its records anew. */
  readonly mend: string;
}

/** @throws Failure the `key_*` codes; `record_damaged` where the key is right and the record is not */
export async function proveKey(context: VaultContext): Promise<KeyProof> {
  const { raw } = context.opened;
  const started = context.clock.now();
  const { slotId } = await context.keyring.keys();
  const milliseconds = Math.max(0, context.clock.now() - started);
  const kind = raw.prepare("select kind from key_slots where id = ?").pluck().get(slotId) as SlotKind;
  return { slot: { id: slotId, kind }, milliseconds, record: await openOne(context) };
}

async function openOne(context: VaultContext): Promise<string | null> {
  for (const { owner, id, name, mend } of named(context.opened.raw)) {
    for (const secret of secretKinds[owner]) {
      try {
        const text = await presentSecret(context, (raw) => locate(raw, owner, id, secret));
        if (text !== null) return name;
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== "record_damaged") throw error;
        const { code, message, cause } = error;
        throw new Failure(code, `${name}: ${message}`, { hint: mend, cause });
      }
    }
  }
  return null;
}

/** Everything that may have secrets: accounts first, since they are what is kept alive. */
function named(raw: OpenStore["raw"]): Named[] {
  const credentials = listAccounts(raw).flatMap((account) =>
    account.credentials.map(({ id }) => ({
      owner: "credentials" as const,
      id,
      name: addressOf(account),
      mend: reconnectCommand(account),
    })),
  );
  const apps = raw.prepare("select id, platform from apps").all() as { id: string; platform: string }[];
  const ofApps = apps.map(({ id, platform }) => ({
    owner: "apps" as const,
    id,
    name: `${platform} app`,
    mend: `agencyiq apps set ${platform}`,
  }));
  return [...credentials, ...ofApps];
}
