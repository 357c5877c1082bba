import { type FoundJob, findJobs } from "../../app/keep-alive-job.ts";
import type { CommandModule } from "../command.ts";
import { shownFiles } from "./job-text.ts";

export const show: CommandModule = {
  declare: (command) =>
    command.addHelpText(
      "after",
      "\nWhat is there, as the scheduler keeps it. What would be there:\n  agencyiq cron install --dry-run",
    ),
  run: async (context) => {
    const { schedulers } = await context.scheduling();
    const jobs = await findJobs(schedulers, context.machine.home);
    context.output.result(
      () => (jobs.length === 0 ? "Nothing is installed: agencyiq cron install" : jobs.map(described).join("\n\n")),
      { jobs: jobs.map(documentOf) },
    );
    return null;
  },
};

function described(job: FoundJob): string {
  const state = job.active === false ? " (not started: agencyiq cron install starts it again)" : "";
  return `Installed with ${job.scheduler}${state}\n\n${shownFiles(job.files)}`;
}

function documentOf({ scheduler, active, words, environment, files }: FoundJob) {
  return { scheduler, active, command: words, environment, files };
}
