import { type Channel, describeTarget } from "../../domain/channel.ts";
import { Failure } from "../../domain/failure.ts";
import { nearest } from "../../domain/nearest.ts";
import { spanOfTime, toTimestamp, toTimestampOrNull } from "../../domain/time.ts";
import type { CommandModule } from "../command.ts";
import type { Context } from "../context.ts";
import { renderTable } from "../table.ts";

export const list: CommandModule = {
  declare: (command) => command.addHelpText("after", "\nNeeds no key.\nExample:\n  agencyiq notify list --json"),
  run: async (context) => {
    const channels = await storedChannels(context);
    const { output, services } = context;
    const now = services.clock.now();
    output.result(() => asTable(channels, now, output.width), { channels: channels.map(channelDocument) });
    if (channels.length === 0) output.note("Nobody is told. Begin with: agencyiq notify add email ADDRESS");
    return null;
  },
};

/** All channels; none where there is no vault yet. */
export async function storedChannels({ services }: Context): Promise<Channel[]> {
  try {
    return await (await services.vault()).channels();
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return [];
    throw error;
  }
}

/** @throws Failure `not_found` */
export async function requireChannel(context: Context, name: string): Promise<Channel> {
  const channels = await storedChannels(context);
  const channel = channels.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (channel) return channel;
  const suggestion = nearest(
    name,
    channels.map((each) => each.name),
  );
  throw new Failure("not_found", `there is no channel "${name}"`, {
    hint: suggestion ? `did you mean ${suggestion}?` : "agencyiq notify list",
  });
}

export function channelDocument(channel: Channel) {
  const { name, target, on, brand, failingSince, lastError, waiting, createdAt } = channel;
  return {
    channel: name,
    kind: target.kind,
    to: describeTarget(target),
    on,
    brand,
    waiting,
    failingSince: toTimestampOrNull(failingSince),
    lastError,
    createdAt: toTimestamp(createdAt),
  };
}

function asTable(channels: readonly Channel[], now: number, width: number): string {
  if (channels.length === 0) return "";
  const columns = [
    { title: "CHANNEL" },
    { title: "KIND" },
    { title: "TO", flexible: true },
    { title: "OF", flexible: true },
    { title: "STATE", flexible: true },
  ];
  const rows = channels.map((channel) => [
    channel.name,
    channel.target.kind,
    describeTarget(channel.target),
    [channel.on?.join(", ") ?? "everything", ...(channel.brand === null ? [] : [`of ${channel.brand}`])].join(" "),
    stateOf(channel, now),
  ]);
  return renderTable(columns, rows, width);
}

function stateOf({ failingSince, lastError, waiting }: Channel, now: number): string {
  const left = waiting === 0 ? "" : `${waiting} waiting`;
  if (failingSince !== null)
    return [`failing for ${spanOfTime(now - failingSince)}`, left, lastError ?? ""].filter(Boolean).join(", ");
  return left || "ok";
}
