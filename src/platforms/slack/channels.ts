/** The workspace, the channel that is posted to, and whether the bot may. */
import { Failure } from "../../domain/failure.ts";
import type { Api, Identity } from "../platform.ts";
import { isWebhook } from "./messages.ts";
import { read, readWithScopes, webhook } from "./requests.ts";

interface Workspace {
  readonly url?: string;
  readonly team?: string;
  readonly team_id?: string;
  readonly user?: string;
  readonly user_id?: string;
}

interface Channel {
  readonly id: string;
  readonly name?: string;
  readonly is_member?: boolean;
  readonly is_private?: boolean;
  readonly is_archived?: boolean;
}

export async function identifyBot(api: Api): Promise<readonly Identity[]> {
  const { body, scopes } = await readWithScopes(api, "auth.test");
  const { url = "", team = "", team_id: teamId = "", user, user_id: userId } = body as Workspace;
  const channel = await channelNamed(api, (api.facts["channel"] ?? "").trim());
  const why = whyNot(channel, scopes, user ?? "the bot");
  const { id, name } = channel;
  return [
    {
      externalId: id,
      handle: name ?? id,
      name: `#${name ?? id} (${team})`,
      url: url === "" ? null : new URL(`archives/${id}`, url).href,
      login: `${teamId}/${userId ?? ""}`,
      kind: "channel",
      facts: { way: "bot", channel: id, url },
      ...(why === null ? {} : { unusable: why }),
    },
  ];
}

/** By its id (`C…`), by its name, or by the address that Slack's Copy link gives. */
async function channelNamed(api: Api, wanted: string): Promise<Channel> {
  const [, inAddress] = /\/(?:archives|client\/T\w+)\/([CG]\w+)/.exec(wanted) ?? [];
  const id = inAddress ?? (/^[CG][A-Z0-9]{6,}$/.test(wanted) ? wanted : null);
  if (id !== null) return channelById(api, id);
  const name = wanted.replace(/^#/, "").toLowerCase();
  for (let cursor = ""; ; ) {
    const { channels = [], response_metadata: more } = (await read(api, "conversations.list", {
      types: "public_channel,private_channel",
      exclude_archived: "true",
      limit: "200",
      ...(cursor === "" ? {} : { cursor }),
    })) as { channels?: readonly Channel[]; response_metadata?: { next_cursor?: string } };
    const found = channels.find((channel) => channel.name === name);
    if (found) return found;
    cursor = more?.next_cursor ?? "";
    if (cursor === "") break;
  }
  throw new Failure("not_permitted", `the bot sees no channel "${wanted}"`, {
    hint: "invite it there (/invite @BOT), or give the channel's id: --set channel=C0123456789",
  });
}

/** A bot that may not look may post all the same. */
async function channelById(api: Api, id: string): Promise<Channel> {
  try {
    const { channel } = (await read(api, "conversations.info", { channel: id })) as { channel?: Channel };
    return channel ?? { id };
  } catch (error) {
    if (error instanceof Failure && error.code === "scope_missing") return { id };
    throw error;
  }
}

function whyNot(channel: Channel, scopes: readonly string[], bot: string): string | null {
  if (scopes.length > 0 && !scopes.includes("chat:write")) return "the token lacks the scope chat:write";
  if (channel.is_archived) return "the channel is archived";
  if (channel.is_member !== false) return null;
  if (!channel.is_private && scopes.includes("chat:write.public")) return null;
  return `@${bot} is not in it: write /invite @${bot} there`;
}

/** A webhook tells nothing of itself: it is proved to live, and called what its owner says. */
export async function identifyWebhook(api: Api): Promise<readonly Identity[]> {
  await knock(api);
  const [team = "", id = ""] = (await api.token()).split("/");
  const named = (api.facts["channel"] ?? "").trim().replace(/^#/, "");
  return [
    {
      externalId: `${team}/${id}`,
      handle: named === "" ? id.toLowerCase() : named.replace(/\s+/g, "-"),
      name: named === "" ? null : `#${named}`,
      url: `https://app.slack.com/client/${team}`,
      kind: "webhook",
      facts: { way: "webhook", url: `https://app.slack.com/client/${team}` },
    },
  ];
}

/** A message without a text is refused with 400 where the webhook lives, with 403 or 404 where it is gone. */
async function knock(api: Api): Promise<void> {
  await api.post(webhook, { json: {}, accepts: [400], repeatable: true });
}

export async function check(api: Api): Promise<string> {
  if (isWebhook(api)) {
    await knock(api);
    return "the webhook answers";
  }
  const { user, team } = (await read(api, "auth.test")) as Workspace;
  return `answers as @${user ?? "somebody"} in ${team ?? "its workspace"}`;
}
