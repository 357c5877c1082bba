import type { CommandModule } from "../command.ts";
import { changeAndTell } from "./change.ts";
import { pickDeliveries } from "./pick.ts";

export const approve: CommandModule = {
  declare: (command) =>
    command
      .argument("<ids...>", "posts or deliveries that missed their time")
      .addHelpText(
        "after",
        "\nThe daemon, or the next publish --due, sends them. At once: posts retry\nExample:\n  agencyiq posts approve 3f2a91c0",
      ),
  run: async (context, input) => {
    const deliveries = await pickDeliveries(context, input.args[0] as readonly string[]);
    return changeAndTell(context, { action: "approve", ids: deliveries.map(({ id }) => id) }, "approving");
  },
};
