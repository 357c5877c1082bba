import { chooseScheduler, installJob, type PlannedJob } from "../../app/keep-alive-job.ts";
import { appKindOf, takesApp } from "../../app/methods.ts";
import { knownPlatforms } from "../../app/services.ts";
import { Failure } from "../../domain/failure.ts";
import { jobInterval } from "../../domain/job-interval.ts";
import type { KeyCredential, Scheduler, Scheduling } from "../../domain/ports/scheduler.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { rehearseJob } from "../cron-rehearsal.ts";
import { checkLine, documentOf } from "../doctor-checks.ts";
import { declareKeySource } from "../vault/key-source-flags.ts";
import { shownFiles } from "./job-text.ts";
import { planFor } from "./plan.ts";

interface InstallOptions {
  readonly with?: string;
  readonly every: string;
  readonly daemon?: boolean;
  readonly dryRun?: boolean;
  readonly loadCredential?: string;
  readonly loadCredentialEncrypted?: string;
}

export const install: CommandModule = {
  declare: (command) =>
    declareKeySource(
      command
        .option("--with <scheduler>", "crontab, systemd or launchd (default: the best there is)")
        .option("--every <interval>", "what divides an hour or a day: 5m, 1h, 12h", "15m")
        .option("--daemon", "systemd, launchd: agencyiq daemon, running on, in place of a run every now and then")
        .option("--load-credential <path>", "systemd: a file it hands to the job as its key")
        .option("--load-credential-encrypted <path>", "the same, made by systemd-creds encrypt")
        .option("--dry-run", "show what would be written, and write nothing"),
    ).addHelpText(
      "after",
      "\nThe key flags say which key the job uses; without them, the vault's own that\nneeds no person. Only names go into the job, never a key.\n\nExamples:\n  agencyiq cron install\n  agencyiq cron install --with crontab --every 30m --dry-run\n  agencyiq cron install --key-file ~/.config/agencyiq.key",
    ),
  run: async (context, input) => {
    const options = optionsOf<InstallOptions>(input);
    const scheduling = await context.scheduling();
    const planned = await planFor(context, input, {
      every: options.daemon ? null : jobInterval(options.every),
      credential: credentialOf(options, context),
    });
    const onlyToShow = options.dryRun ?? false;
    const scheduler = await chooseScheduler(scheduling.schedulers, options.with, { onlyToShow });
    requireSystemd(scheduler, planned);
    const files = scheduler.render(planned.job);
    const { words: command, environment, every } = planned.job;
    const told = {
      scheduler: scheduler.kind,
      every: every === null ? null : options.every,
      command,
      environment,
      files,
    };
    if (onlyToShow) {
      const document = { ...told, installed: false, removedFrom: [], hints: [], checks: [] };
      context.output.result(() => shownFiles(files), document);
      return null;
    }
    const { hints, removedFrom } = await installJob(scheduling.schedulers, scheduler, planned.job);
    const warnings = [...hints, ...(await leftBehind(context, scheduling, planned, scheduler))];
    for (const warning of warnings) context.output.warn(warning);
    const checks = await rehearseJob(context, planned.job);
    const where = removedFrom.length > 0 ? ` (it was in ${removedFrom.join(" and ")})` : "";
    context.output.result(
      () =>
        [`Installed with ${scheduler.kind}${where}`, ...checks.map((check) => checkLine(check, context))].join("\n"),
      { ...told, installed: true, removedFrom, hints: warnings, checks: checks.map(documentOf) },
    );
    return checks.find(({ failure }) => failure !== undefined)?.failure ?? null;
  },
};

function credentialOf(
  { loadCredential, loadCredentialEncrypted }: InstallOptions,
  context: Context,
): KeyCredential | null {
  if (loadCredential && loadCredentialEncrypted) {
    throw new Failure("usage", "two credentials are named", { hint: "give one of them" });
  }
  const path = loadCredential ?? loadCredentialEncrypted;
  return path ? { path: context.machine.absolute(path), encrypted: path === loadCredentialEncrypted } : null;
}

function requireSystemd({ kind }: Scheduler, { job }: PlannedJob): void {
  if (job.credential && kind !== "systemd") {
    throw new Failure("usage", `${kind} has no credentials`, { hint: "--with systemd, or name a key file or command" });
  }
}

/** What the job will miss that this shell has, and what its key may miss when nobody is there. */
async function leftBehind(
  context: Context,
  { surroundings }: Scheduling,
  { key }: PlannedJob,
  { kind }: Scheduler,
): Promise<string[]> {
  const warnings: string[] = [];
  if (key.kind === "keychain" && kind !== "launchd") {
    warnings.push(
      "the keychain is locked while you are logged out; a key file is not: agencyiq vault rekey --add file --new-key-file ~/.config/agencyiq.key",
    );
  }
  const stored = new Set((await (await context.services.vault()).apps()).map(({ clientId }) => clientId));
  for (const platform of await knownPlatforms(context.services)) {
    const methods = (await context.services.loadPlatform(platform))?.methods ?? [];
    for (const kind of new Set(methods.filter(takesApp).map(appKindOf))) {
      const app = context.services.appFromEnvironment(platform, kind);
      if (!app || stored.has(app.clientId)) continue;
      const which = kind === "oauth2" ? "" : ` --credential ${kind}`;
      warnings.push(
        `the ${platform} app is in your environment only, the job will not have it: agencyiq apps set ${platform}${which}`,
      );
    }
  }
  for (const name of surroundings.left) warnings.push(`${name} holds a password and is not given to the job`);
  return warnings;
}
