import { overallFailure } from "../../app/overall-failure.ts";
import type { RefreshResult } from "../../app/refresh-accounts.ts";
import { Failure } from "../../domain/failure.ts";
import { relativeTime, toTimestampOrNull } from "../../domain/time.ts";
import { pickAccounts } from "../account-lookup.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { failureDocumentOf } from "../failure-document.ts";
import { tellOwner } from "../notify/tell-owner.ts";
import { renderTable } from "../table.ts";

interface RefreshOptions {
  readonly all?: boolean;
  readonly force?: boolean;
}

export const refresh: CommandModule = {
  declare: (command) =>
    command
      .argument("[accounts...]", "which accounts")
      .option("--all", "every account")
      .option("--force", "also what is not due; lifts a pause and tries a restored token")
      .addHelpText(
        "after",
        "\nExamples:\n  agencyiq tokens refresh --all          what is due, for cron\n  agencyiq tokens refresh x --force",
      ),
  run: async (context, input) => {
    const { all = false, force = false } = optionsOf<RefreshOptions>(input);
    const named = (input.args[0] ?? []) as readonly string[];
    if (named.length === 0 && !all) {
      throw new Failure("question_without_terminal", "which accounts?", { hint: "name them, or give --all" });
    }
    const { output, services } = context;
    const accounts = await pickAccounts(context, named, { severalEach: false });
    const operations = await context.operations();
    const results = await output.progress("refreshing", operations.refresh(accounts, { force }));
    const now = services.clock.now();
    output.result(() => asTable(results, now, output.width), { results: results.map(document) });
    if (results.length > 1) for (const { failure } of results) if (failure && !output.json) output.failure(failure);
    for (const { address, fallback } of results)
      if (fallback)
        output.warn(`${address}: another of its credentials is used: ${fallback.message} (${fallback.hint ?? ""})`);
    for (const { address, login } of results)
      if (login)
        output.warn(`${address}: the login that its token is got with: ${login.message} (${login.hint ?? ""})`);
    await tellOwner(context);
    return overallFailure(results);
  },
};

export function document({ address, outcome, expiresAt, failure }: RefreshResult) {
  return { account: address, outcome, expiresAt: toTimestampOrNull(expiresAt), error: failureDocumentOf(failure) };
}

const words: Record<RefreshResult["outcome"], string> = {
  refreshed: "refreshed",
  fresh: "not due",
  not_refreshable: "does not expire",
  needs_reauth: "needs reauth",
  retry_later: "try again later",
  failed: "failed",
};

export function asTable(results: readonly RefreshResult[], now: number, width: number): string {
  if (results.length === 0) return "";
  const rows = results.map(({ address, outcome, expiresAt }) => [
    address,
    words[outcome],
    expiresAt === null ? "never" : relativeTime(expiresAt, now),
  ]);
  return renderTable([{ title: "ACCOUNT" }, { title: "RESULT" }, { title: "EXPIRES" }], rows, width);
}
