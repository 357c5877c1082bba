import { type TokenStatus, tokenStatuses } from "../../app/token-status.ts";
import { reconnectCommand } from "../../domain/account.ts";
import { Failure } from "../../domain/failure.ts";
import type { Health } from "../../domain/health.ts";
import { type Instant, parseDuration, relativeTime, toTimestamp, toTimestampOrNull } from "../../domain/time.ts";
import { pickAccounts } from "../account-lookup.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import type { Output, Style } from "../output.ts";
import { renderTable } from "../table.ts";

interface StatusOptions {
  readonly live?: boolean;
  readonly expiringWithin?: string;
}

export const status: CommandModule = {
  declare: (command) =>
    command
      .argument("[accounts...]", "which accounts (default: all)")
      .option("--live", "ask each platform whether it accepts the token now")
      .option("--expiring-within <duration>", "only tokens that end within 24h, 7d, …")
      .addHelpText(
        "after",
        "\nNeeds no key: nothing is decrypted, except with --live.\n\nExamples:\n  agencyiq tokens status\n  agencyiq tokens status x --live\n  agencyiq tokens status --expiring-within 24h --json",
      ),
  run: async (context, input) => {
    const { live = false, expiringWithin } = optionsOf<StatusOptions>(input);
    const within = expiringWithin === undefined ? null : requireDuration(expiringWithin);
    const accounts = await pickAccounts(context, (input.args[0] ?? []) as readonly string[], { severalEach: true });
    const { output, services } = context;
    const now = services.clock.now();
    const stored = await tokenStatuses(services, accounts);
    const all = live ? await withLive(context, stored) : stored;
    const statuses = all.filter(
      ({ expiresAt }) => within === null || (expiresAt !== null && expiresAt - now <= within),
    );
    output.result(
      () => asTable(statuses, now, output),
      () => ({ accounts: statuses.map((each) => document(each, now)) }),
    );
    if (accounts.length === 0) output.note("No account is connected yet. Begin with: agencyiq setup x");
    warnOfClock(statuses, output);
    return failureOf(statuses);
  },
};

function requireDuration(text: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new Failure("usage", `"${text}" is not a duration`, { hint: "write 90m, 24h or 7d" });
  return duration;
}

async function withLive(context: Context, stored: readonly TokenStatus[]): Promise<TokenStatus[]> {
  const accounts = stored.map(({ account }) => account);
  await warnOfCost(
    context,
    accounts.map(({ platform }) => platform),
  );
  const operations = await context.operations();
  const checks = await context.output.progress("asking the platforms", operations.checkLive(accounts));
  return stored.map((status, index) => ({ ...status, live: checks[index] ?? null }));
}

async function warnOfCost(context: Context, platforms: readonly string[]): Promise<void> {
  for (const id of new Set(platforms)) {
    const platform = await context.services.loadPlatform(id);
    if (platform?.checkCost) context.output.note(platform.checkCost);
  }
}

/** Only what needs a person: an expired token that the next use refreshes is in order. */
function failureOf(statuses: readonly TokenStatus[]): Failure | null {
  const dead = statuses.filter(({ status: health, live }) => health === "needs_reauth" || live?.ok === false);
  if (dead.length === 0) return null;
  const names = dead.map(({ address }) => address).join(", ");
  const [first] = dead;
  return new Failure("needs_reauth", `to be connected again: ${names}`, {
    hint: first ? reconnectCommand(first.account) : undefined,
  });
}

function warnOfClock(statuses: readonly TokenStatus[], output: Output): void {
  const worst = statuses.reduce((skew, each) => (Math.abs(each.clockSkew) > Math.abs(skew) ? each.clockSkew : skew), 0);
  if (Math.abs(worst) <= 60_000) return;
  const minutes = Math.round(Math.abs(worst) / 60_000);
  output.warn(`this machine's clock is ${minutes} min ${worst > 0 ? "behind" : "ahead of"} the platforms'; set it`);
}

function document(each: TokenStatus, now: Instant) {
  const { account, address, expiresAt, lastError, live } = each;
  return {
    account: address,
    brand: account.brand,
    platform: account.platform,
    handle: account.handle,
    status: each.status,
    expiresAt: toTimestampOrNull(expiresAt),
    expiresIn: expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now) / 1000)),
    refreshAt: toTimestampOrNull(each.refreshAt),
    refreshable: each.refreshable,
    lastRefreshedAt: toTimestampOrNull(each.lastRefreshedAt),
    lastError: lastError && { code: lastError.code, message: lastError.message, at: toTimestamp(lastError.at) },
    live: live && { ok: live.ok, checkedAt: toTimestamp(live.checkedAt), detail: live.detail },
  };
}

const marks: Record<Health, string> = {
  healthy: "healthy",
  expiring: "expiring",
  expired: "expired",
  needs_reauth: "needs reauth",
  error: "error",
  disconnected: "disconnected",
};

function asTable(statuses: readonly TokenStatus[], now: Instant, output: Output): string {
  if (statuses.length === 0) return "";
  const { good, bad, warn } = output.styles;
  const paints: Record<Health, Style> = {
    healthy: good,
    expiring: warn,
    expired: warn,
    needs_reauth: bad,
    error: bad,
    disconnected: bad,
  };
  const columns = [
    { title: "ACCOUNT" },
    { title: "STATUS" },
    { title: "EXPIRES" },
    { title: "REFRESH" },
    { title: "NOTE", flexible: true },
  ];
  const rows = statuses.map((each) => [
    each.address,
    marks[each.status],
    each.expiresAt === null ? "never" : relativeTime(each.expiresAt, now),
    refreshCell(each, now),
    noteCell(each),
  ]);
  return renderTable(columns, rows, output.width, (cell, column, row) => {
    const shown = statuses[row];
    return column === 1 && shown ? paints[shown.status](cell) : cell;
  });
}

function refreshCell(each: TokenStatus, now: Instant): string {
  if (!each.refreshable) return "no";
  if (each.refreshAt === null) return "on use";
  return each.refreshAt <= now ? "on next use" : relativeTime(each.refreshAt, now);
}

function noteCell(each: TokenStatus): string {
  if (each.live) return `${each.live.ok ? "live:" : "not live:"} ${each.live.detail}`;
  return each.status === "healthy" ? "" : (each.lastError?.message ?? "");
}
