import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { requireOne } from "./describe.ts";

export const remove: CommandModule = {
  declare: (command) =>
    command
      .argument("<brand>", "which brand; its accounts must be disconnected")
      .option("-y, --yes", "do not ask")
      .addHelpText("after", "\nExample:\n  agencyiq brands remove globex --yes"),
  run: async (context, input) => {
    const { yes = false } = optionsOf<{ readonly yes?: boolean }>(input);
    const vault = await context.services.vault();
    const { id } = requireOne(await vault.brands(), String(input.args[0]));
    if (!yes && !(await context.prompts.confirm(`Forget the brand ${id}? Its posts stay in the log.`, "--yes"))) {
      throw new Failure("usage", "the brand is kept");
    }
    await vault.removeBrand(id);
    context.output.result(`Forgot the brand ${id}`, { brand: id });
    return null;
  },
};
