/** The vault as a thing on disk. What is done rarely is in files of its own, loaded when it is done. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { UnlockPlan, VaultCustody } from "../domain/ports/vault-custody.ts";
import { type CustodyOptions, openContext } from "./open.ts";
import { sqliteVault } from "./sqlite-vault.ts";
import { guarded } from "./storage-failure.ts";
import type { VaultContext } from "./vault-context.ts";

export function vaultCustody(options: CustodyOptions): VaultCustody {
  const path = join(options.home, "vault.db");
  const within = async <T>(plan: UnlockPlan, work: (context: VaultContext) => Promise<T>): Promise<T> => {
    const context = await openContext(options, path, plan);
    try {
      return await guarded(path, () => work(context));
    } finally {
      await sqliteVault(context).close();
    }
  };
  return {
    path,
    exists: () => existsSync(path),
    create: async (source, { recovery }) =>
      (await import("./creation.ts")).createVault(options, path, source, recovery),
    open: async (plan) => sqliteVault(await openContext(options, path, plan)),
    status: async () => (await import("./status.ts")).vaultStatus(path),
    verify: async (plan) => within(plan, (await import("./verification.ts")).verifyVault),
    proveKey: async (plan) => within(plan, (await import("./key-proof.ts")).proveKey),
    rotate: async (plan, change) => {
      const { rotateVault } = await import("./rotation.ts");
      return within(plan, (context) => rotateVault(context, plan, change));
    },
    rekey: async (plan, change) => {
      const { rekeyVault } = await import("./rekey.ts");
      return within(plan, (context) => rekeyVault(context, change));
    },
    backup: async (destination) => {
      const { backupVault } = await import("./backup.ts");
      return guarded(path, () => backupVault(path, destination));
    },
    restore: async (source, plan) => {
      const { restoreVault } = await import("./backup.ts");
      return guarded(path, () =>
        restoreVault({ ...options, path }, source, (copy) => openContext(options, copy, plan)),
      );
    },
  };
}
