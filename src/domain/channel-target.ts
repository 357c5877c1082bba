/** Channels as people write them. */
import type { ChannelTarget, EmailTarget } from "./channel.ts";
import { Failure } from "./failure.ts";
import { isLoopbackHost } from "./loopback.ts";
import { nearest } from "./nearest.ts";
import { type NotificationKind, notificationKinds } from "./notification.ts";

/** @throws Failure `usage` */
export function emailTarget(to: string, smtp: string, from: string | undefined): EmailTarget {
  const recipients = to.split(",").map(requireAddress);
  const [first = ""] = recipients;
  const server = serverOf(smtp);
  const own = server.user?.includes("@") ? server.user : first;
  return { kind: "email", to: recipients, from: requireAddress(from ?? own), ...server };
}

function requireAddress(text: string): string {
  const address = text.trim();
  if (/^[^\s@<>",;]+@[^\s@<>",;]+$/.test(address)) return address;
  throw new Failure("usage", `"${address}" is not an e-mail address`, { hint: "write name@example.com" });
}

/** `smtps://`: TLS from the start; `smtp://`: STARTTLS, without which nothing is sent but on this machine. */
function serverOf(smtp: string): Pick<EmailTarget, "host" | "port" | "tls" | "user"> {
  const url = URL.canParse(smtp) ? new URL(smtp) : null;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === "" || url.pathname.length > 1) {
    throw new Failure("usage", "--smtp is not the URL of a mail server", {
      hint: "write smtps://USER@HOST (TLS) or smtp://USER@HOST:587 (STARTTLS)",
    });
  }
  if (url.password !== "") {
    throw new Failure("usage", "a password does not belong on the command line", {
      hint: "leave it out of --smtp: it is asked for, or comes from --secret-stdin",
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const user = url.username === "" ? null : decodeURIComponent(url.username);
  if (url.protocol === "smtps:") return { host, port: Number(url.port || 465), tls: "implicit", user };
  if (isLoopbackHost(host)) return { host, port: Number(url.port || 25), tls: "if_offered", user };
  return { host, port: Number(url.port || 587), tls: "starttls", user };
}

/** @throws Failure `usage` */
export function webhookTarget(text: string): ChannelTarget {
  if (isSafe(text)) return { kind: "webhook", url: new URL(text).href };
  throw new Failure("usage", "that is no URL for a webhook", {
    hint: "write https://example.com/path, without a password",
  });
}

/** The address itself is the secret, so it is not told. @throws Failure `usage` */
export function chatTarget(kind: "slack" | "discord", address: string): ChannelTarget {
  if (isSafe(address)) return { kind, host: new URL(address).host };
  throw new Failure("usage", "that is no webhook URL", {
    hint:
      kind === "slack"
        ? "it begins with https://hooks.slack.com/services/"
        : "it begins with https://discord.com/api/webhooks/",
  });
}

/** @throws Failure `usage` */
export function telegramTarget(text: string): ChannelTarget {
  const chat = text.trim();
  if (/^@\w{4,}$|^-?\d+$/.test(chat)) return { kind: "telegram", chat };
  throw new Failure("usage", `"${chat}" is no chat of Telegram's`, {
    hint: "write @channel, or the chat's number (groups' begin with -)",
  });
}

/** As BotFather gives it; what else is given is not told. @throws Failure `usage` */
export function requireBotToken(token: string): string {
  if (/^\d+:[\w-]+$/.test(token)) return token;
  throw new Failure("usage", "that is no bot's token", { hint: "BotFather gives it: 123456789:AA…" });
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}

/** `needs_reauth,expiring`. @throws Failure `usage` */
export function eventsOf(text: string): readonly NotificationKind[] {
  const words = text.split(",").map((word) => word.trim().replaceAll("-", "_"));
  return [...new Set(words.map(requireEvent))];
}

function requireEvent(word: string): NotificationKind {
  const kind = notificationKinds.find((each) => each === word);
  if (kind) return kind;
  const suggestion = nearest(word, notificationKinds);
  throw new Failure("usage", `there is no event "${word}"`, {
    hint: suggestion ? `did you mean ${suggestion}?` : notificationKinds.join(", "),
  });
}

/** A name that none of the others has: `slack`, `slack-2`. */
export function freeName(kind: string, taken: readonly string[]): string {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  let name = kind;
  for (let number = 2; used.has(name); number += 1) name = `${kind}-${number}`;
  return name;
}

/** @throws Failure `usage` */
export function requireChannelName(text: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(text)) return text;
  throw new Failure("usage", `"${text}" cannot be a channel's name`, { hint: "use letters, digits, dots, - and _" });
}
