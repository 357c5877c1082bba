/**
 * A post is an event, whose id is made of the delivery's: Google makes no second one of it, and whether it is there can be
 * asked. https://developers.google.com/workspace/calendar/api/v3/reference/events/insert
 */
import { Failure } from "../../domain/failure.ts";
import type { Api, Message, Published, Publishing, Sending } from "../platform.ts";
import { base } from "./calendars.ts";
import { eventOf, problemsOf } from "./event.ts";

function eventsUrl(api: Api): string {
  return `${base}/calendars/${encodeURIComponent(api.externalId ?? "primary")}/events`;
}

/** Base32hex in lower case (RFC 4648 section 7): the letters that an id may have. */
export function eventId(idempotencyKey: string): string {
  let bits = "";
  for (const byte of new TextEncoder().encode(`agencyiq ${idempotencyKey}`)) bits += byte.toString(2).padStart(8, "0");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => Number.parseInt(group.padEnd(5, "0"), 2).toString(32)).join("");
}

/** Guests are told unless somebody says otherwise: some never hear of an event that they were not sent. */
function updatesOf({ options: chosen }: Message): string {
  return String(chosen["send-updates"] ?? (chosen["attendees"] === undefined ? "none" : "all"));
}

async function prepare(_api: Api, message: Message): Promise<null> {
  const [problem] = problemsOf(message);
  if (problem) throw new Failure("content_invalid", problem);
  return null;
}

async function commit(api: Api, message: Message, { idempotencyKey }: Sending): Promise<Published> {
  const event = eventOf(message, eventId(idempotencyKey), api.facts["time-zone"] ?? "UTC");
  const query = {
    sendUpdates: updatesOf(message),
    ...(message.options["meet"] === true ? { conferenceDataVersion: "1" } : {}),
  };
  try {
    return publishedOf(await api.post(eventsUrl(api), { query, json: event })) ?? unnamed(event.id);
  } catch (error) {
    if (error instanceof Failure && error.code === "duplicate_content") return foundInPlaceOf(api, event.id, error);
    throw error;
  }
}

/** An earlier try was carried out after all. */
async function foundInPlaceOf(api: Api, id: string, refusal: Failure): Promise<Published> {
  const found = await lookFor(api, id).catch(() => undefined);
  if (found) return found;
  throw new Failure("delivery_unknown", `${refusal.message}; an earlier try made it, and it cannot be found any more`);
}

/** null: there never was one; undefined: it was deleted. */
async function lookFor(api: Api, id: string): Promise<Published | null | undefined> {
  const { status, body } = await api.call("GET", `${eventsUrl(api)}/${id}`, { repeatable: true, accepts: [404, 410] });
  if (status === 404) return null;
  return publishedOf(body) ?? undefined;
}

function publishedOf(answer: unknown): Published | null {
  const { id, htmlLink, status } = (answer ?? {}) as { id?: string; htmlLink?: string; status?: string };
  if (!id || status === "cancelled") return null;
  return { remoteId: id, url: htmlLink ?? "https://calendar.google.com" };
}

function unnamed(id: string): Published {
  return { remoteId: id, url: "https://calendar.google.com" };
}

/** What is gone already is gone. Who was invited is told, as they were of the event. */
async function remove(api: Api, id: string): Promise<void> {
  const url = `${eventsUrl(api)}/${encodeURIComponent(id)}`;
  await api.call("DELETE", url, { query: { sendUpdates: "all" }, accepts: [404, 410] });
}

export const publishing: Publishing<null> = {
  prepare,
  commit,
  confirm: (api, _message, { idempotencyKey }) => lookFor(api, eventId(idempotencyKey)),
  delete: remove,
};
