/** Which of a vault's keys a job may use that runs when nobody is there, and how the job is told of it: by name only. */
import { Failure } from "./failure.ts";
import type { KeySlot, SlotKind } from "./ports/keys.ts";
import type { KeyCredential } from "./ports/scheduler.ts";

export interface NamedKey {
  /** What flags or the environment name; null: nothing. */
  readonly kind: SlotKind | null;
  readonly file: string | null;
  readonly command: string | null;
  readonly credential: KeyCredential | null;
}

export interface UnattendedKey {
  readonly kind: SlotKind;
  /** What the job's environment says of it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** In the order they are preferred: a keychain may be locked when nobody is there. */
const unattended: readonly SlotKind[] = ["command", "file", "keychain"];

/** @throws Failure `key_missing` (no slot opens without a person), `usage` (the named one does not) */
export function unattendedKey(slots: readonly KeySlot[], named: NamedKey): UnattendedKey {
  const kinds = slots.map(({ kind }) => kind);
  const opened = [...new Set(kinds)].join(", ");
  const able = unattended.filter((kind) => kinds.includes(kind));
  if (able.length === 0) {
    throw new Failure("key_missing", `this vault is opened by ${opened}: nothing that opens it without a person`, {
      hint: `${addKeyFile}; or --add command --new-key-command 'pass show agencyiq'`,
    });
  }
  const kind = named.credential ? "file" : (named.kind ?? able[0] ?? "file");
  if (!unattended.includes(kind)) {
    throw new Failure("usage", `a ${kind} needs a person`, { hint: `name another key: ${able.join(", ")}` });
  }
  if (!able.includes(kind)) {
    throw new Failure("key_missing", `this vault is opened by ${opened}, not by ${kind}`, {
      hint: adding(kind, named),
    });
  }
  return { kind, environment: environmentOf(kind, named) };
}

const addKeyFile = "agencyiq vault rekey --add file --new-key-file ~/.config/agencyiq.key";

function adding(kind: SlotKind, { file, command, credential }: NamedKey): string {
  if (credential) return `${addKeyFile}; then give it to systemd (docs/cron.md)`;
  if (kind === "file") return file ? `agencyiq vault rekey --add file --new-key-file ${file}` : addKeyFile;
  if (kind === "command")
    return `agencyiq vault rekey --add command --new-key-command '${command ?? "pass show agencyiq"}'`;
  return `agencyiq vault rekey --add ${kind}`;
}

function environmentOf(kind: SlotKind, { file, command, credential }: NamedKey): Record<string, string> {
  // A file that is named would go before the credential.
  if (kind === "file" && file && !credential) return { AGENCYIQ_KEY_FILE: file };
  if (kind === "command" && command) return { AGENCYIQ_KEY_COMMAND: command };
  // Where its key is, the slot itself has recorded: it is followed when it is changed.
  return { AGENCYIQ_KEY_SOURCE: kind };
}
