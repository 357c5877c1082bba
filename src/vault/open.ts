import { existsSync } from "node:fs";
import { Failure } from "../domain/failure.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import type { UnlockPlan } from "../domain/ports/vault-custody.ts";
import { type OpenStore, openFile } from "./database.ts";
import { Keyring } from "./keyring.ts";
import { readMeta } from "./meta.ts";
import { storageFailure } from "./storage-failure.ts";
import type { VaultContext } from "./vault-context.ts";

export interface CustodyOptions {
  readonly home: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
  readonly processId: number;
  /** `user@host`, for the ledger. */
  readonly actor: string;
}

/** @throws Failure `vault_missing`, `vault_damaged`, `storage_unwritable` */
export async function openContext(options: CustodyOptions, path: string, plan: UnlockPlan): Promise<VaultContext> {
  if (!existsSync(path)) {
    throw new Failure("vault_missing", `there is no vault at ${path}`, {
      hint: "agencyiq setup x, or: agencyiq vault init",
    });
  }
  const opened = openFile(path);
  try {
    return contextOver(options, path, opened, plan);
  } catch (error) {
    opened.raw.close();
    throw storageFailure(error, path);
  }
}

export function contextOver(options: CustodyOptions, path: string, opened: OpenStore, plan: UnlockPlan): VaultContext {
  const id = readMeta(opened.raw, "vault_id");
  return { ...options, id, path, opened, keyring: new Keyring(opened, id, plan, options.random, options.clock) };
}
