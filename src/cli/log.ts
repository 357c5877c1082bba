import { addressOf, matchAccounts } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { Vault } from "../domain/ports/vault.ts";
import { parseDuration, toTimestamp } from "../domain/time.ts";
import { connectedAccounts } from "./account-lookup.ts";
import { type CommandModule, collect, optionsOf } from "./command.ts";
import type { Context } from "./context.ts";
import { wholeNumber } from "./numbers.ts";

interface LogOptions {
  readonly account?: readonly string[];
  readonly since?: string;
  readonly limit?: string;
  readonly follow?: boolean;
}

const pollInterval = 500;

export const log: CommandModule = {
  declare: (command) =>
    command
      .option("--account <account>", "only this account; repeatable", collect)
      .option("--since <duration>", "only the last 24h, 7d, …")
      .option("--limit <count>", "how many of the newest", "100")
      .option("-f, --follow", "go on showing what happens, one JSON object a line with --json")
      .addHelpText(
        "after",
        "\nNeeds no key. Examples:\n  agencyiq log --since 24h\n  agencyiq log --account x/acme --follow",
      ),
  run: async (context, input) => {
    const options = optionsOf<LogOptions>(input);
    const { output } = context;
    const query = {
      ...(options.account ? { accounts: await addresses(context, options.account) } : {}),
      ...(options.since ? { since: context.services.clock.now() - requireDuration(options.since) } : {}),
      limit: wholeNumber(options.limit ?? "100", "--limit", 1, 1_000_000),
    };
    const vault = await existingVault(context, options);
    if (vault === null) {
      output.result("", { entries: [] });
      output.note("Nothing has happened yet: there is no vault. Begin with: agencyiq setup x");
      return null;
    }
    const entries = await vault.ledger(query);
    if (!options.follow) {
      output.result(() => entries.map((entry) => line(entry)).join("\n"), { entries: entries.map(document) });
      return null;
    }
    let last = 0;
    for (const entry of entries) last = show(context, entry);
    while (!context.signal.aborted) {
      await context.services.clock.sleep(pollInterval, context.signal);
      for (const entry of await vault.ledger({ ...query, after: last })) last = show(context, entry);
    }
    return null;
  },
};

/** null where nothing has happened yet; there is nothing to follow then. */
async function existingVault(context: Context, { follow = false }: LogOptions): Promise<Vault | null> {
  const there = (await context.administration.custody()).exists();
  return there || follow ? context.services.vault() : null;
}

function show(context: Context, entry: LedgerEntry): number {
  context.output.result(line(entry), document(entry));
  return entry.sequence;
}

/** Short forms of connected accounts, and the full address of one that is gone. */
async function addresses(context: Context, texts: readonly string[]): Promise<string[]> {
  const accounts = await connectedAccounts(context);
  return texts.flatMap((text) => {
    const found = matchAccounts(accounts, text).map(addressOf);
    return found.length > 0 ? found : [text];
  });
}

function requireDuration(text: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new Failure("usage", `"${text}" is not a duration`, { hint: "write 90m, 24h or 7d" });
  return duration;
}

function document(entry: LedgerEntry) {
  const { sequence, at, actor, action, account, detail } = entry;
  return { sequence, at: toTimestamp(at), actor, action, account, detail };
}

function line(entry: LedgerEntry): string {
  const detail = Object.entries(entry.detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
  return [toTimestamp(entry.at), entry.action.padEnd(23), entry.account ?? "-", detail].join("  ").trimEnd();
}
