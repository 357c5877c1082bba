import { type CommandModule, optionsOf } from "../command.ts";
import { declareKeySource, keySourceOptions } from "./key-source-flags.ts";
import { recoveryNote } from "./recovery-note.ts";

interface RotateOptions {
  readonly root?: boolean;
}

export const rotate: CommandModule = {
  declare: (command) =>
    declareKeySource(command.option("--root", "also a new root key")).addHelpText(
      "after",
      "\nSafe to interrupt and to repeat: it goes on where it stopped.\nExample:\n  agencyiq vault rotate",
    ),
  run: async (context, input) => {
    const { root = false } = optionsOf<RotateOptions>(input);
    const custody = await context.administration.custody();
    const plan = context.administration.unlockPlan(keySourceOptions(input));
    const work = custody.rotate(plan, { root });
    const { records, term, recoveryCode } = await context.output.progress("sealing every record again", work);
    const text = [`Sealed ${records} records again under data key ${term}.`, ...recoveryNote(recoveryCode)].join("\n");
    context.output.result(text, { records, term, root, recoveryCode });
    return null;
  },
};
