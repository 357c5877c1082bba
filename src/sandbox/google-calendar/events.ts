/** Events of a calendar: an id that was used is never free again. https://developers.google.com/workspace/calendar/api/v3/reference/events */
import { toTimestamp } from "../../domain/time.ts";
import type { GoogleContext } from "../google/access.ts";
import { badRequest, googleJson } from "../google/errors.ts";
import type { World } from "../world.ts";
import { type Calendar, calendarFor } from "./calendars.ts";
import { calendarErrors, invalid } from "./errors.ts";
import { type GivenEvent, refusedEvent } from "./judge-event.ts";

interface KeptEvent extends GivenEvent {
  readonly id: string;
  readonly status: "confirmed" | "cancelled";
  readonly htmlLink: string;
  readonly created: string;
}

const shelf = "google-calendar events";

const keyOf = ({ id: calendar }: Calendar, id: string): string => `${calendar} ${id}`;

export function insertEvent(world: World) {
  return async (context: GoogleContext): Promise<Response> => {
    const calendar = calendarFor(context);
    if (!calendar) return calendarErrors.notFound();
    const { sendUpdates = "none", conferenceDataVersion = "0" } = context.req.query();
    if (!["all", "externalOnly", "none"].includes(sendUpdates)) return badRequest("Invalid value for: sendUpdates");
    if (!["0", "1"].includes(conferenceDataVersion)) return badRequest("Invalid value for: conferenceDataVersion");
    const given = (await context.req.json().catch(() => null)) as GivenEvent | null;
    if (typeof given !== "object" || given === null) return invalid("Parse Error");
    if (calendar.accessRole === "reader") return calendarErrors.requiredAccessLevel();
    const refusal = refusedEvent(given);
    if (refusal) return refusal;
    const id = given.id ?? Buffer.from(world.random.bytes(16)).toString("hex");
    const events = world.shelves.of<KeptEvent>(shelf);
    if (events.has(keyOf(calendar, id))) return calendarErrors.duplicate();
    const now = world.clock.now();
    const eid = Buffer.from(`${id} ${calendar.id}`).toString("base64url");
    const event: KeptEvent = {
      ...given,
      id,
      status: "confirmed",
      htmlLink: `https://www.google.com/calendar/event?eid=${eid}`,
      created: toTimestamp(now),
    };
    events.set(keyOf(calendar, id), event);
    world.posts.add({
      platform: "google-calendar",
      id,
      author: context.get("person").handle,
      authorName: calendar.summary,
      title: given.summary ?? "",
      text: [given.description, timesOf(given), given.location].filter(Boolean).join("\n"),
      createdAt: now,
      url: event.htmlLink,
      replyTo: null,
      quotes: null,
      poll: null,
      media: [],
      ...(given.visibility === undefined ? {} : { visibility: given.visibility }),
    });
    return googleJson(shown(event, conferenceDataVersion === "1"));
  };
}

function timesOf({ start, end }: GivenEvent): string {
  const words = (when: GivenEvent["start"]) => [when?.date ?? when?.dateTime, when?.timeZone].filter(Boolean).join(" ");
  return `${words(start)} to ${words(end)}`;
}

function shown({ conferenceData, ...event }: KeptEvent, withConference = false) {
  const meet = withConference && conferenceData?.createRequest?.requestId !== undefined;
  return {
    kind: "calendar#event",
    ...event,
    ...(meet ? { hangoutLink: "https://meet.google.com/abc-defg-hij" } : {}),
  };
}

export function getEvent(world: World) {
  return (context: GoogleContext): Response => {
    const calendar = calendarFor(context);
    const event = calendar && world.shelves.of<KeptEvent>(shelf).get(keyOf(calendar, context.req.param("event") ?? ""));
    return event ? googleJson(shown(event)) : calendarErrors.notFound();
  };
}

export function deleteEvent(world: World) {
  return (context: GoogleContext): Response => {
    const calendar = calendarFor(context);
    const id = context.req.param("event") ?? "";
    const events = world.shelves.of<KeptEvent>(shelf);
    const event = calendar && events.get(keyOf(calendar, id));
    if (!calendar || !event) return calendarErrors.notFound();
    if (event.status === "cancelled") return calendarErrors.deleted();
    events.set(keyOf(calendar, id), { ...event, status: "cancelled" });
    world.posts.remove("google-calendar", id);
    return new Response(null, { status: 204 });
  };
}
