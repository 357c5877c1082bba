import { Failure } from "../../domain/failure.ts";
import type { KeySlot } from "../../domain/ports/keys.ts";
import { type CommandModule, collect, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { declareKeySource, keySourceOptions } from "./key-source-flags.ts";
import { recoveryNote } from "./recovery-note.ts";
import { requireSlotKind } from "./slot-kind.ts";

interface RekeyOptions {
  readonly add?: string;
  readonly newKeyFile?: string;
  readonly newKeyCommand?: string;
  readonly remove?: readonly string[];
}

export const rekey: CommandModule = {
  declare: (command) =>
    declareKeySource(
      command
        .option("--add <kind>", "keychain, file, passphrase, command or recovery")
        .option("--new-key-file <path>", "with --add file: where the new key is or shall be")
        .option("--new-key-command <command>", "with --add command: the program that prints the new key")
        .option("--remove <slot>", "a slot's id or kind; repeatable", collect),
    ).addHelpText(
      "after",
      "\nThe key flags say what opens the vault now. Records are not touched.\n\nExamples:\n  agencyiq vault rekey --add file --new-key-file ~/.config/agencyiq.key     a key for cron\n  agencyiq vault rekey --add recovery\n  agencyiq vault rekey --key-source recovery --add keychain     after losing a keychain\n  agencyiq vault rekey --remove passphrase",
    ),
  run: async (context, input) => {
    const options = optionsOf<RekeyOptions>(input);
    const { administration, output } = context;
    const add = options.add === undefined ? null : requireSlotKind(options.add);
    const remove = await slotIds(context, options.remove ?? []);
    if (add === null && remove.length === 0) {
      throw new Failure("usage", "nothing to do", { hint: "give --add KIND and/or --remove SLOT" });
    }
    const change = {
      ...(add === "recovery" ? { addRecovery: true } : {}),
      ...(add !== null && add !== "recovery"
        ? {
            add: administration.newSource(add, {
              keyFile: options.newKeyFile,
              keyCommand: options.newKeyCommand,
            }),
          }
        : {}),
      remove,
    };
    const { added, removed, recoveryCode } = await (await administration.custody()).rekey(
      administration.unlockPlan(keySourceOptions(input)),
      change,
    );
    const lines = [
      ...added.map((slot) => `Added ${described(slot)}`),
      ...removed.map((slot) => `Removed ${described(slot)}`),
    ];
    output.result(() => [...lines, ...recoveryNote(recoveryCode)].join("\n"), {
      added: added.map(({ id, kind }) => ({ id, kind })),
      removed: removed.map(({ id, kind }) => ({ id, kind })),
      recoveryCode,
    });
    return null;
  },
};

function described({ id, kind }: KeySlot): string {
  return `${kind} (${id.slice(0, 8)})`;
}

/** Slots by id, beginning of an id, or kind. */
async function slotIds(context: Context, texts: readonly string[]): Promise<string[]> {
  if (texts.length === 0) return [];
  const { slots } = await (await context.administration.custody()).status();
  return texts.map((text) => {
    const found = slots.filter(({ id, kind }) => kind === text || (text.length >= 4 && id.startsWith(text)));
    const [only] = found;
    if (only && found.length === 1) return only.id;
    throw new Failure(
      "not_found",
      found.length === 0 ? `there is no slot "${text}"` : `"${text}" could mean several slots`,
      {
        hint: "agencyiq vault status shows them",
      },
    );
  });
}
