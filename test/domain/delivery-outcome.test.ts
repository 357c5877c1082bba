import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../src/domain/delivery.ts";
import { judgeTry, retryLimit, retryPause, type TryFacts } from "../../src/domain/delivery-outcome.ts";
import { Failure, type FailureCode, failureCategories } from "../../src/domain/failure.ts";
import { latenessVerdict } from "../../src/domain/lateness.ts";
import { hours, minutes, seconds } from "../../src/domain/time.ts";

const codes = Object.keys(failureCategories) as FailureCode[];
const facts: TryFacts = { phase: "harmless", now: 0, giveUpAt: retryLimit, attempts: 1, fraction: 0.5 };
const judge = (code: FailureCode, changes: Partial<TryFacts> = {}, retryAfterSeconds?: number) =>
  judgeTry(new Failure(code, "why", { retryAfterSeconds }), { ...facts, ...changes });

describe("what a failed try makes of a delivery", () => {
  it.each<[FailureCode, TryFacts["phase"], string]>([
    // Nothing public can have come of an upload.
    ["delivery_unknown", "harmless", "retrying"],
    ["delivery_unknown", "commit", "unknown"],
    ["unexpected", "harmless", "failed"],
    ["unexpected", "commit", "unknown"],
    ["storage_full", "harmless", "retrying"],
    ["storage_full", "commit", "unknown"],
    // The platform, or the network, says that nothing was done.
    ["network", "commit", "retrying"],
    ["platform_fault", "commit", "retrying"],
    ["rate_limited", "commit", "retrying"],
    ["needs_reauth", "commit", "retrying"],
    ["key_locked", "harmless", "retrying"],
    ["content_invalid", "commit", "failed"],
    ["duplicate_content", "commit", "failed"],
    ["app_refused", "commit", "failed"],
    ["protocol", "commit", "failed"],
  ])("%s (%s): %s", (code, phase, state) => {
    expect(judge(code, { phase }).state).toBe(state);
  });

  it("waits as the platform asks", () => {
    expect(judge("rate_limited", {}, 900).dueAt).toBe(seconds(900));
    expect(judge("rate_limited", {}, 0).dueAt).toBe(seconds(1));
  });

  it("does not come back soon for what somebody has to mend first", () => {
    expect(judge("needs_reauth", { fraction: 0 }).dueAt).toBe(minutes(5));
    expect(judge("storage_full", { fraction: 0.5 }).dueAt).toBe(minutes(10));
  });

  it("is given up where it would be tried later than a day after its first try", () => {
    expect(judge("network", { now: retryLimit })).toEqual({ state: "failed", dueAt: null, gaveUp: true });
    expect(judge("rate_limited", {}, 180_000)).toMatchObject({ state: "failed", gaveUp: true });
    expect(judge("network", { now: retryLimit - minutes(30), attempts: 20, fraction: 0.999 }).gaveUp).toBe(false);
  });

  it("waits for the next day where a platform says that its quota begins anew then, once", () => {
    expect(judge("rate_limited", { now: hours(23) }, 86_400)).toMatchObject({ state: "retrying", dueAt: hours(47) });
    expect(judge("rate_limited", { now: hours(47) }, 60)).toMatchObject({ state: "failed", gaveUp: true });
  });

  it("never tries again by itself what may be public, and never gives up what it tries again", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.constantFrom<TryFacts["phase"]>("harmless", "commit"),
        fc.integer({ min: 0, max: 3 * retryLimit }),
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (code, phase, now, attempts, fraction) => {
          const { state, dueAt } = judge(code, { phase, now, attempts, fraction });
          const doubtful = ["delivery_unknown", "unexpected"].includes(code) || code.startsWith("storage_");
          if (phase === "commit" && doubtful) expect(state).toBe("unknown");
          if (phase === "harmless") expect(state).not.toBe("unknown");
          if (state === "retrying") {
            expect(dueAt).toBeGreaterThan(now);
            expect(dueAt).toBeLessThanOrEqual(retryLimit);
          } else expect(dueAt).toBeNull();
        },
      ),
    );
  });

  it("backs off with full jitter, from a second to half an hour", () => {
    expect([1, 2, 3, 11, 12, 50].map((attempts) => retryPause(attempts, 0.9999))).toEqual(
      [1, 2, 4, 1024, 1800, 1800].map((count) => Math.round(count * 1000 * 0.9999)),
    );
    expect(retryPause(12, 0)).toBe(200);
  });
});

describe("a post whose time has passed", () => {
  const late = (changes: Partial<Delivery>) => ({ scheduledFor: 0, approvedAt: null, attempts: 0, ...changes });
  const rule = (maxLate: number | null, whenLate: "send" | "skip" | "ask" | null) => ({
    text: null,
    timeZone: null,
    maxLate,
    whenLate,
  });

  it.each([
    [rule(null, null), hours(24), "send"],
    [rule(null, null), hours(24) + 1, "ask"],
    [rule(minutes(60), null), minutes(60), "send"],
    [rule(minutes(60), null), minutes(61), "ask"],
    [rule(minutes(60), "skip"), minutes(61), "skip"],
    [rule(minutes(60), "send"), hours(2000), "send"],
    [rule(null, "skip"), hours(25), "skip"],
  ])("%j, after %i ms: %s", (schedule, after, verdict) => {
    expect(latenessVerdict(schedule, late({}), after)).toBe(verdict);
  });

  it("is not asked about again once it was tried, or its owner wants it", () => {
    expect(latenessVerdict(rule(0, "skip"), late({ attempts: 1 }), hours(1))).toBe("send");
    expect(latenessVerdict(rule(0, "ask"), late({ approvedAt: 5 }), hours(1))).toBe("send");
    expect(latenessVerdict(null, late({ scheduledFor: null }), hours(100))).toBe("send");
  });
});
