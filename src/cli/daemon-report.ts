/** What the daemon says as it goes: to a person in words, to a log collector as JSON that names no handle. */
import type { DeliveryResult } from "../app/deliver.ts";
import type { RefreshResult } from "../app/refresh-accounts.ts";
import type { Failure } from "../domain/failure.ts";
import type { LogLevel } from "../domain/ports/monitoring.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { relativeTime, toTimestamp, toTimestampOrNull } from "../domain/time.ts";
import type { Context } from "./context.ts";
import { deliveryLine } from "./delivery-report.ts";

export interface DaemonReport {
  say(level: LogLevel, event: string, words: string, fields?: Readonly<Record<string, unknown>>): void;
  refreshed(result: RefreshResult, account: ConnectedAccount): void;
  delivered(result: DeliveryResult): void;
  trouble(failure: Failure): void;
}

/** `form`: null means words at a terminal, JSON elsewhere. With --json the lines are the command's answer. */
export async function reportFor(context: Context, form: "text" | "json" | null): Promise<DaemonReport> {
  const { output, prompts } = context;
  const json = output.json || form === "json" || (form === null && !prompts.interactive);
  return json ? reportInJson(context) : reportInWords(context);
}

async function reportInJson({ monitoring, output }: Context): Promise<DaemonReport> {
  const log = await monitoring.openLog(output.quiet ? "warn" : "info");
  return {
    say: (level, event, _words, fields) => log.write(level, event, fields),
    refreshed: ({ outcome, expiresAt, failure }, { id, platform }) => {
      // A failure's message may name the account: the code says what it is, `agencyiq log` the rest.
      const fields = { account: id, platform, outcome, expiresAt: toTimestampOrNull(expiresAt) };
      if (outcome === "fresh") return;
      if (failure) log.write("warn", "refresh_failed", { ...fields, code: failure.code });
      else log.write("info", "refreshed", fields);
    },
    delivered: ({ delivery, failure }) => {
      const { id, postId, accountId, platform, state, attempts } = delivery;
      const fields = { delivery: id, post: postId, account: accountId, platform, state, attempts };
      if (failure) log.write("warn", "delivery_failed", { ...fields, code: failure.code });
      else log.write("info", "delivered", fields);
    },
    trouble: ({ code, message, hint }) => log.write("error", "trouble", { code, message, hint: hint ?? null }),
  };
}

function reportInWords({ output, services, machine }: Context): DaemonReport {
  const { good, bad, warn, faint } = output.styles;
  const paints: Record<LogLevel, (text: string) => string> = { debug: faint, info: (text) => text, warn, error: bad };
  const line = (level: LogLevel, words: string) =>
    output.note(`${faint(toTimestamp(services.clock.now()))} ${paints[level](words)}`);
  return {
    say: (level, _event, words) => line(level, words),
    refreshed: ({ address, outcome, expiresAt, failure }) => {
      if (outcome === "fresh") return;
      if (failure) {
        line("warn", `${address}: ${failure.message}${failure.hint ? ` (${failure.hint})` : ""}`);
        return;
      }
      const until = expiresAt === null ? "" : `, ends ${relativeTime(expiresAt, services.clock.now())}`;
      line("info", `${address}: ${good("refreshed")}${until}`);
    },
    delivered: (result) => {
      const { delivery, failure } = result;
      const reader = { output, now: services.clock.now(), timeZone: machine.timeZone };
      const why = failure ? `: ${failure.message}${failure.hint ? ` (${failure.hint})` : ""}` : "";
      line(delivery.state === "published" ? "info" : "warn", `${deliveryLine(result, reader)}${why}`);
    },
    trouble: (failure) => output.failure(failure),
  };
}
