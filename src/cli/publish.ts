import { defaultBrand } from "../domain/account.ts";
import type { PostInput } from "../domain/input/post-input.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { connectedAccounts } from "./account-lookup.ts";
import { type CommandModule, collect, optionsOf } from "./command.ts";
import type { Context } from "./context.ts";
import { declareGivenPosts, fromFiles, type GivenFlags, postInFlags, postsInFiles } from "./given-posts.ts";
import { completed, type OptionFlags } from "./post-options.ts";
import { chooseTarget, namedTargets, type TargetFlags } from "./post-targets.ts";
import { inFile, type Wanted } from "./wanted-post.ts";
import { declareSchedule, type ReadSchedule, type ScheduleFlags, scheduleOf } from "./when.ts";

interface PublishOptions extends GivenFlags, TargetFlags, ScheduleFlags, OptionFlags {
  readonly dryRun?: boolean;
  readonly overQuota?: boolean;
  readonly due?: boolean;
  readonly progress?: boolean;
}

export const publish: CommandModule = {
  declare: (command) =>
    declareSchedule(
      declareGivenPosts(command)
        .option("--platform <platforms>", "x, or x,…: each platform's (default) account", collect)
        .option("--account <account>", "PLATFORM/HANDLE or BRAND:PLATFORM/HANDLE; repeatable", collect)
        .option("--brand <brand>", "every account of this brand that can be posted to; with --platform: only there")
        .option("--key <key>", "your own idempotency key: a rerun with it sends nothing twice")
        .option("--dry-run", "check, count and measure, send nothing")
        .option("--over-quota", "outside the brand's posting cycle, or above its quota, all the same"),
    )
      .option("--due", "for cron: send what is due, and nothing new")
      .option("--progress", "a line for each step of an upload; with --json, JSON lines before the result")
      .addHelpText(
        "after",
        `
Examples:
  agencyiq publish --platform x "Hello"
  agencyiq publish --platform x "Menu" --image menu.jpg --alt "Soup, and a pear"
  agencyiq publish --platform x "First" --then "second" --then "third"
  agencyiq publish --platform x --at "tomorrow 9am" "Good morning"
  fortune | agencyiq publish --account globex:x/globex --stdin
Posts in files, and a post a row of a table (docs/post-files.md):
  agencyiq publish posts/*.md --dry-run
  agencyiq publish --csv calendar.csv
For cron:
  agencyiq publish --platform x --key "menu-$(date +%F)" "Today: soup"
  agencyiq publish --due --quiet`,
      ),
  run: async (context, input) => {
    const options = optionsOf<PublishOptions>(input);
    if (options.due) return (await import("./publish-due.ts")).publishDue(context);
    const words = (input.args[0] as readonly string[] | undefined) ?? [];
    const wanted = fromFiles(words, options)
      ? await wantedInFiles(context, words, options)
      : [await wantedInFlags(context, words, options)];
    if (options.dryRun) return (await import("./dry-run.ts")).dryRun(context, wanted);
    const { sendPosts } = await import("./send-posts.ts");
    return sendPosts(context, wanted, { lines: options.progress === true });
  },
};

async function wantedInFlags(context: Context, words: readonly string[], options: PublishOptions): Promise<Wanted> {
  const accounts = await connectedAccounts(context);
  const named = (await namedTargets(context, accounts, options)) ?? [await chooseTarget(context, accounts)];
  return wantedOf(context, await postInFlags(context, words, options), named, options);
}

/** Flags say where, or else each file does. */
async function wantedInFiles(context: Context, words: readonly string[], options: PublishOptions): Promise<Wanted[]> {
  const posts = await postsInFiles(context, words, options);
  const accounts = await connectedAccounts(context);
  const wanted: Wanted[] = [];
  for (const post of posts) {
    const itself = { account: post.to, ...(post.brand === null ? {} : { brand: post.brand }) };
    const one = inFile(post.source, async () => {
      const named = (await namedTargets(context, accounts, options)) ?? (await namedTargets(context, accounts, itself));
      return wantedOf(context, post, named ?? [await chooseTarget(context, accounts)], options);
    });
    wanted.push(await one);
  }
  return wanted;
}

async function wantedOf(
  context: Context,
  { source, key, ...post }: PostInput,
  accounts: ConnectedAccount[],
  options: PublishOptions,
): Promise<Wanted> {
  const brand = options.brand ?? post.brand ?? accounts[0]?.brand ?? defaultBrand;
  const read = await whenOf(context, brand, post.at, options);
  if (read?.note) context.output.warn(source === null ? read.note : `${source}: ${read.note}`);
  const { mediaBaseUrl } = post;
  const draft = await completed(context, post.draft, { accounts, brand, mediaBaseUrl }, options);
  const id = context.services.random.uuid();
  const { overQuota = false } = options;
  return { source, request: { id, draft, brand, key, accounts, overQuota, schedule: read?.schedule ?? null } };
}

/** A flag wins over what a file says of itself. What is late by a rule must have a time. */
function whenOf(
  context: Context,
  brand: string,
  at: string | null,
  { at: flag, queue, ...rules }: PublishOptions,
): Promise<ReadSchedule | null> {
  const { maxLate, whenLate } = rules;
  const late = { ...(maxLate === undefined ? {} : { maxLate }), ...(whenLate === undefined ? {} : { whenLate }) };
  if (flag !== undefined || queue) {
    return scheduleOf(context, brand, {
      ...late,
      ...(flag === undefined ? {} : { at: flag }),
      ...(queue ? { queue } : {}),
    });
  }
  return scheduleOf(context, brand, at === null ? late : { ...late, at });
}
