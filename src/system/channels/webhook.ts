/** A webhook as Standard Webhooks 1.0 has it: an id that stays, a time, and a signature over both and the body. */
import { createHmac } from "node:crypto";
import type { ChannelTarget } from "../../domain/channel.ts";
import type { SendOutcome } from "../../domain/dispatch.ts";
import { documentOf } from "../../domain/notification-text.ts";
import type { Sending } from "../../domain/ports/channel-sender.ts";
import type { Http } from "../../domain/ports/http.ts";
import { post } from "./post.ts";

export function sendWebhook(
  http: Http,
  { target, secret, message, now, signal }: Sending<Extract<ChannelTarget, { kind: "webhook" }>>,
): Promise<SendOutcome> {
  const body = JSON.stringify(documentOf(message));
  const timestamp = String(Math.floor(now / 1000));
  const headers = {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signature(secret ?? "", `${message.id}.${timestamp}.${body}`),
  };
  return post(http, { url: target.url, body, headers, now, signal });
}

/** "v1," and the base64 of HMAC-SHA-256, under the bytes whose base64 stands after `whsec_`. */
function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}
