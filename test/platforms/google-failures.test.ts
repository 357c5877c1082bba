import { describe, expect, it } from "vitest";
import { failureOfAnswer } from "../../src/app/answer-failure.ts";
import { gmail } from "../../src/platforms/gmail.ts";
import { googleErrorOf, untilPacificMidnight } from "../../src/platforms/google/failures.ts";
import { youtube } from "../../src/platforms/youtube.ts";

const hoursUntil = (instant: string) => untilPacificMidnight(Date.parse(instant)) / 3600;

describe("a quota of Google's begins anew", () => {
  it.each([
    ["in winter, at 8 in the morning UTC", "2026-12-01T07:00:00Z", 1],
    ["in summer, at 7", "2026-07-01T06:30:00Z", 0.5],
    ["at midnight itself: on the next day", "2026-12-01T08:00:00Z", 24],
    ["on the day that has 23 hours", "2026-03-08T08:00:00Z", 23],
    ["on the day that has 25", "2026-11-01T07:00:00Z", 25],
  ])("%s", (_when, now, hours) => {
    expect(hoursUntil(now)).toBe(hours);
  });
});

describe("an error of Google's", () => {
  it("is named by its first reason; all of them and the status are beside it", () => {
    const errors = [{ reason: "forbidden", message: "No" }];
    const details = [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }];
    expect(googleErrorOf({ error: { code: 403, status: "PERMISSION_DENIED", message: "", errors, details } })).toEqual({
      code: "forbidden",
      type: "forbidden ACCESS_TOKEN_SCOPE_INSUFFICIENT PERMISSION_DENIED",
      message: "No",
    });
  });

  it("is told without markup", () => {
    const message = 'You have exceeded your <a href="/quota">quota</a>.';
    expect(googleErrorOf({ error: { message } }).message).toBe("You have exceeded your quota.");
  });

  it.each([
    [
      { error: "invalid_grant", error_description: "Bad Request" },
      { code: "invalid_grant", message: "Bad Request" },
    ],
    [{ error: {} }, { type: "" }],
    ["<html>", {}],
    [null, {}],
  ])("%j is no riddle", (body, expected) => {
    expect(googleErrorOf(body)).toMatchObject(expected);
  });

  it.each([
    ["uploadLimitExceeded", 86_400],
    ["uploadRateLimitExceeded", 3600],
    ["quotaExceeded", 3600],
    ["rateLimitExceeded", undefined],
  ])("%s is tried again after %s seconds", (reason, seconds) => {
    const body = new TextEncoder().encode(JSON.stringify({ error: { message: "", errors: [{ reason }] } }));
    const response = { status: 403, headers: {}, body };
    const now = Date.parse("2026-12-01T07:00:00Z");
    const { code, retryAfterSeconds } = failureOfAnswer(youtube, { response, doubtful: false, now });
    expect({ code, retryAfterSeconds }).toEqual({ code: "rate_limited", retryAfterSeconds: seconds });
  });

  it("is believed where it says itself when to come back", () => {
    const body = new TextEncoder().encode(JSON.stringify({ error: { errors: [{ reason: "quotaExceeded" }] } }));
    const response = { status: 403, headers: { "retry-after": "7" }, body };
    expect(failureOfAnswer(youtube, { response, doubtful: false, now: 0 })).toMatchObject({ retryAfterSeconds: 7 });
  });

  it.each([
    ["User-rate limit exceeded.  Retry after 2026-12-01T07:10:00.000Z", 600],
    ["User-rate limit exceeded.  Retry after 2026-11-01T07:10:00.000Z", 1],
    ["User-rate limit exceeded.  Retry after 5 o'clock", 60],
    ["User-rate limit exceeded (Mail sending)", 86_400],
  ])("Gmail's %s means %s seconds", (message, seconds) => {
    const error = { message, errors: [{ reason: "rateLimitExceeded" }] };
    const response = { status: 429, headers: {}, body: new TextEncoder().encode(JSON.stringify({ error })) };
    const now = Date.parse("2026-12-01T07:00:00Z");
    const failure = failureOfAnswer(gmail, { response, doubtful: true, now });
    expect(failure).toMatchObject({ code: "rate_limited", retryAfterSeconds: seconds });
  });
});
