/** Slack, Discord and Telegram: a text at an address that is, or holds, a secret. None has a way to know a message again. */
import type { ChannelTarget } from "../../domain/channel.ts";
import type { SendOutcome } from "../../domain/dispatch.ts";
import { type ChannelMessage, paragraphsOf, subjectOf } from "../../domain/notification-text.ts";
import type { Sending } from "../../domain/ports/channel-sender.ts";
import type { Http } from "../../domain/ports/http.ts";
import { post } from "./post.ts";

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; Mattermost and others take the same. */
export function sendSlack(http: Http, { secret, message, now, signal }: Sending): Promise<SendOutcome> {
  const body = JSON.stringify({
    text: markedUp(message, { bold: ["*", "*"], code: inBackticks, text: withEntities, said: withEntities }),
  });
  return post(http, { url: secret ?? "", body, now, signal });
}

/** https://docs.discord.com/developers/resources/webhook#execute-webhook; `wait` for an answer once it is posted. */
export function sendDiscord(http: Http, { secret, message, now, signal }: Sending): Promise<SendOutcome> {
  const url = new URL(secret ?? "");
  url.searchParams.set("wait", "true");
  const content = cut(
    markedUp(message, { bold: ["**", "**"], code: inBackticks, text: forDiscord, said: (text) => text }),
  );
  // Nobody is mentioned, whatever a server's words hold.
  const body = JSON.stringify({ content, allowed_mentions: { parse: [] } });
  return post(http, { url: url.href, body, now, signal });
}

const inBackticks = ["`", "`"] as const;

type TelegramTarget = Extract<ChannelTarget, { kind: "telegram" }>;

/** https://core.telegram.org/bots/api#sendmessage */
export function sendTelegram(
  http: Http,
  { secret, message, now, signal, target }: Sending<TelegramTarget>,
): Promise<SendOutcome> {
  const url = `https://api.telegram.org/bot${secret ?? ""}/sendMessage`;
  const text = markedUp(message, {
    bold: ["<b>", "</b>"],
    code: ["<code>", "</code>"],
    text: withEntities,
    said: withEntities,
  });
  const preview = { is_disabled: true };
  const body = JSON.stringify({ chat_id: target.chat, text, parse_mode: "HTML", link_preview_options: preview });
  return post(http, { url, body, now, signal });
}

interface Markup {
  /** What stands before and after what is meant so. */
  readonly bold: readonly [string, string];
  readonly code: readonly [string, string];
  /** What escapes a text, and what is said as code. */
  readonly text: (text: string) => string;
  readonly said: (text: string) => string;
}

function markedUp(message: ChannelMessage, { bold, code, text, said }: Markup): string {
  const paragraphs = paragraphsOf(message);
  const { command } = paragraphs;
  const lines = [`${bold[0]}${text(subjectOf(message))}${bold[1]}`, text(paragraphs.text)];
  return [...lines, ...(command === null ? [] : [`${code[0]}${said(command.replaceAll("`", "'"))}${code[1]}`])].join(
    "\n",
  );
}

/** These three and no others, by Slack's own rules and Telegram's; what mentions somebody at Slack is in angle brackets. */
function withEntities(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function forDiscord(text: string): string {
  return text.replaceAll(/[\\*_~`|>#[\]]/g, "\\$&");
}

/** Discord takes 2000 characters. */
function cut(text: string): string {
  return text.length > 2000 ? `${text.slice(0, 1999)}…` : text;
}
