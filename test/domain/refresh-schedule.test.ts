import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defaultValidity,
  isGoodFor,
  refreshDueAt,
  refreshMargin,
  stableFraction,
} from "../../src/domain/refresh-schedule.ts";
import { days, hours, minutes, seconds } from "../../src/domain/time.ts";

const at = (lifetime: number, id = "a") => ({ id, obtainedAt: 1_000_000, accessExpiresAt: 1_000_000 + lifetime });

describe("refresh margin", () => {
  it.each([
    ["X, 2 h", hours(2), minutes(24)],
    ["Meta, 60 days", days(60), days(12)],
    ["10 min: at least 5 min", minutes(10), minutes(5)],
    ["6 s: at most half", seconds(6), seconds(3)],
  ])("%s", (_name, lifetime, margin) => {
    expect(refreshMargin(lifetime)).toBe(margin);
  });

  it("is between zero and half the lifetime for every lifetime", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: days(400) }), (lifetime) => {
        const margin = refreshMargin(lifetime);
        expect(margin).toBeGreaterThan(0);
        expect(margin).toBeLessThanOrEqual(lifetime / 2);
      }),
    );
  });
});

describe("when a refresh is due", () => {
  it("always leaves time before the end, whatever the id's jitter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: days(90) }), fc.uuid(), (lifetime, id) => {
        const credential = at(lifetime, id);
        const due = refreshDueAt(credential) ?? Number.NaN;
        expect(due).toBeGreaterThan(credential.obtainedAt);
        expect(due).toBeLessThan(credential.accessExpiresAt);
      }),
    );
  });

  it("is never before a platform's minimum age", () => {
    const credential = at(hours(30));
    expect(refreshDueAt(credential, { minimumAge: hours(29) })).toBe(credential.obtainedAt + hours(29));
  });

  it("is never later than seven days before an idle deadline", () => {
    const credential = at(days(300));
    expect(refreshDueAt(credential, { idleDeadline: days(180) })).toBe(credential.obtainedAt + days(173));
  });

  it("never comes for a token that does not expire", () => {
    expect(refreshDueAt({ id: "a", obtainedAt: 0, accessExpiresAt: null })).toBeNull();
  });

  it("jitters the same id the same way and spreads different ids", () => {
    expect(stableFraction("one")).toBe(stableFraction("one"));
    const fractions = Array.from({ length: 1000 }, (_, index) => stableFraction(`account-${index}`));
    expect(Math.min(...fractions)).toBeLessThan(-0.8);
    expect(Math.max(...fractions)).toBeGreaterThan(0.8);
  });
});

describe("how long a token must still be good", () => {
  it("is five minutes, but never more than half its life", () => {
    expect(defaultValidity(at(hours(2)))).toBe(minutes(5));
    expect(defaultValidity(at(seconds(6)))).toBe(seconds(3));
    expect(defaultValidity({ id: "a", obtainedAt: 0, accessExpiresAt: null })).toBe(0);
  });

  it("counts to the millisecond", () => {
    const credential = at(minutes(10));
    expect(isGoodFor(credential, minutes(5), credential.accessExpiresAt - minutes(5))).toBe(true);
    expect(isGoodFor(credential, minutes(5), credential.accessExpiresAt - minutes(5) + 1)).toBe(false);
  });
});
