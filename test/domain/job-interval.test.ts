import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { jobInterval, minuteOf } from "../../src/domain/job-interval.ts";

it.each([
  ["1m", 1],
  ["15m", 15],
  ["60m", 60],
  ["1h", 60],
  ["6h", 360],
  ["24h", 1440],
  ["1d", 1440],
])("%s is %i minutes", (text, minutes) => {
  expect(jobInterval(text)).toBe(minutes);
});

it.each(["", "0m", "30s", "7m", "45m", "90m", "5h", "2d", "15", "-5m", "1.5h", "quarterly"])(
  '"%s" would be uneven, or is none',
  (text) => {
    expect(() => jobInterval(text)).toThrow(expect.objectContaining({ code: "usage" }));
  },
);

it("spreads vaults over the interval, each at a minute of its own that stays", () => {
  const ids = Array.from({ length: 200 }, () => randomUUID());
  for (const every of [1, 15, 60, 720]) {
    const minutes = ids.map((id) => minuteOf(id, every));
    expect(minutes).toEqual(ids.map((id) => minuteOf(id, every)));
    for (const minute of minutes) {
      expect(Number.isInteger(minute)).toBe(true);
      expect(minute).toBeGreaterThanOrEqual(0);
      expect(minute).toBeLessThan(Math.min(every, 60));
    }
    expect(new Set(minutes).size).toBeGreaterThanOrEqual(Math.min(every, 30));
  }
});
