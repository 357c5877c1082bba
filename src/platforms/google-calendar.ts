// https://developers.google.com/workspace/calendar/api, and docs/platforms/google-calendar.md for what is not verified
import { utf16Units } from "../domain/counting/units.ts";
import { googleMethod, googleTokens } from "./google/access.ts";
import { googleErrorOf } from "./google/failures.ts";
import { tokenInfo } from "./google/token-info.ts";
import { identify, lookAt } from "./google-calendar/calendars.ts";
import { options, problemsOf } from "./google-calendar/event.ts";
import { failures } from "./google-calendar/failures.ts";
import { publishing } from "./google-calendar/publishing.ts";
import { definePlatform } from "./platform.ts";

const scope = (name: string): string => `https://www.googleapis.com/auth/${name}`;

const events = scope("calendar.events");
const list = scope("calendar.calendarlist.readonly");

export const googleCalendar = definePlatform({
  id: "google-calendar",
  name: "Google Calendar",
  site: "https://calendar.google.com",
  documentation: "https://developers.google.com/workspace/calendar/api",
  methods: [googleMethod({ scopes: ["openid", "email", events, list], neededToPublish: [events] })],
  tokens: googleTokens,
  removeAccessAt: "https://myaccount.google.com/connections",
  limits: {
    // As far as is known: neither is in the documentation.
    text: { max: 8192, unit: "characters", measure: utf16Units },
    title: { max: 1024, unit: "characters", measure: utf16Units },
    needs: ["title"],
    visibility: ["default", "public", "private", "confidential"],
  },
  failures,
  errorOf: googleErrorOf,
  firstPost: '"A test" --title "A test" --option google-calendar.start="tomorrow 9am"',
  setup: [
    {
      title: "Make a project",
      text: "Sign in with any Google account that will own the app, and make a project. One that was made for YouTube or Gmail serves as well.",
      open: "https://console.cloud.google.com/projectcreate",
    },
    {
      title: "Enable the Google Calendar API",
      text: "Search for Google Calendar API, and press Enable.",
      open: "https://console.cloud.google.com/apis/library/calendar-json.googleapis.com",
    },
    {
      title: "Say who may use it",
      text: "Google Auth Platform, Audience: External, then Publish app (In production); Internal for a Workspace of your own. Unverified, a warning is shown once, and at most 100 people may use it. Left in Testing, every connection dies after 7 days.",
      open: "https://console.cloud.google.com/auth/audience",
    },
    {
      title: "Make a client",
      text: "Clients, Create client, type Desktop app. It needs no redirect URI. Keep its client ID and client secret for the next question.",
      open: "https://console.cloud.google.com/auth/clients",
    },
  ],
  identify,
  check: async (api) => ({ say: await lookAt(api), ...(await tokenInfo(api)) }),
  options,
  problemsOf,
  publish: publishing,
});
