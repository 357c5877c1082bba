import type { DispatchRecord } from "../../domain/dispatch.ts";
import { Failure } from "../../domain/failure.ts";
import type { ToldNotification } from "../../domain/ports/outbox.ts";
import { parseDuration, toTimestamp, toTimestampOrNull } from "../../domain/time.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { wholeNumber } from "../numbers.ts";

interface LogOptions {
  readonly since?: string;
  readonly limit?: string;
}

export const log: CommandModule = {
  declare: (command) =>
    command
      .option("--since <duration>", "only the last 24h, 7d, …")
      .option("--limit <count>", "how many of the newest", "50")
      .addHelpText("after", "\nNeeds no key.\nExample:\n  agencyiq notify log --since 7d"),
  run: async (context, input) => {
    const { since, limit = "50" } = optionsOf<LogOptions>(input);
    const notifications = await toldSince(context, since, wholeNumber(limit, "--limit", 1, 1_000_000));
    const { output } = context;
    output.result(() => notifications.map(paragraph).join("\n"), { notifications: notifications.map(document) });
    if (notifications.length === 0) output.note("Nothing was to be told.");
    return null;
  },
};

async function toldSince({ services }: Context, since: string | undefined, limit: number): Promise<ToldNotification[]> {
  const duration = since === undefined ? null : parseDuration(since);
  if (since !== undefined && duration === null) {
    throw new Failure("usage", `"${since}" is not a duration`, { hint: "write 90m, 24h or 7d" });
  }
  try {
    const vault = await services.vault();
    return await vault.notifications({
      limit,
      ...(duration === null ? {} : { since: services.clock.now() - duration }),
    });
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return [];
    throw error;
  }
}

function paragraph({ at, kind, subject, body, command, dispatches }: ToldNotification): string {
  const told = dispatches.length === 0 ? ["nobody: there was no channel for it"] : dispatches.map(way);
  const lines = [body, ...(command === null ? [] : [`mend: ${command}`]), ...told];
  return [`${toTimestamp(at)}  ${kind.padEnd(15)}  ${subject}`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function way({ channel, state, attempts, nextAt, finishedAt, error }: DispatchRecord): string {
  const why = error === null ? "" : `: ${error}`;
  if (state === "sent") return `${channel}: sent ${toTimestamp(finishedAt ?? 0)}`;
  if (state === "failed") return `${channel}: given up after ${attempts} tries${why}`;
  return attempts === 0 ? `${channel}: waiting` : `${channel}: waiting until ${toTimestamp(nextAt ?? 0)}${why}`;
}

function document(notification: ToldNotification) {
  const { id, at, kind, brand, account, subject, body, command, dispatches } = notification;
  return {
    id,
    at: toTimestamp(at),
    kind,
    brand,
    account: account || null,
    subject,
    body,
    command,
    channels: dispatches.map(({ channel, state, attempts, nextAt, finishedAt, error }) => ({
      channel,
      state,
      attempts,
      nextAt: toTimestampOrNull(nextAt),
      finishedAt: toTimestampOrNull(finishedAt),
      error,
    })),
  };
}
