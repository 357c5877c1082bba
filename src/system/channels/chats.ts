/** Slack and Discord: a text at an address that is a secret. Neither has a way to know a message again. */
import type { SendOutcome } from "../../domain/dispatch.ts";
import { type ChannelMessage, paragraphsOf, subjectOf } from "../../domain/notification-text.ts";
import type { Sending } from "../../domain/ports/channel-sender.ts";
import type { Http } from "../../domain/ports/http.ts";
import { post } from "./post.ts";

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; Mattermost and others take the same. */
export function sendSlack(http: Http, { secret, message, now, signal }: Sending): Promise<SendOutcome> {
  const body = JSON.stringify({ text: markedUp(message, { bold: "*", text: forSlack, code: forSlack }) });
  return post(http, { url: secret ?? "", body, now, signal });
}

/** https://docs.discord.com/developers/resources/webhook#execute-webhook; `wait` for an answer once it is posted. */
export function sendDiscord(http: Http, { secret, message, now, signal }: Sending): Promise<SendOutcome> {
  const url = new URL(secret ?? "");
  url.searchParams.set("wait", "true");
  const content = cut(markedUp(message, { bold: "**", text: forDiscord, code: (text) => text }));
  // Nobody is mentioned, whatever a server's words hold.
  const body = JSON.stringify({ content, allowed_mentions: { parse: [] } });
  return post(http, { url: url.href, body, now, signal });
}

interface Markup {
  readonly bold: string;
  /** What escapes a text, and what stands in backticks. */
  readonly text: (text: string) => string;
  readonly code: (text: string) => string;
}

function markedUp(message: ChannelMessage, { bold, text, code }: Markup): string {
  const paragraphs = paragraphsOf(message);
  const { command } = paragraphs;
  const lines = [`${bold}${text(subjectOf(message))}${bold}`, text(paragraphs.text)];
  return [...lines, ...(command === null ? [] : [`\`${code(command.replaceAll("`", "'"))}\``])].join("\n");
}

/** These three and no others, by Slack's own rules; what mentions somebody is in angle brackets. */
function forSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function forDiscord(text: string): string {
  return text.replaceAll(/[\\*_~`|>#[\]]/g, "\\$&");
}

/** Discord takes 2000 characters. */
function cut(text: string): string {
  return text.length > 2000 ? `${text.slice(0, 1999)}…` : text;
}
