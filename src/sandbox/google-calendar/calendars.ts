/** A person's own calendar, one that they share, and one that they may only read. */
import { createHash } from "node:crypto";
import type { GoogleContext } from "../google/access.ts";
import { googleAccount } from "../google/accounts.ts";
import { badRequest, googleJson } from "../google/errors.ts";
import type { Person } from "../options.ts";
import { calendarErrors } from "./errors.ts";

export interface Calendar {
  readonly id: string;
  readonly summary: string;
  readonly primary?: true;
  readonly accessRole: "owner" | "writer" | "reader";
  readonly timeZone: string;
}

const roles = ["freeBusyReader", "reader", "writer", "owner"];

export function calendarsOf(person: Pick<Person, "handle" | "name">): Calendar[] {
  const { email } = googleAccount(person);
  const group = createHash("sha256").update(`calendar ${email}`).digest("hex").slice(0, 26);
  return [
    { id: email, summary: email, primary: true, accessRole: "owner", timeZone: "Europe/Berlin" },
    {
      id: `${group}@group.calendar.google.com`,
      summary: `${person.name} Events`,
      accessRole: "writer",
      timeZone: "America/New_York",
    },
    { id: "en.german#holiday@group.v.calendar.google.com", summary: "Holidays", accessRole: "reader", timeZone: "UTC" },
  ];
}

/** By its id, or as the one that every account has. */
export function calendarFor(context: GoogleContext): Calendar | null {
  const calendars = calendarsOf(context.get("person"));
  const id = context.req.param("calendar");
  return calendars.find((one) => one.id === id || (id === "primary" && one.primary === true)) ?? null;
}

/** One a page at most where that is asked for. */
export function listCalendars(context: GoogleContext): Response {
  const { minAccessRole = "freeBusyReader", maxResults = "100", pageToken = "0" } = context.req.query();
  if (!roles.includes(minAccessRole)) return badRequest(`Invalid value for: Invalid value at 'min_access_role'`);
  if (!/^\d+$/.test(maxResults) || Number(maxResults) < 1 || Number(maxResults) > 250) {
    return badRequest("Invalid value for: Invalid value at 'max_results'");
  }
  if (!/^\d+$/.test(pageToken)) return badRequest("Invalid sync token value.");
  const all = calendarsOf(context.get("person")).filter(
    ({ accessRole }) => roles.indexOf(accessRole) >= roles.indexOf(minAccessRole),
  );
  const next = Number(pageToken) + Number(maxResults);
  return googleJson({
    kind: "calendar#calendarList",
    items: all.slice(Number(pageToken), next).map((one) => ({ kind: "calendar#calendarListEntry", ...one })),
    ...(next < all.length ? { nextPageToken: String(next) } : {}),
  });
}

export function getListed(context: GoogleContext): Response {
  const calendar = calendarFor(context);
  return calendar ? googleJson({ kind: "calendar#calendarListEntry", ...calendar }) : calendarErrors.notFound();
}
