import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { changeAndTell } from "./change.ts";
import { pickDeliveries } from "./pick.ts";

export const deletePosts: CommandModule = {
  declare: (command) =>
    command
      .argument("<ids...>", "posts or deliveries that are public")
      .option("-y, --yes", "do not ask")
      .addHelpText("after", "\nTakes them down at the platform.\nExample:\n  agencyiq posts delete 3f2a91c0 --yes"),
  run: async (context, input) => {
    const deliveries = await pickDeliveries(context, input.args[0] as readonly string[]);
    const { yes = false } = optionsOf<{ yes?: boolean }>(input);
    const what = deliveries.map(({ url, address }) => url ?? address).join(", ");
    if (!yes && !(await context.prompts.confirm(`Take down ${what}?`, "--yes"))) {
      throw new Failure("usage", "nothing was taken down");
    }
    return changeAndTell(context, { action: "delete", ids: deliveries.map(({ id }) => id) }, "taking down");
  },
};
