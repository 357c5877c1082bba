import { describeTarget } from "../../domain/channel.ts";
import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { requireChannel } from "./list.ts";

export const remove: CommandModule = {
  declare: (command) =>
    command
      .argument("<channel>", "which channel")
      .option("-y, --yes", "do not ask")
      .addHelpText("after", "\nWhat waits for it is dropped.\nExample:\n  agencyiq notify remove slack --yes"),
  run: async (context, input) => {
    const { yes = false } = optionsOf<{ yes?: boolean }>(input);
    const { id, name, target } = await requireChannel(context, String(input.args[0]));
    const question = `Be told no longer through ${name} (${describeTarget(target)})?`;
    if (!yes && !(await context.prompts.confirm(question, "--yes"))) {
      throw new Failure("usage", "the channel is kept");
    }
    await (await context.services.vault()).removeChannel(id);
    context.output.result(`Removed ${name}`, { channel: name });
    return null;
  },
};
