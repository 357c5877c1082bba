/** Where is posted to: the channel of a webhook, or the one that a bot was told. */
import { Failure } from "../../domain/failure.ts";
import type { Api, Facts, Identity } from "../platform.ts";
import { host, read, webhook } from "./requests.ts";

/** https://docs.discord.com/developers/resources/webhook#webhook-object */
interface Webhook {
  readonly id?: string;
  readonly token?: string;
  readonly name?: string | null;
  readonly channel_id?: string | null;
  readonly guild_id?: string | null;
}

const addressOf = (guild: string, channel: string): string => `https://discord.com/channels/${guild}/${channel}`;

/** Webhooks have a name of their own, channels are named by number: "Captain Hook" is `captain-hook`. */
function handleOf(name: string | null | undefined, otherwise: string): string {
  const plain = name?.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase() ?? "";
  return plain.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || otherwise;
}

/** The channel it is, not the webhook: another one in its place goes on with the same account. */
function identityOf({ id = "", name = null, channel_id: channel, guild_id: guild }: Webhook): Identity {
  if (!channel || !guild) throw new Failure("platform_fault", "Discord did not say where the webhook posts to");
  return {
    externalId: `${guild}/${channel}`,
    handle: handleOf(name, id),
    name,
    url: addressOf(guild, channel),
    kind: "webhook",
    facts: { way: "webhook", guild, channel },
  };
}

export async function identifyWebhook(api: Api): Promise<readonly Identity[]> {
  return [identityOf((await read(api, webhook)) as Webhook)];
}

/** Signing in with `webhook.incoming` makes a webhook in the channel that the person chose: the answer with the token has it. */
export async function identityInAnswer(answer: Readonly<Record<string, unknown>>, api: Api): Promise<Identity | null> {
  const made = answer["webhook"] as Webhook | undefined;
  if (!made?.id || !made.token) return null;
  const token = `${made.id}/${made.token}`;
  api.keepSecret(made.token);
  const { id: login } = (await read(api, `${host}/users/@me`)) as { id?: string };
  return {
    ...identityOf(made),
    ...(login === undefined ? {} : { login }),
    token: { accessToken: token, expiresIn: null, scopes: null },
  };
}

interface Channel {
  readonly id?: string;
  readonly name?: string;
  readonly type?: number;
  readonly guild_id?: string;
}

/** https://docs.discord.com/developers/resources/channel#channel-object-channel-types */
const postable: Readonly<Record<number, string>> = {
  0: "text channel",
  2: "voice channel",
  5: "announcement channel",
  10: "thread",
  11: "thread",
  12: "thread",
  15: "forum",
  16: "media channel",
};

export async function identifyBot(api: Api): Promise<readonly Identity[]> {
  const wanted = api.facts["channel"] ?? "";
  const [, id] = /(?:^|\/channels\/\d+\/)(\d{15,21})(?:\/|$)/.exec(wanted.trim()) ?? [];
  if (id === undefined) {
    throw new Failure("usage", `"${wanted}" names no channel`, {
      hint: "give its id, or its address: --set channel=https://discord.com/channels/…/…",
    });
  }
  const bot = (await read(api, `${host}/users/@me`)) as { id?: string };
  const { name, type = -1, guild_id: guild } = (await read(api, `${host}/channels/${id}`)) as Channel;
  const kind = postable[type];
  const facts: Facts = { way: "bot", guild: guild ?? "@me", channel: id, type: String(type) };
  return [
    {
      externalId: id,
      handle: handleOf(name, id),
      name: name ? `#${name}` : null,
      url: addressOf(guild ?? "@me", id),
      kind: kind ?? "channel",
      facts,
      ...(bot.id === undefined ? {} : { login: bot.id }),
      ...(kind === undefined ? { unusable: "it is a kind of channel that nobody posts to" } : {}),
    },
  ];
}

export const isBot = ({ facts }: Pick<Api, "facts">): boolean => facts["way"] === "bot";

export async function check(api: Api): Promise<string> {
  if (isBot(api)) {
    const { username, id } = (await read(api, `${host}/users/@me`)) as { username?: string; id?: string };
    return `answers as @${username ?? id ?? "somebody"}`;
  }
  const { name, id } = (await read(api, webhook)) as Webhook;
  return `the webhook ${name ?? id ?? ""} is there`;
}
