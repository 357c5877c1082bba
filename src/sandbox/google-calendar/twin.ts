/** Google Calendar: which calendars there are, and their events. https://developers.google.com/workspace/calendar/api/v3/reference */
import { Hono } from "hono";
import { access, type GoogleEnvironment, type Method } from "../google/access.ts";
import { claimsOf } from "../google/claims.ts";
import { answerStatus, googleErrors } from "../google/errors.ts";
import { googleHosts } from "../google/hosts.ts";
import { refusesRedirectUri } from "../google/oauth-rules.ts";
import type { MakeTwin } from "../twin.ts";
import { getListed, listCalendars } from "./calendars.ts";
import { calendarErrors } from "./errors.ts";
import { deleteEvent, getEvent, insertEvent } from "./events.ts";

const platform = "google-calendar";

const scope = (name: string) => `https://www.googleapis.com/auth/${name}` as const;

/** In the words of Google's consent page. */
const scopes = {
  [scope("calendar")]:
    "See, edit, share, and permanently delete all the calendars you can access using Google Calendar",
  [scope("calendar.readonly")]: "See and download any calendar you can access using your Google Calendar",
  [scope("calendar.events")]: "View and edit events on all your calendars",
  [scope("calendar.calendarlist.readonly")]: "See the list of Google calendars you're subscribed to",
};

const bucket = { name: "google-calendar requests", limit: 1_000_000 };

const methods = {
  list: {
    scopes: [scope("calendar"), scope("calendar.readonly"), scope("calendar.calendarlist.readonly")],
    bucket,
    cost: 1,
  },
  read: { scopes: [scope("calendar"), scope("calendar.readonly"), scope("calendar.events")], bucket, cost: 1 },
  change: { scopes: [scope("calendar"), scope("calendar.events")], bucket, cost: 1 },
} as const satisfies Record<string, Method>;

export const makeGoogleCalendarTwin: MakeTwin = (world) => {
  const api = new Hono<GoogleEnvironment>();
  const may = (method: Method) => access(world, platform, method);
  api.get("/calendar/v3/users/me/calendarList", may(methods.list), listCalendars);
  api.get("/calendar/v3/users/me/calendarList/:calendar", may(methods.list), getListed);
  api.post("/calendar/v3/calendars/:calendar/events", may(methods.change), insertEvent(world));
  api.get("/calendar/v3/calendars/:calendar/events/:event", may(methods.read), getEvent(world));
  api.delete("/calendar/v3/calendars/:calendar/events/:event", may(methods.change), deleteEvent(world));
  api.notFound(() => googleErrors["not-found"]());
  const client = { platform, clientSecret: "sandbox-google-secret", redirectUris: [] };
  return {
    id: platform,
    name: "Google Calendar",
    hosts: { "www.googleapis.com": api, ...googleHosts(world, platform, scopes) },
    claims: claimsOf(world, platform, /^www\.googleapis\.com\/calendar\//),
    clients: [
      { ...client, clientId: "sandbox-google-calendar-client" },
      { ...client, clientId: "sandbox-google-calendar-testing", testing: true },
    ],
    answerStatus,
    errors: calendarErrors,
    refusesRedirectUri,
    maximumRedirectUris: 100,
  };
};
