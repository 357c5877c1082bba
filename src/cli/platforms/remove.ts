import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";

export const remove: CommandModule = {
  declare: (command) =>
    command
      .argument("<platform>", "one that a file declared; its accounts must be disconnected")
      .option("-y, --yes", "do not ask")
      .addHelpText("after", "\nExample:\n  agencyiq platforms remove gitlab --yes"),
  run: async (context, input) => {
    const id = String(input.args[0]);
    const { services, prompts, output } = context;
    const { yes = false } = optionsOf<{ readonly yes?: boolean }>(input);
    const vault = await services.vault();
    if (services.platformIds.includes(id) && (await vault.declaredPlatform(id)) === null) {
      throw new Failure("usage", `${id} is built in, and stays`);
    }
    if (!yes && !(await prompts.confirm(`Forget ${id} and its developer apps?`, "--yes"))) {
      throw new Failure("usage", "the platform is kept");
    }
    await vault.forgetPlatform(id);
    output.result(`Forgot ${id}`, { platform: id });
    return null;
  },
};
