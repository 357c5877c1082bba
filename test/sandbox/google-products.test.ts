/** Gmail and Google Calendar beside YouTube, behind one sign-in: each with its own apps, tokens and refusals. */
import { describe, expect, it } from "vitest";
import { start } from "./start.ts";
import { allScopes, type GoogleTokens, scopeOf, YouTubeClient } from "./youtube-client.ts";

const products = {
  youtube: { clientId: "sandbox-google-client", scope: allScopes },
  gmail: { clientId: "sandbox-gmail-client", scope: `openid email ${scopeOf("gmail.send")}` },
  "google-calendar": {
    clientId: "sandbox-google-calendar-client",
    scope: `openid email ${scopeOf("calendar.events")} ${scopeOf("calendar.calendarlist.readonly")}`,
  },
} as const;

it("knows apps, codes and tokens of each product apart", async () => {
  const sandbox = await start();
  const tokens: Record<string, GoogleTokens> = {};
  const clients: Record<string, YouTubeClient> = {};
  for (const [id, { clientId, scope }] of Object.entries(products)) {
    const client = new YouTubeClient(sandbox, { clientId });
    tokens[id] = await client.connect({ scope });
    expect(tokens[id]?.scope).toBe(scope);
    expect((await client.refresh(tokens[id]?.refresh_token ?? "")).access_token).toBeTruthy();
    clients[id] = client;
  }
  const ask = async (host: string, path: string, id: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${tokens[id]?.access_token}`, ...init.headers };
    const answer = await fetch(`${sandbox.url}/${host}${path}`, { ...init, headers });
    return { status: answer.status, body: (await answer.json().catch(() => null)) as Record<string, unknown> };
  };
  const info = await ask("openidconnect.googleapis.com", "/v1/userinfo", "gmail");
  expect(info).toMatchObject({ status: 200, body: { email: "acme@gmail.com" } });
  expect((await ask("openidconnect.googleapis.com", "/v1/userinfo", "google-calendar")).body).toEqual(info.body);
  // Without `openid`.
  expect((await ask("openidconnect.googleapis.com", "/v1/userinfo", "youtube")).status).toBe(401);
  expect((await ask("oauth2.googleapis.com", "/tokeninfo", "gmail", { method: "POST" })).body).toMatchObject({
    scope: products.gmail.scope,
  });
  const list = "/calendar/v3/users/me/calendarList";
  expect((await ask("www.googleapis.com", list, "google-calendar")).status).toBe(200);
  expect((await ask("www.googleapis.com", list, "gmail")).status).toBe(401);
  expect((await ask("gmail.googleapis.com", "/gmail/v1/users/me/profile", "gmail")).status).toBe(404);
  // A scope of another product is none here.
  const foreign = await clients["gmail"]?.consent({ scope: allScopes });
  expect(foreign instanceof URL && foreign.searchParams.get("error")).toBe("invalid_scope");
  const ended = new URLSearchParams({ token: tokens["gmail"]?.refresh_token ?? "" });
  expect((await fetch(`${sandbox.url}/oauth2.googleapis.com/revoke`, { method: "POST", body: ended })).status).toBe(
    200,
  );
  expect((await ask("openidconnect.googleapis.com", "/v1/userinfo", "gmail")).status).toBe(401);
  expect((await ask("www.googleapis.com", list, "google-calendar")).status).toBe(200);
});

describe("refuses what Google refuses", () => {
  it("of mail", async () => {
    const sandbox = await start();
    const client = new YouTubeClient(sandbox, { clientId: products.gmail.clientId });
    const { access_token } = await client.connect({ scope: products.gmail.scope });
    const narrow = await client.connect({ scope: "openid email" });
    const send = async (
      raw: string,
      { type = "message/rfc822", token = access_token, query = "?uploadType=media" } = {},
    ) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": type };
      const url = `${sandbox.url}/gmail.googleapis.com/upload/gmail/v1/users/me/messages/send${query}`;
      const answer = await fetch(url, { method: "POST", headers, body: raw });
      const { error } = (await answer.json()) as { error?: { message: string } };
      return `${answer.status} ${error?.message ?? ""}`.trim();
    };
    const mail = (head: string) => `${head}Subject: A\r\n\r\nHello\r\n`;
    expect(await send(mail("To: bob@example.com\r\n"))).toBe("200");
    expect(await send(mail("Bcc: bob@example.com\r\n"))).toBe("200");
    expect(await send(mail(""))).toBe("400 Recipient address required");
    expect(await send(mail("To: bob\r\n"))).toBe("400 Invalid To header");
    expect(await send(mail("To: b@example.com\r\nCc: c@\r\n"))).toBe("400 Invalid Cc header");
    expect(await send("")).toContain("400 'raw' RFC822 payload");
    expect(await send(mail("To: b@example.com\r\n"), { type: "text/plain" })).toContain("400 Media type");
    expect(await send(mail("To: b@example.com\r\n"), { query: "" })).toBe("400 Invalid upload type.");
    expect(await send(mail("To: b@example.com\r\n"), { token: narrow.access_token })).toMatch(/^403 .*insufficient/);
    expect(await send(`${mail("To: b@example.com\r\n")}${"a".repeat(36_700_160)}`)).toMatch(/^413/);
  });

  it("of events", async () => {
    const sandbox = await start();
    const client = new YouTubeClient(sandbox, { clientId: products["google-calendar"].clientId });
    const tokens = await client.connect({ scope: products["google-calendar"].scope });
    const day = { start: { date: "2026-12-24" }, end: { date: "2026-12-25" } };
    const insert = async (event: object, calendar = "acme@gmail.com", query = "") => {
      const path = `/calendar/v3/calendars/${encodeURIComponent(calendar)}/events${query}`;
      const headers = { "content-type": "application/json" };
      const answer = await client.call(tokens, "POST", path, { headers, body: JSON.stringify(event) });
      const { error } = (await answer.json()) as { error?: { message: string } };
      return `${answer.status} ${error?.message ?? ""}`.trim();
    };
    const at = (dateTime: string, timeZone?: string) => ({ dateTime, ...(timeZone ? { timeZone } : {}) });
    expect(await insert({ id: "abcde", ...day })).toBe("200");
    expect(await insert({ id: "abcde", ...day })).toBe("409 The requested identifier already exists.");
    expect(await insert({ id: "abcde", ...day }, "primary")).toBe("409 The requested identifier already exists.");
    expect(await insert({ id: "wxyz0", ...day })).toBe("400 Invalid resource id value.");
    expect(await insert({ start: day.start })).toBe("400 Missing end time.");
    expect(await insert({ ...day, end: day.start })).toBe("400 The specified time range is empty.");
    expect(await insert({ ...day, start: at("2026-12-24T10:00:00Z") })).toContain("must both be");
    expect(await insert({ start: at("2026-12-24T10:00:00"), end: at("2026-12-24T11:00:00") })).toContain("400");
    expect(await insert({ start: at("2026-12-24T10:00:00Z", "Berlin"), end: at("2026-12-24T11:00:00Z") })).toContain(
      "400",
    );
    expect(await insert({ ...day, attendees: [{ email: "anna" }] })).toBe("400 Invalid attendee email.");
    expect(await insert({ ...day, visibility: "unlisted" })).toContain("400");
    expect(await insert(day, "en.german#holiday@group.v.calendar.google.com")).toContain("403 You need to have writer");
    expect(await insert(day, "globex@gmail.com")).toBe("404 Not Found");
    expect(await insert(day, "primary", "?sendUpdates=some")).toContain("400");
  });
});
