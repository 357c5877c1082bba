import { toFailure } from "../domain/failure.ts";
import type { Lock, Vault } from "../domain/ports/vault.ts";

/**
 * Held while a delivery is worked on, and freed by the kernel when the process dies: how another run tells "still at it"
 * from "died". null: somebody holds it.
 */
export async function deliveryLock(vault: Vault, deliveryId: string): Promise<Lock | null> {
  try {
    return await vault.lock(`delivery-${deliveryId}`, 0);
  } catch (error) {
    if (toFailure(error).code === "refresh_busy") return null;
    throw error;
  }
}
