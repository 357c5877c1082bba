import { Failure } from "../../domain/failure.ts";
import { chosenKeySource } from "../../domain/key-choice.ts";
import type { SlotKind } from "../../domain/ports/keys.ts";

/** @throws Failure `usage` for a word that is no kind of slot */
export function requireSlotKind(text: string): SlotKind {
  const kind = chosenKeySource({ source: text });
  if (kind) return kind;
  throw new Failure("usage", "the key source is empty", { hint: "keychain, file, passphrase or command" });
}
