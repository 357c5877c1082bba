/** A notification in words and as a document: the same through every channel. Others' texts in it lose what is no text. */
import type { Notification, NotificationKind } from "./notification.ts";
import { toTimestamp } from "./time.ts";

export interface ChannelMessage
  extends Pick<Notification, "id" | "at" | "brand" | "account" | "subject" | "body" | "command"> {
  readonly kind: NotificationKind | "test";
}

export function subjectOf({ subject }: ChannelMessage): string {
  return plain(subject);
}

/** Below the subject: what happened, until when posts still go out, and the command that mends it. */
export function paragraphsOf({ body, command }: ChannelMessage): {
  readonly text: string;
  readonly command: string | null;
} {
  return { text: plain(body), command: command === null ? null : plain(command) };
}

/** What programs are given: the body of a webhook, the input of a hook command (docs/notifications.md). */
export function documentOf(message: ChannelMessage) {
  const { id, kind, at, brand, account } = message;
  const { text, command } = paragraphsOf(message);
  return {
    type: kind,
    timestamp: toTimestamp(at),
    data: { id, brand: brand || null, account: account || null, subject: subjectOf(message), body: text, command },
  };
}

function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}
