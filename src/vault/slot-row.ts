import { Failure } from "../domain/failure.ts";
import type { KeySlot, SlotKind, SlotParameters } from "../domain/ports/keys.ts";
import type { Database } from "./schema.ts";

export type SlotRow = Database["key_slots"];

export function toSlot(row: SlotRow): KeySlot {
  return {
    id: row.id,
    kind: row.kind as SlotKind,
    parameters: parametersOf(row),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}

/** @throws Failure `vault_damaged` */
export function parametersOf(row: SlotRow): SlotParameters {
  try {
    return JSON.parse(row.parameters) as SlotParameters;
  } catch (cause) {
    throw damagedSlot(row.kind, cause);
  }
}

export function damagedSlot(kind: string, cause?: unknown): Failure {
  return new Failure("vault_damaged", `the vault's ${kind} key slot is damaged`, {
    hint: "open it another way (agencyiq vault status lists them), or: agencyiq vault restore FILE",
    cause,
  });
}
