import { removeJob } from "../../app/keep-alive-job.ts";
import type { CommandModule } from "../command.ts";

export const remove: CommandModule = {
  declare: (command) =>
    command.addHelpText("after", "\nTakes away what agencyiq cron install put there, and nothing else."),
  run: async (context) => {
    const { schedulers } = await context.scheduling();
    const removedFrom = await removeJob(schedulers, context.machine.home);
    const text = removedFrom.length === 0 ? "Nothing was installed." : `Removed from ${removedFrom.join(" and ")}.`;
    context.output.result(text, { removedFrom });
    return null;
  },
};
