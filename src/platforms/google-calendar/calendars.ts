/** The calendars of a Google account: those that it may write into are who can be posted as. */
import { Failure } from "../../domain/failure.ts";
import { userInfo } from "../google/user-info.ts";
import type { Api, Identity } from "../platform.ts";

export const base = "https://www.googleapis.com/calendar/v3";
const listUrl = `${base}/users/me/calendarList`;

interface Calendar {
  readonly id: string;
  readonly summary?: string;
  /** The name that its reader gave it. */
  readonly summaryOverride?: string;
  readonly primary?: boolean;
  readonly accessRole?: string;
  readonly timeZone?: string;
}

/** More than anybody has; Google gives 250 a page. */
const maximumPages = 20;

async function calendars(api: Api): Promise<readonly Calendar[]> {
  const found: Calendar[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < maximumPages; page += 1) {
    const query = { minAccessRole: "writer", maxResults: "250", ...(pageToken === undefined ? {} : { pageToken }) };
    const answer = await api.get(listUrl, { query, repeatable: true });
    const { items = [], nextPageToken } = (answer ?? {}) as { items?: readonly Calendar[]; nextPageToken?: string };
    found.push(...items);
    if (!nextPageToken) break;
    pageToken = nextPageToken;
  }
  return found;
}

const nameOf = ({ id, summary, summaryOverride }: Calendar): string => summaryOverride || summary || id;

/** A person's own calendar is called by their e-mail address, which is its id. */
function handleOf(calendar: Calendar): string {
  if (calendar.primary) return calendar.id;
  const words = nameOf(calendar)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}._-]+/gu, "-");
  return words.replace(/^-+|-+$/g, "") || calendar.id;
}

export async function identify(api: Api): Promise<readonly Identity[]> {
  const { sub } = await userInfo(api, "google-calendar");
  const found = await calendars(api);
  return found.map((calendar) => ({
    externalId: calendar.id,
    handle: handleOf(calendar),
    name: nameOf(calendar),
    url: null,
    login: sub,
    kind: calendar.primary ? "own calendar" : "calendar",
    facts: { "time-zone": calendar.timeZone ?? "UTC" },
  }));
}

/** Whether it may still be written into. @throws Failure `not_permitted`, `not_found` */
export async function lookAt(api: Api): Promise<string> {
  const id = api.externalId ?? "primary";
  const answer = await api.get(`${listUrl}/${encodeURIComponent(id)}`, { repeatable: true });
  const calendar = { id, ...((answer ?? {}) as Partial<Calendar>) };
  if (calendar.accessRole === "owner" || calendar.accessRole === "writer") return `calendar ${nameOf(calendar)}`;
  throw new Failure("not_permitted", `the calendar ${nameOf(calendar)} may be read only`, {
    hint: "ask its owner for the right to make changes to events",
  });
}
