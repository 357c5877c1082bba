import { defaultCallbackPort } from "../app/redirect.ts";
import { addressOf, reconnectCommand } from "../domain/account.ts";
import { signsRequests } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import { toTimestamp } from "../domain/time.ts";
import { connectedAccounts } from "./account-lookup.ts";
import { apiVersions } from "./api-versions.ts";
import { type CommandModule, optionsOf } from "./command.ts";
import type { Context } from "./context.ts";
import { type Check, checkLine, documentOf, failed, fine, wrong } from "./doctor-checks.ts";
import { declareKeySource, keySourceOptions } from "./vault/key-source-flags.ts";

interface DoctorOptions {
  readonly asCron?: boolean;
  readonly withinCron?: boolean;
}

type Examine = (context: Context, input: Parameters<CommandModule["run"]>[1]) => Promise<readonly Check[]>;

export const doctor: CommandModule = {
  declare: (command) =>
    declareKeySource(
      command
        .option("--as-cron", "run as the installed job would, with cron's environment, and open the key there")
        // The run inside that run.
        .addOption(command.createOption("--within-cron").hideHelp()),
    ).addHelpText(
      "after",
      "\nLooks at this machine only; asks no platform.\nExamples:\n  agencyiq doctor --json\n  agencyiq doctor --as-cron",
    ),
  run: async (context, input) => {
    const { asCron = false, withinCron = false } = optionsOf<DoctorOptions>(input);
    if (withinCron) return (await import("./cron-rehearsal.ts")).proveWithinCron(context);
    const checks: Check[] = [];
    for (const examine of asCron ? [runAsCron] : examinations) checks.push(...(await guarded(examine, context, input)));
    const { output } = context;
    output.result(() => checks.map((check) => checkLine(check, context)).join("\n"), {
      checks: checks.map(documentOf),
    });
    const bad = checks.filter(({ ok }) => !ok);
    const [first] = bad;
    if (!first) return null;
    if (first.failure && bad.length === 1) return first.failure;
    const weighty = bad.find(({ failure }) => failure !== undefined)?.failure;
    return weighty ?? new Failure("doctor_found_problems", `${bad.length} of ${checks.length} checks found a problem`);
  },
};

/** An examination that itself fails is a finding, not the end of the others. */
async function guarded(examine: Examine, context: Context, input: Parameters<Examine>[1]): Promise<readonly Check[]> {
  try {
    return await examine(context, input);
  } catch (error) {
    return [failed(examine.name, toFailure(error))];
  }
}

async function node({ machine }: Context): Promise<readonly Check[]> {
  const [major = 0, minor = 0] = machine.nodeVersion.replace(/^v/, "").split(".").map(Number);
  const able = major > 20 || (major === 20 && minor >= 19);
  return able
    ? [fine("node", `Node ${machine.nodeVersion}`)]
    : [wrong("node", `Node ${machine.nodeVersion} is too old`, "install Node 20.19 or newer")];
}

async function folder({ machine }: Context): Promise<readonly Check[]> {
  const { exists, mode, writable } = await machine.folderMode();
  if (!exists) return [fine("folder", `${machine.home} is made at first use`)];
  const checks = [];
  const open = mode !== null && (mode & 0o077) !== 0;
  checks.push(
    open
      ? wrong(
          "folder.private",
          `${machine.home} can be read by others (${mode.toString(8)})`,
          `chmod 700 ${machine.home}`,
        )
      : fine("folder.private", `${machine.home} is yours alone`),
  );
  if (!writable)
    checks.push(wrong("folder.writable", `${machine.home} cannot be written`, `check its owner, or set AGENCYIQ_HOME`));
  return checks;
}

async function filesystem({ machine }: Context): Promise<readonly Check[]> {
  const told = await machine.filesystem();
  if (told === null) return [];
  const checks = [
    told.network
      ? wrong(
          "filesystem",
          `${machine.home} is on ${told.type}: locks cannot be trusted there`,
          "set AGENCYIQ_HOME to a local disk",
        )
      : fine("filesystem", `local disk (${told.type})`),
  ];
  const mebibytes = Math.floor(told.freeBytes / 1_048_576);
  if (mebibytes < 50)
    checks.push(
      wrong("disk", `only ${mebibytes} MiB are free`, "free some space: a refresh that cannot be stored is not begun"),
    );
  return checks;
}

async function vault(context: Context, input: Parameters<Examine>[1]): Promise<readonly Check[]> {
  const custody = await context.administration.custody();
  const told = await custody.status();
  if (!told.exists)
    return [wrong("vault", `there is no vault at ${told.path}`, "agencyiq setup x, or: agencyiq vault init")];
  const kinds = told.slots.map(({ kind }) => kind);
  const findings = await custody.verify(context.administration.unlockPlan(keySourceOptions(input)));
  const accounts = await connectedAccounts(context);
  const records = findings.map(({ id, ok, message, account, mend }) => {
    if (ok) return fine(id, message);
    const named = accounts.find((each) => addressOf(each) === account);
    const fix = named ? reconnectCommand(named) : (mend ?? "agencyiq vault restore FILE");
    return { ...wrong(id, message, fix), failure: new Failure("record_damaged", message, { account, hint: fix }) };
  });
  const recovery = kinds.includes("recovery")
    ? fine("recovery", "there is a recovery code")
    : wrong(
        "recovery",
        "there is no recovery code: losing the key loses every account",
        "agencyiq vault rekey --add recovery",
      );
  return [
    fine("vault", `${told.path}, opened by ${kinds.join(", ")}, accounts: ${told.accounts}`),
    ...records,
    recovery,
  ];
}

async function clock(context: Context): Promise<readonly Check[]> {
  if (!(await context.administration.custody()).exists()) return [];
  const accounts = await (await context.services.vault()).accounts();
  const skews = accounts.flatMap(({ credentials }) => credentials.map(({ clockSkew }) => clockSkew));
  const worst = skews.reduce((most, skew) => (Math.abs(skew) > Math.abs(most) ? skew : most), 0);
  if (Math.abs(worst) <= 60_000) return [fine("clock", "the clock agrees with the platforms'")];
  const minutes = Math.round(Math.abs(worst) / 60_000);
  const where = worst > 0 ? "behind" : "ahead of";
  return [
    wrong(
      "clock",
      `the clock was ${minutes} min ${where} a platform's when last seen`,
      "set it (timedatectl set-ntp true)",
    ),
  ];
}

/** Whether who is to be told can be: whoever is not told of this channel is told here. */
async function channels(context: Context): Promise<readonly Check[]> {
  if (!(await context.administration.custody()).exists()) return [];
  const all = await (await context.services.vault()).channels();
  return all.map(({ name, failingSince, lastError }) =>
    failingSince === null
      ? fine("channel", `you are told through ${name}`)
      : wrong(
          "channel",
          `${name} cannot be reached since ${toTimestamp(failingSince)}: ${lastError}`,
          `agencyiq notify test ${name}`,
        ),
  );
}

/** What signs each request has to be at hand, long before the day it is needed. */
async function signing(context: Context): Promise<readonly Check[]> {
  if (!(await context.administration.custody()).exists()) return [];
  const vault = await context.services.vault();
  const signers = (await vault.accounts()).flatMap((account) =>
    account.credentials.filter(signsRequests).map((credential) => ({ account, credential })),
  );
  if (signers.length === 0) return [];
  const apps = (await vault.apps()).filter(({ kind, hasSecret }) => kind === "oauth1" && hasSecret);
  const isKnown = (platform: string, id: string): boolean => {
    const given = context.services.appFromEnvironment(platform, "oauth1");
    const stored = apps.some((app) => app.platform === platform && app.clientId === id);
    return stored || (given?.clientId === id && given.clientSecret !== null);
  };
  const lost = signers.filter(({ account, credential }) => !isKnown(account.platform, credential.clientId));
  if (lost.length === 0) return [fine("signing", "every OAuth 1.0a credential has the secret it signs with")];
  return lost.map(({ account, credential }) =>
    wrong(
      "signing",
      `${addressOf(account)}: the secret of its ${credential.method} app ${credential.clientId} is not known`,
      `agencyiq apps set ${account.platform} --credential ${credential.method}`,
    ),
  );
}

async function callbackPort({ machine }: Context): Promise<readonly Check[]> {
  const free = await machine.portIsFree(defaultCallbackPort);
  return free
    ? [fine("port", `port ${defaultCallbackPort} is free for the callback`)]
    : [
        wrong(
          "port",
          `port ${defaultCallbackPort} is in use`,
          "end that program, or connect with --port and register that URI",
        ),
      ];
}

async function daemon({ machine }: Context): Promise<readonly Check[]> {
  const { wanted, answers, flaws } = await machine.agent();
  if (!wanted) return [fine("daemon", "a daemon is not asked (AGENCYIQ_AGENT=off)")];
  if (answers) return [fine("daemon", "a daemon answers: commands ask it instead of opening the vault's key")];
  const [flaw] = flaws;
  if (flaw) return [wrong("daemon", `no daemon is asked: ${flaw.why}`, flaw.fix)];
  return [fine("daemon", "no daemon answers: commands open the vault's key themselves")];
}

const runAsCron: Examine = async (context, input) =>
  (await import("./cron-rehearsal.ts")).examineAsCron(context, input);

const examinations: readonly Examine[] = [
  node,
  folder,
  filesystem,
  vault,
  signing,
  clock,
  apiVersions,
  callbackPort,
  daemon,
  channels,
];
