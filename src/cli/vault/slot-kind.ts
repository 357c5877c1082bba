import { Failure } from "../../domain/failure.ts";
import { type SlotKind, slotKinds } from "../../domain/ports/keys.ts";

/** @throws Failure `usage` for a word that is no kind of slot */
export function requireSlotKind(text: string): SlotKind {
  const kind = slotKinds.find((candidate) => candidate === text);
  if (kind) return kind;
  throw new Failure("usage", `there is no key source "${text}"`, { hint: slotKinds.join(", ") });
}
