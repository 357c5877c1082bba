import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changed } from "../../src/domain/brand.ts";
import { addDays, dayAt, daysBetween, parseDay, parseTimeZone, startOfDay } from "../../src/domain/calendar.ts";
import {
  type CyclePlan,
  cycleAt,
  cycleNumbered,
  daysLeft,
  placesLeft,
  presentCycle,
  requirePlaces,
  warnAt,
} from "../../src/domain/cycle.ts";
import { Failure } from "../../src/domain/failure.ts";
import { days, hours, minutes } from "../../src/domain/time.ts";

const zones = Intl.supportedValuesOf("timeZone");
const instants = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2060, 0, 1) });
const zone = fc.constantFrom(...zones);
const day = fc.integer({ min: 0, max: 30_000 }).map((count) => addDays("1975-01-02", count));
const plan: fc.Arbitrary<CyclePlan> = fc.record({
  timeZone: zone,
  start: day,
  days: fc.integer({ min: 1, max: 400 }),
  quota: fc.option(fc.integer({ min: 1, max: 100 })),
});
const utc = (text: string) => Date.parse(text);

describe("a day on the calendar", () => {
  it("is one that exists, written in full", () => {
    for (const text of [
      "2026-02-30",
      "2026-2-3",
      "2026-13-01",
      "1969-12-31",
      "3000-01-01",
      "today",
      "2026-12-01T00:00",
    ])
      expect(parseDay(text), text).toBeNull();
    expect(parseDay("2028-02-29")).toBe("2028-02-29");
  });

  it("begins in order, and the calendar shows it then", () => {
    fc.assert(
      fc.property(zone, day, (timeZone, date) => {
        const begins = startOfDay(date, timeZone);
        const next = startOfDay(addDays(date, 1), timeZone);
        expect(next).toBeGreaterThanOrEqual(begins);
        // The moment before it belongs to the day before.
        expect(dayAt(begins - 1, timeZone) < date).toBe(true);
        expect(dayAt(begins, timeZone) >= date).toBe(true);
        if (next > begins) expect(dayAt(begins, timeZone)).toBe(date);
      }),
      { numRuns: 2000 },
    );
  });

  // As Python's zoneinfo has them.
  it.each([
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"],
    ["Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"],
    ["America/New_York", "2026-11-02", "2026-11-02T05:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00Z"],
    // Midnight does not exist: the clocks jump to one.
    ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"],
    ["Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z"],
    // Midnight comes twice: at 00:00 the clocks go back to 23:00, at 00:01 to 23:01.
    ["America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"],
    ["America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"],
    ["Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z"],
    // A day that never was, and the one after it.
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"],
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"],
    ["Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"],
  ])("in %s %s begins at %s", (timeZone, date, expected) => {
    expect(new Date(startOfDay(date, timeZone)).toISOString()).toBe(expected.replace("Z", ".000Z"));
  });

  it("needs a zone that exists, in any case; an alias stays what it was", () => {
    expect(parseTimeZone("europe/berlin")).toBe("Europe/Berlin");
    expect(parseTimeZone("utc")).toBe("UTC");
    expect(parseTimeZone("Asia/Kolkata")).toBe("Asia/Kolkata");
    for (const text of ["Europe/Bonn", "", "+01:00", "here"]) expect(parseTimeZone(text), text).toBeNull();
  });
});

describe("cycles", () => {
  it("follow each other without a gap and without an overlap", () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 1, max: 500 }), (one, number) => {
        const cycle = cycleNumbered(one, number);
        const next = cycleNumbered(one, number + 1);
        expect(next.from).toBe(cycle.until);
        expect(next.firstDay).toBe(addDays(cycle.lastDay, 1));
        expect(daysBetween(cycle.firstDay, cycle.lastDay)).toBe(one.days - 1);
      }),
    );
  });

  it("hold every instant after the beginning, in one of them alone", () => {
    fc.assert(
      fc.property(plan, instants, (one, instant) => {
        const cycle = cycleAt(one, instant);
        if (instant < startOfDay(one.start, one.timeZone)) {
          expect(cycle).toBeNull();
          expect(presentCycle(one, instant).number).toBe(1);
          return;
        }
        if (cycle === null) throw new Error("no cycle");
        expect(instant).toBeGreaterThanOrEqual(cycle.from);
        expect(instant).toBeLessThan(cycle.until);
        expect(cycleNumbered(one, cycle.number)).toEqual(cycle);
      }),
      { numRuns: 2000 },
    );
  });

  it("begin at their first and end with their last millisecond", () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 2, max: 300 }), (one, number) => {
        const cycle = cycleNumbered(one, number);
        fc.pre(cycle.from < cycle.until);
        expect(cycleAt(one, cycle.from)).toEqual(cycle);
        expect(cycleAt(one, cycle.until - 1)).toEqual(cycle);
        expect(cycleAt(one, cycle.from - 1)?.number).toBeLessThan(number);
        expect(cycleAt(one, cycle.until)?.number).toBeGreaterThan(number);
      }),
      { numRuns: 1000 },
    );
  });

  it("are 30 days on the calendar, an hour more or less where the clocks change", () => {
    const berlin: CyclePlan = { timeZone: "Europe/Berlin", start: "2026-03-01", days: 30, quota: 20 };
    const [spring, summer] = [cycleNumbered(berlin, 1), cycleNumbered(berlin, 2)];
    expect(spring).toMatchObject({ firstDay: "2026-03-01", lastDay: "2026-03-30" });
    expect(spring.until - spring.from).toBe(days(30) - hours(1));
    expect(summer.until - summer.from).toBe(days(30));
    const howe = cycleNumbered({ ...berlin, timeZone: "Australia/Lord_Howe", start: "2026-03-20" }, 1);
    expect(howe.until - howe.from).toBe(days(30) + minutes(30));
  });

  it("in the hour that comes twice over midnight, the next one has begun", () => {
    const plan: CyclePlan = { timeZone: "America/St_Johns", start: "2006-10-27", days: 2, quota: null };
    const after = utc("2006-10-29T02:31:30Z");
    expect(dayAt(after, plan.timeZone)).toBe("2006-10-28");
    expect(cycleAt(plan, after)).toMatchObject({ number: 2, firstDay: "2006-10-29" });
    expect(daysLeft(plan, cycleNumbered(plan, 2), after)).toBe(2);
  });

  it("count their days down to one", () => {
    fc.assert(
      fc.property(plan, instants, (one, instant) => {
        const cycle = presentCycle(one, instant);
        const left = daysLeft(one, cycle, instant);
        expect(left).toBeLessThanOrEqual(one.days);
        if (instant < cycle.from) expect(left).toBe(one.days);
        else expect(left).toBeGreaterThanOrEqual(1);
      }),
    );
    const plan30: CyclePlan = { timeZone: "America/New_York", start: "2026-12-01", days: 30, quota: null };
    const first = cycleNumbered(plan30, 1);
    expect(daysLeft(plan30, first, first.from)).toBe(30);
    expect(daysLeft(plan30, first, first.until - 1)).toBe(1);
  });

  it("warn a day before they end, never after, never less than a day ahead", () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 1, max: 300 }), (one, number) => {
        const cycle = cycleNumbered(one, number);
        const ahead = cycle.until - warnAt(one, cycle);
        expect(ahead).toBeGreaterThanOrEqual(days(1));
        expect(ahead).toBeLessThanOrEqual(days(1) + hours(1));
      }),
    );
  });
});

describe("the quota", () => {
  const monthly: CyclePlan = { timeZone: "UTC", start: "2026-12-01", days: 30, quota: 20 };
  const standing = { brand: "acme", name: null, plan: monthly, cycle: cycleNumbered(monthly, 1), begun: true };
  const refusal = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (error instanceof Failure)
        return { code: error.code, category: error.category, message: error.message, hint: error.hint };
      throw error;
    }
    return null;
  };

  it("is never exceeded, and never left unused for nothing", () => {
    const count = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(
        fc.record({ used: count, scheduled: count, waiting: count }),
        fc.integer({ min: 1, max: 30 }),
        (use, wanted) => {
          const refused = refusal(() => requirePlaces({ ...standing, use }, wanted)) !== null;
          expect(refused).toBe(use.used + use.scheduled + use.waiting + wanted > 20);
          expect(placesLeft(monthly, use)).toBe(Math.max(0, 20 - use.used - use.scheduled - use.waiting));
        },
      ),
    );
  });

  it("that is used up says until when, and what to do", () => {
    const use = { used: 17, scheduled: 2, waiting: 1 };
    expect(refusal(() => requirePlaces({ ...standing, use }, 1))).toEqual({
      code: "quota_used_up",
      category: "refused",
      message:
        'the quota of brand "acme" is used up until 2026-12-31T00:00:00Z: 17 published, 3 scheduled or under way of 20',
      hint: "post all the same with --over-quota; agencyiq cycle status acme",
    });
    expect(refusal(() => requirePlaces({ ...standing, use: { ...use, used: 15 } }, 3))?.message).toContain(
      "2 left, 3 wanted",
    );
    expect(refusal(() => requirePlaces({ ...standing, use, begun: false }, 1))).toMatchObject({
      code: "cycle_not_begun",
      category: "refused",
      hint: expect.stringContaining("--over-quota"),
    });
    expect(refusal(() => requirePlaces({ ...standing, use, plan: { ...monthly, quota: null } }, 99))).toBeNull();
  });
});

describe("what is changed of a brand", () => {
  const brand = { id: "acme", name: null, timeZone: null, cycle: null, createdAt: 0 };
  const zone = "Europe/Vienna";

  it("keeps the machine's zone with a cycle that no zone is named for", () => {
    const withCycle = changed(brand, { cycleStart: "2026-12-01" }, zone);
    expect(withCycle).toMatchObject({
      timeZone: zone,
      cycle: { start: "2026-12-01", days: 30, quota: null, timeZone: zone },
    });
    const moved = changed(withCycle, { timeZone: "Asia/Tokyo", quota: 20 }, zone);
    expect(moved.cycle).toEqual({ start: "2026-12-01", days: 30, quota: 20, timeZone: "Asia/Tokyo" });
    expect(changed(moved, { quota: null, cycleDays: 7 }, zone).cycle).toMatchObject({ quota: null, days: 7 });
    expect(changed(moved, { cycleStart: null }, zone)).toMatchObject({ cycle: null, timeZone: "Asia/Tokyo" });
  });

  it("has a quota and days only with a cycle", () => {
    expect(() => changed(brand, { quota: 5 }, zone)).toThrow("no posting cycle");
    expect(() => changed(brand, { cycleDays: 7 }, zone)).toThrow("no posting cycle");
    expect(changed(brand, { quota: null, name: "Acme Bakery" }, zone)).toEqual({ ...brand, name: "Acme Bakery" });
  });
});
