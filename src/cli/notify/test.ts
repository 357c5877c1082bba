import { testChannel } from "../../app/notify.ts";
import { overallFailure } from "../../app/overall-failure.ts";
import type { Channel } from "../../domain/channel.ts";
import type { SendOutcome } from "../../domain/dispatch.ts";
import { Failure } from "../../domain/failure.ts";
import type { CommandModule } from "../command.ts";
import { renderTable } from "../table.ts";
import { requireChannel, storedChannels } from "./list.ts";

export const test: CommandModule = {
  declare: (command) =>
    command
      .argument("[channels...]", "which channels (default: all)")
      .addHelpText("after", "\nExample:\n  agencyiq notify test slack"),
  run: async (context, input) => {
    const named = (input.args[0] ?? []) as readonly string[];
    const all = named.length === 0;
    const channels = all
      ? await storedChannels(context)
      : await Promise.all(named.map((name) => requireChannel(context, name)));
    if (channels.length === 0) {
      throw new Failure("not_found", "there is no channel to test", { hint: "agencyiq notify add email ADDRESS" });
    }
    const { output, services, signal } = context;
    const work = Promise.all(channels.map((channel) => testChannel(services, channel, signal)));
    const outcomes = await output.progress("sending", work);
    const results = channels.map((channel, index) => resultOf(channel, outcomes[index]));
    output.result(() => asTable(results, output.width), { results: results.map(document) });
    if (results.length > 1) for (const { failure } of results) if (failure && !output.json) output.failure(failure);
    return overallFailure(results);
  },
};

interface Result {
  readonly channel: Channel;
  readonly outcome: SendOutcome["kind"];
  readonly failure: Failure | null;
}

function resultOf(channel: Channel, outcome: SendOutcome = { kind: "sent" }): Result {
  if (outcome.kind === "sent") return { channel, outcome: "sent", failure: null };
  const code = outcome.kind === "refused" ? "channel_refused" : "network";
  return { channel, outcome: outcome.kind, failure: new Failure(code, `${channel.name}: ${outcome.message}`) };
}

function document({ channel, outcome, failure }: Result) {
  return { channel: channel.name, kind: channel.target.kind, outcome, error: failure?.message ?? null };
}

function asTable(results: readonly Result[], width: number): string {
  const rows = results.map(({ channel, outcome }) => [channel.name, channel.target.kind, outcome]);
  return renderTable([{ title: "CHANNEL" }, { title: "KIND" }, { title: "RESULT" }], rows, width);
}
