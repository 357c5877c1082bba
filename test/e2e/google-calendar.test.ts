/** Google Calendar with the built program: connected, published to, asked and left, as its owner would. */
import { expect, it } from "vitest";
import { rehearsal } from "./rehearsal.ts";

it("is connected with two calendars of one login, published to, asked, and left", { timeout: 60_000 }, async () => {
  const { done, program, timeline, control, asked } = await rehearsal();
  expect((await program("connect", "google-calendar")).stderr).toContain("give --select all");
  const connected = await done("connect", "google-calendar", "--select", "all");
  expect(connected.stdout).toContain("google-calendar/acme@gmail.com");
  expect(connected.stdout).toContain("google-calendar/acme-bakery-events");
  const status = (await done("tokens", "status", "--live")).stdout;
  expect(status).toMatch(/healthy .*live: calendar acme@gmail\.com/);
  expect(status).toMatch(/healthy .*live: calendar Acme Bakery Events/);
  // One token, refreshed in one account, is as good in the other.
  await done("tokens", "refresh", "google-calendar/acme@gmail.com", "--force");
  await done("tokens", "status", "--live");

  const events = "/calendar/v3/calendars/acme%40gmail.com/events";
  await control("POST", "/faults", { platform: "google-calendar", path: events, method: "POST", fault: "drop-after" });
  const own = ["--account", "google-calendar/acme@gmail.com"];
  const when = [
    "--option",
    "google-calendar.start=2026-12-24T10:00:00+01:00",
    "--option",
    "google-calendar.duration=90m",
  ];
  const published = await done("publish", ...own, "With bread", "--title", "Market", ...when);
  expect(published.stdout).toMatch(/https:\/\/www\.google\.com\/calendar\/event\?eid=/);
  expect((await asked(events)).filter((one) => one.startsWith("POST"))).toEqual(["POST null"]);
  await done(
    "publish",
    "--account",
    "google-calendar/acme-bakery-events",
    "All day",
    "--title",
    "Fair",
    "--option",
    "google-calendar.date=2026-12-24",
  );
  expect(await timeline()).toMatchObject([
    { title: "Fair", text: "All day\n2026-12-24 to 2026-12-25" },
    { title: "Market", text: "With bread\n2026-12-24T09:00:00Z Europe/Berlin to 2026-12-24T10:30:00Z Europe/Berlin" },
  ]);
  const refused = await program("publish", ...own, "Text", "--title", "A");
  expect(refused.code).toBe(7);
  expect(refused.stderr).toContain("--option google-calendar.start=TIME");

  // What ends one would end the other.
  expect((await done("disconnect", "google-calendar/acme-bakery-events", "--yes")).stdout).toContain(
    "google-calendar/acme@gmail.com",
  );
  expect((await done("disconnect", "google-calendar/acme@gmail.com", "--yes")).stdout).toContain("revoked");
});
