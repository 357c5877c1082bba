import { describe, expect, it } from "vitest";
import type { Credential } from "../../src/domain/credential.ts";
import { healthOf } from "../../src/domain/health.ts";
import { hours, minutes } from "../../src/domain/time.ts";

const credential: Credential = {
  id: "c",
  accountId: "a",
  position: 0,
  method: "oauth2",
  issuer: null,
  clientId: "id",
  status: "active",
  reason: null,
  generation: 1,
  scopes: [],
  tokenType: "Bearer",
  obtainedAt: 0,
  accessExpiresAt: hours(2),
  refreshExpiresAt: null,
  refreshable: true,
  dpop: false,
  serverMetadata: null,
  lastRefreshedAt: null,
  lastError: null,
  failureCount: 0,
  backoffUntil: null,
  clockSkew: 0,
  nextRefreshAt: null,
  failingSince: null,
  subject: null,
  derivedFrom: null,
  dataAccessExpiresAt: null,
};
const connected = { disconnectedAt: null };

describe("health", () => {
  it.each<[string, Partial<Credential>, number, string]>([
    ["fresh", {}, minutes(10), "healthy"],
    ["inside the margin", {}, hours(2) - minutes(10), "expiring"],
    ["ended, refreshable", {}, hours(2), "expired"],
    ["ended, not refreshable", { refreshable: false }, hours(2), "needs_reauth"],
    ["ended, refresh failing", { failureCount: 2 }, hours(3), "error"],
    ["refused for good", { status: "reauth_required" }, minutes(1), "needs_reauth"],
    ["app refused", { status: "paused" }, minutes(1), "error"],
    ["restored from a backup", { status: "needs_confirm" }, minutes(1), "error"],
    ["never expiring", { accessExpiresAt: null }, hours(9000), "healthy"],
  ])("%s", (_name, change, now, health) => {
    expect(healthOf(connected, { ...credential, ...change }, now)).toBe(health);
  });

  it("is disconnected without a credential", () => {
    expect(healthOf(connected, null, 0)).toBe("disconnected");
    expect(healthOf({ disconnectedAt: 5 }, credential, 0)).toBe("disconnected");
  });
});
