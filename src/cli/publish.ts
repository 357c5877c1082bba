import { overallFailure } from "../app/overall-failure.ts";
import {
  type CheckedTarget,
  checkTargets,
  type PublishRequest,
  requireNoProblems,
  requirePlaceForEach,
} from "../app/publish.ts";
import { addressOf, defaultBrand, resolveAccount } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { draftOf } from "../domain/post.ts";
import { showInZone } from "../domain/zoned-time.ts";
import { connectedAccounts } from "./account-lookup.ts";
import { type CommandModule, collect, optionsOf } from "./command.ts";
import type { Context } from "./context.ts";
import { tellDeliveries } from "./delivery-report.ts";
import { uploadBar, uploadLines } from "./upload-bar.ts";
import { declareSchedule, type ScheduleFlags, scheduleOf } from "./when.ts";

interface PublishOptions extends ScheduleFlags {
  readonly platform?: readonly string[];
  readonly account?: readonly string[];
  readonly brand?: string;
  readonly stdin?: boolean;
  readonly key?: string;
  readonly dryRun?: boolean;
  readonly overQuota?: boolean;
  readonly due?: boolean;
  readonly progress?: boolean;
}

export const publish: CommandModule = {
  declare: (command) =>
    declareSchedule(command)
      .argument("[text]", "what to say")
      .option("--platform <platforms>", "x, or x,…: each platform's (default) account", collect)
      .option("--account <account>", "PLATFORM/HANDLE or BRAND:PLATFORM/HANDLE; repeatable", collect)
      .option("--brand <brand>", "every account of this brand that can be posted to; with --platform: only there")
      .option("--stdin", "read the text from standard input")
      .option("--key <key>", "your own idempotency key: a rerun with it sends nothing twice")
      .option("--dry-run", "check and count, send nothing")
      .option("--over-quota", "outside the brand's posting cycle, or above its quota, all the same")
      .option("--due", "for cron: send what is due, and nothing new")
      .option("--progress", "a line for each step of an upload; with --json, JSON lines before the result")
      .addHelpText(
        "after",
        '\nExamples:\n  agencyiq publish --platform x "Hello"\n  fortune | agencyiq publish --account globex:x/globex --stdin\n  agencyiq publish --platform x --key "menu-$(date +%F)" "Today: soup"     for cron\n  agencyiq publish --platform x --at "tomorrow 9am" "Good morning"\n  agencyiq publish --due --quiet                                           for cron',
      ),
  run: async (context, input) => {
    const options = optionsOf<PublishOptions>(input);
    if (options.due) return (await import("./publish-due.ts")).publishDue(context);
    const accounts = await targetsOf(context, options);
    const brand = options.brand ?? accounts[0]?.brand ?? defaultBrand;
    const read = await scheduleOf(context, brand, options);
    if (read?.note) context.output.warn(read.note);
    const request: PublishRequest = {
      id: context.services.random.uuid(),
      draft: draftOf({ text: await textOf(context, input.args[0] as string | undefined, options) }),
      brand,
      key: options.key ?? null,
      accounts,
      overQuota: options.overQuota ?? false,
      schedule: read?.schedule ?? null,
    };
    return options.dryRun ? dryRun(context, request) : send(context, request, options.progress === true);
  },
};

async function textOf(context: Context, given: string | undefined, options: PublishOptions): Promise<string> {
  if (given !== undefined && options.stdin) {
    throw new Failure("usage", "the text is given twice", { hint: "either as an argument or with --stdin" });
  }
  if (given !== undefined) return given;
  if (options.stdin) return (await context.readStdin()).replace(/\r?\n$/, "");
  return context.prompts.text("What do you want to say?", "the text as an argument, or --stdin");
}

/** Who is meant. A brand given with an address narrows it. */
async function targetsOf(context: Context, options: PublishOptions): Promise<ConnectedAccount[]> {
  const accounts = await connectedAccounts(context);
  const inBrand = options.brand === undefined ? accounts : accounts.filter(({ brand }) => brand === options.brand);
  const platforms = (options.platform ?? [])
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter(Boolean);
  for (const id of platforms) await requireKnown(context, id);
  const named = [...platforms, ...(options.account ?? [])].map((text) => resolveAccount(inBrand, text));
  const chosen = named.length === 0 && options.brand !== undefined ? await postable(context, inBrand) : named;
  const unique = [...new Map(chosen.map((account) => [account.id, account])).values()];
  if (unique.length > 0) return unique;
  if (options.brand !== undefined) {
    throw new Failure("unknown_account", `brand "${options.brand}" has no account to post to`, {
      hint: `agencyiq connect x --brand ${options.brand}`,
    });
  }
  return [await chooseTarget(context, accounts)];
}

async function requireKnown(context: Context, id: string): Promise<void> {
  const { requirePlatform } = await import("../app/services.ts");
  await requirePlatform(context.services, id);
}

async function postable(context: Context, accounts: readonly ConnectedAccount[]): Promise<ConnectedAccount[]> {
  const able = await Promise.all(
    accounts.map(async ({ platform }) => (await context.services.loadPlatform(platform))?.publish !== undefined),
  );
  return accounts.filter((_account, index) => able[index]);
}

async function chooseTarget(context: Context, accounts: readonly ConnectedAccount[]): Promise<ConnectedAccount> {
  const able = await postable(context, accounts);
  if (able.length === 0 && context.prompts.interactive) {
    throw new Failure("unknown_account", "no account that can be posted to is connected", { hint: "agencyiq setup x" });
  }
  const choices = able.map((account) => ({ name: addressOf(account), value: addressOf(account) }));
  const flag = "--platform PLATFORM, --account ACCOUNT or --brand BRAND";
  return resolveAccount(accounts, await context.prompts.choose("Where to?", choices, flag));
}

async function dryRun(context: Context, request: PublishRequest): Promise<Failure | null> {
  const { output } = context;
  const targets = await checkTargets(context.services, request);
  output.result(() => targets.map((target) => `would post to ${target.address}: ${countOf(target)}`).join("\n"), {
    post: { id: null, key: request.key },
    deliveries: targets.map((target) => ({
      id: null,
      account: target.address,
      platform: target.platform.id,
      state: target.problem === null ? "validated" : "failed",
      length: target.length,
      maxLength: target.max,
      error: target.problem === null ? null : { code: "content_invalid", message: target.problem, hint: null },
    })),
  });
  try {
    requireNoProblems(targets);
    await requirePlaceForEach(context.services, request);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function countOf({ length, max, unit, problem }: CheckedTarget): string {
  if (problem !== null) return problem;
  return length === null ? "fits" : `${length} of ${max} ${unit}`;
}

async function send(context: Context, request: PublishRequest, lines: boolean): Promise<Failure | null> {
  const { output, services, machine } = context;
  const operations = await context.operations();
  const { post, results, existing } = lines
    ? await operations.publish(request, uploadLines(output))
    : await output.progress("publishing", (say) => operations.publish(request, uploadBar(say)));
  const timeZone = request.schedule?.timeZone ?? machine.timeZone();
  tellDeliveries({ output, now: services.clock.now(), timeZone }, results, { post: { id: post.id, key: post.key } });
  if (existing && request.key === null) {
    output.note(
      `Went on with the post of ${showInZone(post.createdAt, timeZone)}: the same words, not out everywhere.`,
    );
  }
  return overallFailure(results);
}
