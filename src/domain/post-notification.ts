/** What the owner is told of a post, once for each delivery. */
import type { Delivery, Post } from "./delivery.ts";
import type { NewNotification } from "./notification.ts";
import { toTimestamp } from "./time.ts";

type Told = Pick<Delivery, "id" | "address" | "scheduledFor">;

export function postFailed(post: Post, delivery: Told, why: string): NewNotification {
  return about(post, delivery, "post_failed", {
    subject: `${delivery.address}: a post did not go out`,
    body: `${opening(post)} ${why}. It is not tried again by itself.`,
    command: `agencyiq posts retry ${delivery.id}`,
  });
}

export function postUnknown(post: Post, delivery: Told, why: string, where: string): NewNotification {
  return about(post, delivery, "post_unknown", {
    subject: `${delivery.address}: it is not known whether a post went out`,
    body: `${opening(post)} ${why}. It is not sent again: look at ${where}, then say how it stands.`,
    command: `agencyiq posts reconcile ${delivery.id} --published URL (or --not-published)`,
  });
}

export function postLate(post: Post, delivery: Told): NewNotification {
  const due = delivery.scheduledFor === null ? "earlier" : toTimestamp(delivery.scheduledFor);
  return about(post, delivery, "post_late", {
    subject: `${delivery.address}: a post missed its time`,
    body: `${opening(post)} It was for ${due}, and waits for your word now.`,
    command: `agencyiq posts approve ${delivery.id} (or: agencyiq posts cancel ${delivery.id})`,
  });
}

function about(
  post: Post,
  { id, address }: Told,
  kind: NewNotification["kind"],
  words: Pick<NewNotification, "subject" | "body" | "command">,
): NewNotification {
  return { key: `${kind}:${id}`, kind, brand: post.brand, account: address, subjectId: id, ...words };
}

/** "“The first words…”:" */
function opening({ draft }: Post): string {
  return `“${excerpt(draft.text, 60)}”:`;
}

/** The beginning of a text, on one line and in whole characters. */
export function excerpt(text: string, length: number): string {
  const line = [...text.replace(/\s+/g, " ").trim()];
  return line.length > length ? `${line.slice(0, length - 1).join("")}…` : line.join("");
}
