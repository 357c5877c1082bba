import type Sqlite from "better-sqlite3";
import { type Channel, type ChannelTarget, channelSecrets, type NewChannel } from "../domain/channel.ts";
import { Failure } from "../domain/failure.ts";
import type { NotificationKind } from "../domain/notification.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { locate, presentSecret, putSecret } from "./secrets.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

export type ChannelRow = Database["channels"] & { waiting: number };

const withWaiting = `select c.*, (select count(*) from dispatches where channel_id = c.id and state = 'pending') as waiting
  from channels c`;

export function listChannels(raw: Sqlite.Database): Channel[] {
  return (prepared(raw, `${withWaiting} order by c.name`).all() as ChannelRow[]).map(toChannel);
}

export function findChannel(raw: Sqlite.Database, id: string): Channel | null {
  const row = prepared(raw, `${withWaiting} where c.id = ?`).get(id) as ChannelRow | undefined;
  return row ? toChannel(row) : null;
}

function toChannel(row: ChannelRow): Channel {
  return {
    id: row.id,
    name: row.name,
    target: { kind: row.kind, ...JSON.parse(row.settings) } as ChannelTarget,
    on: row.kinds === null ? null : (row.kinds.split(" ") as NotificationKind[]),
    brand: row.brand,
    generation: row.generation,
    createdAt: row.created_at,
    failures: row.failures,
    failingSince: row.failing_since,
    resumeAt: row.resume_at,
    lastError: row.last_error,
    waiting: row.waiting,
  };
}

/** Inside a transaction. */
export function addChannel(context: VaultContext, { name, target, secret, on, brand }: NewChannel): Channel {
  const { raw } = context.opened;
  const taken = prepared(raw, "select name from channels where name = ?").get(name);
  if (taken) {
    throw new Failure("usage", `there is a channel "${name}" already`, {
      hint: `choose another with --name, or first: agencyiq notify remove ${name}`,
    });
  }
  const id = context.random.uuid();
  const { kind, ...settings } = target;
  const generation = 1;
  prepared(
    raw,
    `insert into channels (id, name, kind, settings, kinds, brand, generation, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(id, name, kind, JSON.stringify(settings), on?.join(" ") ?? null, brand, generation, context.clock.now());
  const secretKind = channelSecrets[kind];
  if (secretKind) putSecret(context, { owner: "channels", ownerId: id, kind: secretKind, generation }, secret);
  append(context, { action: "channel.added", subjectId: id, detail: { name, kind } });
  const channel = findChannel(raw, id);
  if (!channel) throw new Error("the channel that was just written is not there");
  return channel;
}

/** Inside a transaction. */
export function removeChannel(context: VaultContext, id: string): void {
  const { raw } = context.opened;
  const channel = findChannel(raw, id);
  if (!channel) return;
  prepared(raw, "delete from secrets where owner = 'channels' and owner_id = ?").run(id);
  prepared(raw, "delete from dispatches where channel_id = ? and state = 'pending'").run(id);
  prepared(raw, "delete from channels where id = ?").run(id);
  const { name, target } = channel;
  append(context, { action: "channel.removed", subjectId: id, detail: { name, kind: target.kind } });
}

/** @throws Failure `record_damaged` */
export async function channelSecret(context: VaultContext, { id, name, target }: Channel): Promise<string | null> {
  const kind = channelSecrets[target.kind];
  if (kind === null) return null;
  try {
    return await presentSecret(context, (raw) => locate(raw, "channels", id, kind));
  } catch (error) {
    if (!(error instanceof Failure) || error.category !== "integrity") throw error;
    const { code, message, cause } = error;
    throw new Failure(code, `the channel ${name}: ${message}`, { hint: mendChannel(name), cause });
  }
}

/** What mends a channel whose secret is lost. */
export function mendChannel(name: string): string {
  return `agencyiq notify remove ${name}, then add it again`;
}
