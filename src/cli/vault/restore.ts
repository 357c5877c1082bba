import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { declareKeySource, keySourceOptions } from "./key-source-flags.ts";

interface RestoreOptions {
  readonly yes?: boolean;
}

export const restore: CommandModule = {
  declare: (command) =>
    declareKeySource(
      command.argument("<file>", "a copy made by agencyiq vault backup").option("-y, --yes", "do not ask"),
    ).addHelpText(
      "after",
      "\nThe present vault is kept beside it. Refresh tokens in a copy may have been used\nsince: those accounts wait until you confirm (agencyiq tokens refresh --force\nACCOUNT) or connect them again.",
    ),
  run: async (context, input) => {
    const { yes = false } = optionsOf<RestoreOptions>(input);
    const custody = await context.administration.custody();
    const file = String(input.args[0]);
    if (custody.exists() && !yes && !(await context.prompts.confirm(`Put ${file} in the vault's place?`, "--yes"))) {
      throw new Failure("usage", "nothing was changed");
    }
    const { accounts, keptAs } = await custody.restore(
      file,
      context.administration.unlockPlan({ ...keySourceOptions(input), ignoreRecordedCommand: true }),
    );
    const kept = keptAs === null ? "" : `\nThe vault before it is kept as ${keptAs}`;
    context.output.result(`Restored ${accounts} accounts from ${file}.${kept}`, { accounts, keptAs });
    return null;
  },
};
