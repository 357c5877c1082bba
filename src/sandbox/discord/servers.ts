/** Each test person has a server with channels of several kinds, a bot in it, and a webhook in its first channel. */
import type { Person } from "../options.ts";
import type { World } from "../world.ts";

export interface Channel {
  readonly id: string;
  readonly name: string;
  /** https://docs.discord.com/developers/resources/channel#channel-object-channel-types */
  readonly type: number;
  /** The bot sees it. */
  readonly visible: boolean;
}

export interface Server {
  readonly owner: string;
  readonly id: string;
  readonly userId: string;
  readonly botId: string;
  readonly botToken: string;
  readonly botName: string;
  readonly channels: readonly Channel[];
}

export interface Webhook {
  readonly id: string;
  readonly token: string;
  readonly name: string;
  readonly channelId: string;
  readonly server: Server;
  /** Of the app that it was made for, by signing in. */
  readonly applicationId: string | null;
}

/** Numbers as Discord's are, beyond what a double holds. */
const number = (person: number, kind: number): string =>
  String(1_300_000_000_000_000_001n + BigInt(person * 1000 + kind));

export function serversOf(people: readonly Person[]): Server[] {
  return people.map(({ handle }, index) => {
    const channel = (kind: number, name: string, type: number, visible = true): Channel => ({
      id: number(index, 100 + kind),
      name,
      type,
      visible,
    });
    return {
      owner: handle,
      id: number(index, 1),
      userId: number(index, 2),
      botId: number(index, 3),
      botToken: `MTMwMDAwMDAwMDAwMDAwMDAw${index}.Sandbx.bot-token-of-${handle}-01234567890`,
      botName: `${handle}-bot`,
      channels: [
        channel(1, "announcements", 0),
        channel(2, "ideas", 15),
        channel(3, "rooms", 4),
        channel(4, "staff", 0, false),
        channel(5, "a thread", 11),
      ],
    };
  });
}

const made = (world: World) => world.shelves.of<Webhook>("discord webhooks");
const ended = (world: World) => world.shelves.of<true>("discord webhooks ended");

/** Those that are there from the start, one for the first channel of each and one for its forum, and those that were made. */
export function webhooksOf(world: World): Webhook[] {
  const first = serversOf(world.people).flatMap((server, index): Webhook[] =>
    server.channels.slice(0, 2).map(({ id: channelId }, kind) => ({
      id: number(index, 10 + kind),
      token: `SandboxWebhookTokenOf_${server.owner}-${kind}_0123456789012345678901234567890`,
      name: kind === 0 ? "Captain Hook" : "Spidey Bot",
      channelId,
      server,
      applicationId: null,
    })),
  );
  return [...first, ...made(world).values()].filter(({ id }) => !ended(world).has(id));
}

/** As on the consent page, where a person chooses server and channel: the first one. */
export function makeWebhook(world: World, server: Server, applicationId: string): Webhook {
  const [channel] = server.channels;
  const count = made(world).size;
  const webhook: Webhook = {
    id: number(900, count),
    token: Buffer.from(world.random.bytes(48)).toString("base64url"),
    name: "Announcer",
    channelId: channel?.id ?? "",
    server,
    applicationId,
  };
  made(world).set(webhook.id, webhook);
  return webhook;
}

export function endWebhook(world: World, { id }: Webhook): void {
  ended(world).set(id, true);
}

export const webhookBody = ({ id, token, name, channelId, server, applicationId }: Webhook) => ({
  id,
  type: 1,
  token,
  name,
  avatar: null,
  channel_id: channelId,
  guild_id: server.id,
  application_id: applicationId,
});
