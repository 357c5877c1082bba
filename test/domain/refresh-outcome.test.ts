import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoff, judgeRefresh, type RefreshAnswer } from "../../src/domain/refresh-outcome.ts";
import { hours, minutes, seconds } from "../../src/domain/time.ts";

const seen = { sentAt: 0, clockSkew: 0, status: 400, retryAfter: null };
const rules = { deadGrantErrors: [], failureCount: 0, fraction: 0.5 };
const oauthError = (error: string, status = 400): RefreshAnswer => ({
  ...seen,
  status,
  kind: "oauth_error",
  error,
  description: null,
});

describe("what a refresh answer means", () => {
  it.each<[string, RefreshAnswer, string]>([
    ["invalid_grant", oauthError("invalid_grant"), "dead"],
    ["invalid_grant with 401", oauthError("invalid_grant", 401), "dead"],
    ["invalid_client", oauthError("invalid_client", 401), "app"],
    ["unauthorized_client", oauthError("unauthorized_client"), "app"],
    ["invalid_scope", oauthError("invalid_scope"), "app"],
    ["an error nobody knows", oauthError("interaction_required"), "transient"],
    ["slow_down", oauthError("slow_down"), "throttled"],
    ["429", { ...seen, kind: "http_error", status: 429 }, "throttled"],
    ["503 with Retry-After", { ...seen, kind: "http_error", status: 503, retryAfter: 9 }, "throttled"],
    ["503", { ...seen, kind: "http_error", status: 503 }, "ambiguous"],
    ["502 of a proxy", { ...seen, kind: "http_error", status: 502 }, "ambiguous"],
    ["408", { ...seen, kind: "http_error", status: 408 }, "ambiguous"],
    ["a firewall's 403 page", { ...seen, kind: "http_error", status: 403 }, "suspicious"],
    ["a captive portal's 302", { ...seen, kind: "http_error", status: 302 }, "suspicious"],
    [
      "refused connection",
      { ...seen, status: 0, kind: "no_answer", sent: false, code: "ECONNREFUSED", message: "" },
      "transient",
    ],
    [
      "reset after sending",
      { ...seen, status: 0, kind: "no_answer", sent: true, code: "ECONNRESET", message: "" },
      "ambiguous",
    ],
    ["2xx that is no JSON", { ...seen, status: 200, kind: "unreadable" }, "ambiguous"],
  ])("%s", (_name, answer, kind) => {
    expect(judgeRefresh(answer, rules).kind).toBe(kind);
  });

  it("takes a platform's own word for a dead grant", () => {
    expect(judgeRefresh(oauthError("invalid_request"), rules).kind).toBe("app");
    expect(judgeRefresh(oauthError("invalid_request"), { ...rules, deadGrantErrors: ["invalid_request"] }).kind).toBe(
      "dead",
    );
  });

  it("declares an authorization dead only for a parsed OAuth error, whatever else comes", () => {
    const kinds = ["no_answer", "unreadable", "http_error"] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.integer({ min: 100, max: 599 }),
        fc.boolean(),
        fc.nat(20),
        (kind, status, sent, failureCount) => {
          const answer = { ...seen, status, kind, sent, code: "x", message: "x" } as RefreshAnswer;
          expect(["dead", "app"]).not.toContain(judgeRefresh(answer, { ...rules, failureCount }).kind);
        },
      ),
    );
  });

  it("obeys Retry-After, up to a day", () => {
    const wait = (retryAfter: number) => judgeRefresh({ ...seen, kind: "http_error", status: 429, retryAfter }, rules);
    expect(wait(120)).toMatchObject({ wait: seconds(120) });
    expect(wait(10_000_000)).toMatchObject({ wait: hours(24) });
    expect(judgeRefresh({ ...seen, kind: "http_error", status: 429 }, rules)).toMatchObject({ wait: seconds(60) });
  });
});

describe("backoff", () => {
  it("grows from 30 s, has full jitter, and ends at 30 min", () => {
    expect(backoff(0, 0.999)).toBeCloseTo(seconds(30) * 0.999, -2);
    expect(backoff(1, 0.5)).toBe(seconds(30));
    expect(backoff(50, 0.9999)).toBeLessThanOrEqual(minutes(30));
    expect(backoff(3, 0)).toBe(seconds(1));
  });
});
