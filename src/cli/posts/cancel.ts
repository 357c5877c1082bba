import type { CommandModule } from "../command.ts";
import { changeAndTell } from "./change.ts";
import { pickDeliveries } from "./pick.ts";

export const cancel: CommandModule = {
  declare: (command) =>
    command
      .argument("<ids...>", "posts or deliveries")
      .addHelpText(
        "after",
        "\nFor what has not gone out. What is public: agencyiq posts delete\nExample:\n  agencyiq posts cancel 3f2a91c0",
      ),
  run: async (context, input) => {
    const deliveries = await pickDeliveries(context, input.args[0] as readonly string[]);
    return changeAndTell(context, { action: "cancel", ids: deliveries.map(({ id }) => id) }, "canceling");
  },
};
