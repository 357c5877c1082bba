import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hours, minutes } from "../../src/domain/time.ts";
import { meaningOf, offsetOf, showInZone, showWallTime, wallTime } from "../../src/domain/zoned-time.ts";

const wall = (text: string) => Date.parse(`${text.replace(" ", "T")}Z`);
const zones = Intl.supportedValuesOf("timeZone");
const instants = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2060, 0, 1) });

describe("the clocks of a zone", () => {
  it.each([
    // Spring: an hour, and on Lord Howe half an hour, is jumped over.
    ["Australia/Sydney", "2026-10-04 02:30", "2026-10-04 03:30", "2026-10-03T16:30:00Z"],
    ["America/New_York", "2026-03-08 02:30", "2026-03-08 03:30", "2026-03-08T07:30:00Z"],
    ["Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-04 02:45", "2026-10-03T15:45:00Z"],
    // At midnight.
    ["America/Havana", "2026-03-08 00:30", "2026-03-08 01:30", "2026-03-08T05:30:00Z"],
  ])("%s jumps over %s: %s is taken", (zone, asked, shows, instant) => {
    expect(meaningOf(wall(asked), zone)).toEqual({ kind: "never", instant: Date.parse(instant), shows: wall(shows) });
  });

  it.each([
    ["Australia/Sydney", "2026-04-05 02:30", "2026-04-04T15:30:00Z", hours(1)],
    ["America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z", hours(1)],
    ["Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z", minutes(30)],
  ])("%s shows %s twice, the first time at %s", (zone, asked, first, apart) => {
    const at = Date.parse(first);
    expect(meaningOf(wall(asked), zone)).toEqual({ kind: "twice", first: at, second: at + apart });
  });

  it.each([
    ["Australia/Sydney", "2026-10-04 01:59:59", "2026-10-03T15:59:59Z"],
    ["Australia/Sydney", "2026-10-04 03:00", "2026-10-03T16:00:00Z"],
    ["Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-03T15:30:00Z"],
    ["Europe/Berlin", "2026-12-01 09:00", "2026-12-01T08:00:00Z"],
    ["Asia/Kathmandu", "2026-12-01 09:00", "2026-12-01T03:15:00Z"],
    ["Pacific/Kiritimati", "2026-12-01 09:00", "2026-11-30T19:00:00Z"],
  ])("in %s %s is %s", (zone, asked, instant) => {
    expect(meaningOf(wall(asked), zone)).toEqual({ kind: "once", instant: Date.parse(instant) });
  });

  it("shows every instant at a time that means it, in every zone there is", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) => {
        const meaning = meaningOf(wallTime(instant, zone), zone);
        if (meaning.kind === "twice") expect([meaning.first, meaning.second]).toContain(instant);
        else expect(meaning).toEqual({ kind: "once", instant });
      }),
      { numRuns: 3000 },
    );
  });

  it("means by every time an instant that shows it, or none does", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (asked, zone) => {
        const meaning = meaningOf(asked, zone);
        if (meaning.kind === "once") expect(wallTime(meaning.instant, zone)).toBe(asked);
        else if (meaning.kind === "twice") {
          expect(meaning.first).toBeLessThan(meaning.second);
          for (const at of [meaning.first, meaning.second]) expect(wallTime(at, zone)).toBe(asked);
        } else {
          // Never backwards: what is jumped over is taken for what comes after it, by no more than a day.
          expect(meaning.shows).toBe(wallTime(meaning.instant, zone));
          expect(meaning.shows).toBeGreaterThan(asked);
          expect(meaning.shows - asked).toBeLessThanOrEqual(hours(24));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("finds every jump and every hour that comes twice of a year", () => {
    const kinds = { once: 0, never: 0, twice: 0 };
    for (let asked = wall("2026-01-01 00:15"); asked < wall("2027-01-01"); asked += minutes(30)) {
      kinds[meaningOf(asked, "Australia/Lord_Howe").kind] += 1;
    }
    expect(kinds).toEqual({ once: 17_518, never: 1, twice: 1 });
  });
});

it("shows a time with its offset and zone", () => {
  const at = Date.parse("2026-11-30T22:00:00Z");
  expect(showInZone(at, "Australia/Sydney")).toBe("2026-12-01 09:00 +11:00 Australia/Sydney");
  expect(offsetOf(at, "America/St_Johns")).toBe("-03:30");
  expect(showWallTime(wall("2026-12-01 09:00:05"))).toBe("2026-12-01 09:00:05");
});
