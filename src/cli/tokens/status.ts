import { type LiveCheck, type LoginStatus, type TokenStatus, tokenStatuses } from "../../app/token-status.ts";
import { reconnectCommand } from "../../domain/account.ts";
import type { Credential } from "../../domain/credential.ts";
import { Failure } from "../../domain/failure.ts";
import type { Health } from "../../domain/health.ts";
import { isDataAccessNear, warningDays } from "../../domain/notification.ts";
import type { ConnectedAccount } from "../../domain/ports/vault.ts";
import {
  days,
  type Instant,
  parseDuration,
  relativeTime,
  seconds,
  toTimestamp,
  toTimestampOrNull,
} from "../../domain/time.ts";
import { connectedAccounts, pickAccounts } from "../account-lookup.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import type { Output, Style } from "../output.ts";
import { renderTable } from "../table.ts";

interface StatusOptions {
  readonly live?: boolean;
  readonly expiringWithin?: string;
  readonly watch?: boolean;
}

export const status: CommandModule = {
  declare: (command) =>
    command
      .argument("[accounts...]", "which accounts (default: all)")
      .option("--live", "ask each platform whether it accepts the token now")
      .option("--expiring-within <duration>", "only tokens that end within 24h, 7d, …")
      .option("--watch", "again every two seconds, until Ctrl-C; with --json a document a line, when something changed")
      .addHelpText(
        "after",
        "\nNeeds no key: nothing is decrypted, except with --live.\n\nExamples:\n  agencyiq tokens status\n  agencyiq tokens status x --live\n  agencyiq tokens status --expiring-within 24h --json",
      ),
  run: async (context, input) => {
    const { live = false, expiringWithin, watch = false } = optionsOf<StatusOptions>(input);
    const within = expiringWithin === undefined ? null : requireDuration(expiringWithin);
    const named = (input.args[0] ?? []) as readonly string[];
    if (watch && live) throw new Failure("usage", "--watch and --live exclude each other", { hint: "choose one" });
    if (watch) return watchStatuses(context, () => look(context, named, within));
    const { output, services } = context;
    const stored = await look(context, named, within);
    const statuses = live ? await withLive(context, stored) : stored;
    const now = services.clock.now();
    output.result(
      () => asTable(statuses, now, output),
      () => ({ accounts: statuses.map((each) => document(each, now)) }),
    );
    warnOfClock(statuses, output);
    warnOfDataAccess(statuses, now, output);
    return failureOf(statuses);
  },
};

async function look(context: Context, named: readonly string[], within: number | null): Promise<TokenStatus[]> {
  const accounts = await pickAccounts(context, named, { severalEach: true });
  if (accounts.length === 0) context.output.note("No account is connected yet. Begin with: agencyiq setup x");
  const all = await tokenStatuses(context.services, accounts);
  const now = context.services.clock.now();
  return all.filter(({ expiresAt }) => within === null || (expiresAt !== null && expiresAt - now <= within));
}

/** At a terminal the table is drawn in its place; elsewhere one table or document follows the other when something changed. */
async function watchStatuses({ output, services, signal }: Context, next: () => Promise<TokenStatus[]>): Promise<null> {
  let shown = "";
  while (!signal.aborted) {
    const statuses = await next();
    const now = services.clock.now();
    const documents = statuses.map((each) => document(each, now));
    const state = JSON.stringify(documents.map(({ expiresIn: _passing, ...rest }) => rest));
    if (output.drawsOver) output.drawOver(asTable(statuses, now, output));
    else if (state !== shown) output.result(() => asTable(statuses, now, output), { accounts: documents });
    shown = state;
    await services.clock.sleep(seconds(2), signal).catch(() => null);
  }
  return null;
}

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
  // A refusal that was only now heard of counts.
  const present = new Map((await connectedAccounts(context)).map((account) => [account.id, account]));
  const statuses = await tokenStatuses(
    context.services,
    accounts.map((account) => present.get(account.id) ?? account),
  );
  return statuses.map((status, index) => ({ ...status, live: checks[index] ?? null }));
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
    hint: first ? reconnectCommand(first.account, deadOf(first.account)) : undefined,
  });
}

/** The credential to be mended; undefined: the first. */
function deadOf({ credentials }: ConnectedAccount): Credential | undefined {
  return credentials.find(({ status: state }) => state === "reauth_required");
}

function warnOfClock(statuses: readonly TokenStatus[], output: Output): void {
  const worst = statuses.reduce((skew, each) => (Math.abs(each.clockSkew) > Math.abs(skew) ? each.clockSkew : skew), 0);
  if (Math.abs(worst) <= 60_000) return;
  const minutes = Math.round(Math.abs(worst) / 60_000);
  output.warn(`this machine's clock is ${minutes} min ${worst > 0 ? "behind" : "ahead of"} the platforms'; set it`);
}

/** No error: the token lives on, and what it may not read is not needed for every post. */
function warnOfDataAccess(statuses: readonly TokenStatus[], now: Instant, output: Output): void {
  for (const { account, address, dataAccessExpiresAt: end } of statuses) {
    if (!isDataAccessNear(end, now)) continue;
    const when = end <= now ? "has ended" : `ends ${relativeTime(end, now)}`;
    output.warn(`${address}: its data access ${when}, though the token lives on: ${reconnectCommand(account)}`);
  }
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
    renewableUntil: toTimestampOrNull(each.renewableUntil),
    scopes: each.scopes,
    missingScopes: each.missingScopes,
    dataAccessExpiresAt: toTimestampOrNull(each.dataAccessExpiresAt),
    credential: each.method,
    fallbackFor: each.inPlaceOf && { credential: each.inPlaceOf.method, reason: each.inPlaceOf.reason },
    lastRefreshedAt: toTimestampOrNull(each.lastRefreshedAt),
    lastError: lastError && { code: lastError.code, message: lastError.message, at: toTimestamp(lastError.at) },
    login: each.login && loginDocument(each.login, now),
    caution: each.caution,
    live: live && {
      ok: live.ok,
      checkedAt: toTimestamp(live.checkedAt),
      detail: live.detail,
      corrected: live.corrected.map((fact) => (fact === "accessExpiresAt" ? "expiresAt" : fact)),
    },
  };
}

function loginDocument({ method, status: state, expiresAt, refreshAt }: LoginStatus, now: Instant) {
  return {
    credential: method,
    status: state,
    expiresAt: toTimestampOrNull(expiresAt),
    expiresIn: expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now) / 1000)),
    refreshAt: toTimestampOrNull(refreshAt),
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
    noteCell(each, now),
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

/** What a person has to do about the login behind a token that still posts; null: nothing. */
function loginNote({ account, login, status: health }: TokenStatus, now: Instant): string | null {
  if (login === null || health === "needs_reauth") return null;
  const { endsAt, lastError } = login;
  const again = reconnectCommand(account);
  if (login.status === "needs_reauth") return `ready; its login has ended: ${again}`;
  if (login.status === "error") return `ready; its login: ${lastError?.message ?? "cannot be refreshed for now"}`;
  const near = endsAt !== null && endsAt - now <= days(warningDays[0]);
  return near ? `ready; its login ends ${relativeTime(endsAt, now)}: ${again}` : null;
}

/** What was believed otherwise, for people: when reading data ends is warned of by itself. */
const correctedWords = [
  ["accessExpiresAt", "its end"],
  ["scopes", "its scopes"],
] as const;

function liveNote({ ok, detail, corrected }: LiveCheck): string {
  const words = correctedWords.flatMap(([fact, text]) => (corrected.includes(fact) ? [text] : []));
  const put = words.length === 0 ? "" : ` (${words.join(" and ")} put right)`;
  return `${ok ? "live:" : "not live:"} ${detail}${put}`;
}

function noteCell(each: TokenStatus, now: Instant): string {
  return [ownNote(each, now), each.caution ?? ""].filter((part) => part !== "").join("; ");
}

function ownNote(each: TokenStatus, now: Instant): string {
  const { missingScopes: missing } = each;
  const lacking = missing.length === 0 ? null : `missing scopes: ${missing.join(", ")}`;
  if (each.live) return [liveNote(each.live), lacking].filter((part) => part !== null).join("; ");
  if (each.inPlaceOf) {
    const { method, reason, status } = each.inPlaceOf;
    return `by ${each.method}: ${method} ${(reason ?? status).replaceAll("_", " ")}; connect it again`;
  }
  if (lacking !== null && each.status !== "needs_reauth") return `${lacking}: ${reconnectCommand(each.account)}`;
  const login = loginNote(each, now);
  if (login !== null) return login;
  if (each.status !== "healthy") return each.lastError?.message ?? "";
  const { renewableUntil: end, account } = each;
  const near = end !== null && end - now <= days(warningDays[0]);
  return near ? `ends ${relativeTime(end, now)}: ${reconnectCommand(account)}` : "";
}
