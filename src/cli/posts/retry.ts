import { type CommandModule, optionsOf } from "../command.ts";
import { changeAndTell } from "./change.ts";
import { pickDeliveries } from "./pick.ts";

export const retry: CommandModule = {
  declare: (command) =>
    command
      .argument("<ids...>", "posts or deliveries")
      .option("--over-quota", "outside the brand's posting cycle, or above its quota, all the same")
      .addHelpText(
        "after",
        `
Sends now what did not go out: what failed, was canceled, waits for its time or
for you. What may be public is looked for first, and sent only if it certainly
is not. A thread goes on where it stopped.
Example:
  agencyiq posts retry 3f2a91c0`,
      ),
  run: async (context, input) => {
    const deliveries = await pickDeliveries(context, input.args[0] as readonly string[]);
    const { overQuota = false } = optionsOf<{ overQuota?: boolean }>(input);
    const ids = deliveries.map(({ id }) => id);
    return changeAndTell(context, { action: "send", ids, overQuota }, "sending");
  },
};
