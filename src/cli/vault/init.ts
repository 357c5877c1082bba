import { type CommandModule, optionsOf } from "../command.ts";
import { declareKeySource, keySourceOptions } from "./key-source-flags.ts";
import { recoveryNote } from "./recovery-note.ts";
import { requireSlotKind } from "./slot-kind.ts";

interface InitOptions {
  readonly recovery?: boolean;
}

export const init: CommandModule = {
  declare: (command) =>
    declareKeySource(command)
      .option("--no-recovery", "make no recovery code")
      .addHelpText(
        "after",
        "\nThe recovery code is printed once, on stdout: keep it somewhere else than on\nthis machine.\n\nExamples:\n  agencyiq vault init\n  agencyiq vault init --key-file ~/.config/agencyiq.key     for cron and servers\n  agencyiq vault init --key-command 'pass show agencyiq'",
      ),
  run: async (context, input) => {
    const { recovery = true } = optionsOf<InitOptions>(input);
    const { administration, output } = context;
    const options = keySourceOptions(input);
    const kind = requireSlotKind(administration.chosenKind(options) ?? "keychain");
    const source = administration.newSource(kind, options);
    const custody = await administration.custody();
    const { vault, recoveryCode } = await custody.create(source, { recovery });
    await vault.close();
    const { path } = custody;
    output.result(() => [`Made the vault ${path}, opened by ${kind}.`, ...recoveryNote(recoveryCode)].join("\n"), {
      path,
      id: vault.id,
      keySource: kind,
      recoveryCode,
    });
    return null;
  },
};
