/**
 * What is said in a channel's chat is gone when it scrolls by, and nobody can ask for it: only of a channel's title it can be
 * told whether it was set. https://dev.twitch.tv/docs/api/reference
 */
import { codePoints } from "../../domain/counting/units.ts";
import { Failure, type FailureCode } from "../../domain/failure.ts";
import type { PostOption } from "../../domain/post-option.ts";
import type { Api, Message, Published, Publishing } from "../platform.ts";
import { channelUrl, helix } from "./helix.ts";

export const options: readonly PostOption[] = [
  {
    name: "as",
    say: "what becomes of the text: an announcement in the chat (usual), a message in it, the channel's title",
    takes: ["announcement", "message", "title"],
  },
  {
    name: "color",
    say: "of an announcement (usually: the channel's own)",
    takes: ["primary", "blue", "green", "orange", "purple"],
  },
];

const longestTitle = 140;
const mostTags = 10;
const longestTag = 25;

type Kind = "announcement" | "message" | "title";

const kindOf = ({ options: chosen }: Message): Kind => (chosen["as"] ?? "announcement") as Kind;

export function problemsOf(message: Message): string[] {
  const { text, tags, options: chosen } = message;
  const kind = kindOf(message);
  const problems: string[] = [];
  if (chosen["color"] !== undefined && kind !== "announcement") problems.push("only announcements have a color");
  if (kind !== "title") {
    if (tags.length > 0) problems.push("tags are the channel's: they go with --option twitch.as=title");
    return problems;
  }
  const length = codePoints(text);
  if (length > longestTitle) problems.push(`the title has ${length} characters, Twitch takes ${longestTitle}`);
  if (/[\r\n]/.test(text)) problems.push("a title has one line");
  if (tags.length > mostTags) problems.push(`there are ${tags.length} tags, Twitch takes ${mostTags}`);
  const bad = tags.find((tag) => codePoints(tag) > longestTag || !/^[\p{L}\p{N}]+$/u.test(tag));
  if (bad !== undefined) problems.push(`the tag "${bad}" is not up to ${longestTag} letters and digits`);
  return problems;
}

/** Where it is seen; it has no address of its own. */
function published(api: Api, remoteId: string): Published {
  return { remoteId, url: channelUrl(api.facts["login"] ?? api.handle ?? "") };
}

const idOf = (api: Api): string => api.externalId ?? "";

const commits: Readonly<Record<Kind, (api: Api, message: Message) => Promise<Published>>> = {
  announcement: async (api, { text, options: chosen }) => {
    const query = { broadcaster_id: idOf(api), moderator_id: idOf(api) };
    const json = { message: text, ...(chosen["color"] === undefined ? {} : { color: chosen["color"] }) };
    await helix(api, "POST", "/chat/announcements", { query, json });
    return published(api, "announcement");
  },
  message: async (api, { text }) => {
    const json = { broadcaster_id: idOf(api), sender_id: idOf(api), message: text };
    const answer = await helix(api, "POST", "/chat/messages", { json });
    const [sent = {}] = ((answer ?? {}) as { data?: readonly SentMessage[] }).data ?? [];
    if (sent.is_sent === false) throw dropped(sent.drop_reason ?? {});
    if (!sent.message_id) throw new Failure("delivery_unknown", "Twitch took the message but did not name it");
    return published(api, sent.message_id);
  },
  title: async (api, { text, tags }) => {
    const json = { title: text, ...(tags.length > 0 ? { tags } : {}) };
    await helix(api, "PATCH", "/channels", { query: { broadcaster_id: idOf(api) }, json });
    return published(api, "title");
  },
};

interface SentMessage {
  readonly message_id?: string;
  readonly is_sent?: boolean;
  readonly drop_reason?: { readonly code?: string; readonly message?: string };
}

/** Told with status 200. */
const drops: Readonly<Record<string, FailureCode>> = {
  msg_duplicate: "duplicate_content",
  msg_ratelimit: "rate_limited",
  // AutoMod holds it: a moderator may let it through at any time.
  msg_rejected: "delivery_unknown",
};

function dropped({ code = "", message = "it does not say why" }: NonNullable<SentMessage["drop_reason"]>): Failure {
  return new Failure(
    drops[code] ?? "not_permitted",
    `Twitch dropped the message: ${[message, code].filter(Boolean).join(" ")}`,
  );
}

/** A title is there or it is not; of what was said in the chat nothing can be known. */
async function confirm(api: Api, message: Message): Promise<Published | null | undefined> {
  if (kindOf(message) !== "title") return undefined;
  const answer = await helix(api, "GET", "/channels", { query: { broadcaster_id: idOf(api) }, repeatable: true });
  const [channel = {}] =
    ((answer ?? {}) as { data?: readonly { title?: string; tags?: readonly string[] }[] }).data ?? [];
  const { title, tags = [] } = channel;
  const isSame = title === message.text && (message.tags.length === 0 || message.tags.join() === tags.join());
  return isSame ? published(api, "title") : null;
}

const scopes: Readonly<Record<Kind, string>> = {
  announcement: "moderator:manage:announcements",
  message: "user:write:chat",
  title: "channel:manage:broadcast",
};

export const allScopes: readonly string[] = Object.values(scopes);

export const publishing: Publishing<undefined> = {
  commit: (api, message) => {
    const [problem] = problemsOf(message);
    if (problem) throw new Failure("content_invalid", problem);
    return commits[kindOf(message)](api, message);
  },
  confirm,
  scopesFor: (message) => [scopes[kindOf(message)]],
};
