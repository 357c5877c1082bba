/** Google Calendar as a connected calendar is published to: the platform's own functions, over real requests to its twin. */
import { expect, it } from "vitest";
import { hours } from "../../src/domain/time.ts";
import { problemsOf } from "../../src/platforms/google-calendar/event.ts";
import { eventId } from "../../src/platforms/google-calendar/publishing.ts";
import { googleCalendar } from "../../src/platforms/google-calendar.ts";
import type { Api } from "../../src/platforms/platform.ts";
import { apiOf } from "../app/platform-client.ts";
import { httpTo } from "../conformance/ports.ts";
import { start } from "../sandbox/start.ts";
import { scopeOf, YouTubeClient } from "../sandbox/youtube-client.ts";
import { message, rememberedSteps, timelineOf } from "./connected-x.ts";

const scopes = ["openid", "email", scopeOf("calendar.events"), scopeOf("calendar.calendarlist.readonly")].join(" ");

async function connected() {
  const sandbox = await start();
  const client = new YouTubeClient(sandbox, { clientId: "sandbox-google-calendar-client" });
  const { access_token: token } = await client.connect({ scope: scopes });
  const sent: { method: string; url: URL; body: unknown }[] = [];
  const http = httpTo(sandbox.url);
  const send: typeof http.send = (request) => {
    const body = typeof request.body === "string" && request.body.startsWith("{") ? JSON.parse(request.body) : null;
    sent.push({ method: request.method, url: new URL(request.url), body });
    return http.send(request);
  };
  const own = { externalId: "acme@gmail.com", facts: { "time-zone": "Europe/Berlin" } };
  const bare = apiOf(googleCalendar, token, { http: { ...http, send } });
  const api: Api = { ...bare, ...own };
  return { client, token, api, bare, sent };
}

const sendingOf = (idempotencyKey: string) => ({ prepared: null, idempotencyKey, step: rememberedSteps().step });
const day = (options: Record<string, unknown> = {}) =>
  message({ title: "Market", text: "With bread", options: { date: "2026-12-24", ...options } as never });
const publishing = googleCalendar.publish as Required<NonNullable<typeof googleCalendar.publish>>;

it("makes an event once, finds it again, and takes it away once", async () => {
  const { api, client } = await connected();
  const sending = sendingOf("7c1d5a3e-0000-4000-8000-000000000000.0.1");
  expect(await publishing.confirm(api, day(), sending, 0)).toBeNull();
  const published = await publishing.commit(api, day(), sending);
  expect(published).toEqual({
    remoteId: eventId(sending.idempotencyKey),
    url: expect.stringMatching(/^https:\/\/www\.google\.com\/calendar\/event\?eid=/),
  });
  expect(await publishing.confirm(api, day(), sending, 0)).toEqual(published);
  // An answer that was lost, and a second try: Google makes no second one.
  expect(await publishing.commit(api, day(), sending)).toEqual(published);
  expect(await timelineOf(client)).toHaveLength(1);
  await publishing.delete(api, published.remoteId);
  await publishing.delete(api, published.remoteId);
  await publishing.delete(api, "neverthere");
  expect(await timelineOf(client)).toEqual([]);
  // Whether its owner took it away or it was never there is not for us to say twice.
  expect(await publishing.confirm(api, day(), sending, 0)).toBeUndefined();
  await expect(publishing.commit(api, day(), sending)).rejects.toMatchObject({ code: "delivery_unknown" });
});

it("says all that an event can have in Google's words", async () => {
  const { api, sent } = await connected();
  const start = Date.parse("2026-12-01T08:00:00Z");
  const options = {
    start,
    end: start + hours(2),
    location: "Market square",
    attendees: "Anna <anna@example.com>, bob@example.com",
    repeat: "RRULE:FREQ=WEEKLY;COUNT=4",
    "show-as": "free",
    meet: true,
  };
  const written = message({ title: "Market", text: "With bread", visibility: "private", options });
  await publishing.commit(api, written, sendingOf("one"));
  await publishing.commit(api, day({ "last-date": "2026-12-26", "send-updates": "none" }), sendingOf("two"));
  await publishing.commit(
    api,
    message({ title: "A", text: "a", options: { start, duration: "90m", "time-zone": "America/New_York" } }),
    sendingOf("three"),
  );
  const timeZone = "Europe/Berlin";
  expect(sent.map(({ url }) => Object.fromEntries(url.searchParams))).toEqual([
    { sendUpdates: "all", conferenceDataVersion: "1" },
    { sendUpdates: "none" },
    { sendUpdates: "none" },
  ]);
  expect(sent.map(({ body }) => body)).toEqual([
    {
      id: eventId("one"),
      summary: "Market",
      description: "With bread",
      start: { dateTime: "2026-12-01T08:00:00Z", timeZone },
      end: { dateTime: "2026-12-01T10:00:00Z", timeZone },
      location: "Market square",
      attendees: [{ email: "anna@example.com", displayName: "Anna" }, { email: "bob@example.com" }],
      recurrence: ["RRULE:FREQ=WEEKLY;COUNT=4"],
      visibility: "private",
      transparency: "transparent",
      conferenceData: {
        createRequest: { requestId: eventId("one"), conferenceSolutionKey: { type: "hangoutsMeet" } },
      },
    },
    {
      id: eventId("two"),
      summary: "Market",
      description: "With bread",
      start: { date: "2026-12-24" },
      // The day after the last one.
      end: { date: "2026-12-27" },
    },
    {
      id: eventId("three"),
      summary: "A",
      description: "a",
      start: { dateTime: "2026-12-01T08:00:00Z", timeZone: "America/New_York" },
      end: { dateTime: "2026-12-01T09:30:00Z", timeZone: "America/New_York" },
    },
  ]);
});

it("offers the calendars that may be written into, page by page", async () => {
  const { bare, client, api } = await connected();
  const small: Api = {
    ...bare,
    get: (url, request) =>
      bare.get(url, {
        ...request,
        query: { ...request?.query, ...(url.endsWith("calendarList") ? { maxResults: "1" } : {}) },
      }),
  };
  const identities = await googleCalendar.identify(small);
  expect(identities).toEqual([
    expect.objectContaining({
      externalId: "acme@gmail.com",
      handle: "acme@gmail.com",
      facts: { "time-zone": "Europe/Berlin" },
    }),
    expect.objectContaining({ handle: "acme-bakery-events", name: "Acme Bakery Events" }),
  ]);
  expect(new Set(identities.map(({ login }) => login)).size).toBe(1);
  expect(await googleCalendar.check(api)).toMatchObject({ say: "calendar acme@gmail.com", scopes: scopes.split(" ") });
  const holidays = "en.german#holiday@group.v.calendar.google.com";
  await expect(googleCalendar.check({ ...api, externalId: holidays })).rejects.toMatchObject({ code: "not_permitted" });
  await expect(googleCalendar.check({ ...api, externalId: "gone@example.com" })).rejects.toMatchObject({
    code: "not_found",
  });
  await client.fault({ kind: "error", name: "usageLimits" }, { platform: "google-calendar" });
  await expect(publishing.commit(api, day(), sendingOf("k"))).rejects.toMatchObject({ retryAfterSeconds: 21_600 });
});

const start2 = Date.parse("2026-12-01T08:00:00Z");
it.each<[Record<string, unknown>, string]>([
  [{}, "it is not said when"],
  [{ start: start2, end: start2 - 1 }, "it ends before it begins"],
  [{ start: start2, end: start2 + 1, duration: "1h" }, "end and duration exclude each other"],
  [{ start: start2, duration: "long" }, 'the duration "long" is none'],
  [{ start: start2, duration: "0m" }, "it ends before it begins"],
  [{ start: start2, "last-date": "2026-12-24" }, "last-date goes with date"],
  [{ start: start2, date: "2026-12-24" }, "start and date exclude each other"],
  [{ date: "2026-02-30" }, '"2026-02-30" is no day'],
  [{ date: "24.12.2026" }, '"24.12.2026" is no day'],
  [{ date: "2026-12-24", "last-date": "2026-12-23" }, "last-date is before date"],
  [{ date: "2026-12-24", "time-zone": "Berlin" }, '"Berlin" is no time zone'],
  [{ date: "2026-12-24", repeat: "weekly" }, '"weekly" is no rule'],
  [{ date: "2026-12-24", attendees: "anna" }, '"anna" is no e-mail address'],
])("%j is refused before anything is sent", (options, problem) => {
  expect(problemsOf(message({ title: "A", text: "a", options: options as never })).join()).toContain(problem);
});
