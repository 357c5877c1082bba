import { Failure } from "./failure.ts";
import { type SlotKind, slotKinds } from "./ports/keys.ts";

export interface KeyWishes {
  /** `--key-source`, or `AGENCYIQ_KEY_SOURCE`. */
  readonly source?: string | undefined;
  readonly file?: string | undefined;
  readonly command?: string | undefined;
  /** Whether a passphrase is in the environment; the passphrase itself is not needed to choose. */
  readonly passphrase?: boolean;
}

/**
 * The one key source that the user named; naming what a source reads implies it. null: none was named.
 * @throws Failure `key_sources_conflict` when two are named at once, since guessing could pick the wrong key
 */
export function chosenKeySource(wishes: KeyWishes): SlotKind | null {
  const implied: SlotKind[] = [];
  if (wishes.file) implied.push("file");
  if (wishes.command) implied.push("command");
  if (wishes.passphrase) implied.push("passphrase");
  const named = wishes.source ? requireKind(wishes.source) : null;
  const others = implied.filter((kind) => kind !== named);
  if ((named && others.length > 0) || implied.length > 1) {
    const all = [...new Set([...(named ? [named] : []), ...implied])].join(" and ");
    throw new Failure("key_sources_conflict", `two key sources are named: ${all}`, {
      hint: "name one, by flag or by AGENCYIQ_KEY_SOURCE, AGENCYIQ_KEY_FILE, AGENCYIQ_KEY_COMMAND or AGENCYIQ_PASSPHRASE",
    });
  }
  return named ?? implied[0] ?? null;
}

function requireKind(text: string): SlotKind {
  const kind = slotKinds.find((candidate) => candidate === text);
  if (kind) return kind;
  throw new Failure("usage", `there is no key source "${text}"`, { hint: slotKinds.join(", ") });
}

/** First use without a terminal and without a word on where the key shall be. */
export function keySourceNeeded(path: string): Failure {
  return new Failure("vault_missing", `there is no vault at ${path}, and no key source is named to make one with`, {
    hint: "set AGENCYIQ_KEY_FILE, AGENCYIQ_KEY_COMMAND or AGENCYIQ_PASSPHRASE; or run agencyiq vault init at a terminal",
  });
}
