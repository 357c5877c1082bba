import { expect, it } from "vitest";
import { retryAfterSeconds } from "../../src/domain/retry-after.ts";
import { days, hours, minutes, parseDuration, relativeTime, toTimestamp } from "../../src/domain/time.ts";

it.each([
  ["90m", minutes(90)],
  ["24h", hours(24)],
  ["7d", days(7)],
  ["1.5h", minutes(90)],
  ["soon", null],
  ["-5m", null],
  ["5", null],
])("duration %s", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

it.each([
  [0, "now"],
  [minutes(23), "in 23 min"],
  [-hours(3), "3 h ago"],
  [days(12), "in 12 d"],
  [5000, "in 5 s"],
])("%d ms from now", (difference, text) => {
  expect(relativeTime(1e12 + difference, 1e12)).toBe(text);
});

it("writes RFC 3339 in UTC, to the second", () => {
  expect(toTimestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe("2026-01-02T03:04:05Z");
});

it("reads Retry-After in seconds and as a date", () => {
  const now = Date.UTC(2026, 0, 1, 0, 0, 0);
  expect(retryAfterSeconds({ "retry-after": "120" }, now)).toBe(120);
  expect(retryAfterSeconds({ "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }, now)).toBe(60);
  expect(retryAfterSeconds({ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, now)).toBe(0);
  expect(retryAfterSeconds({ "retry-after": "tomorrow" }, now)).toBeNull();
  expect(retryAfterSeconds({}, now)).toBeNull();
});
