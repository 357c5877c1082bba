import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/domain/failure.ts";
import { mergeTokenReply, parseLifetime, type TokenReply, type TokenSet } from "../../src/domain/token.ts";

const reply: TokenReply = {
  accessToken: "new",
  tokenType: "Bearer",
  expiresIn: 7200,
  refreshToken: "next",
  refreshExpiresIn: null,
  scopes: null,
};
const previous: TokenSet = {
  accessToken: "old",
  refreshToken: "kept",
  tokenType: "Bearer",
  scopes: ["a", "b"],
  obtainedAt: 0,
  accessExpiresAt: 10,
  refreshExpiresAt: 99,
};
const options = { previous, sentAt: 1_000_000, defaultLifetime: null, requestedScopes: ["asked"] };

describe("merging a token reply", () => {
  it("replaces both tokens and counts expiry from when the request was sent", () => {
    expect(mergeTokenReply({ ...options, reply })).toEqual({
      accessToken: "new",
      refreshToken: "next",
      tokenType: "Bearer",
      scopes: ["a", "b"],
      obtainedAt: 1_000_000,
      accessExpiresAt: 1_000_000 + 7_200_000,
      refreshExpiresAt: null,
    });
  });

  it.each([null, ""])("keeps the old refresh token when the reply has %j", (refreshToken) => {
    const merged = mergeTokenReply({ ...options, reply: { ...reply, refreshToken } });
    expect(merged.refreshToken).toBe("kept");
    expect(merged.refreshExpiresAt).toBe(99);
  });

  it("never loses a refresh token, whatever a reply leaves out", () => {
    fc.assert(
      fc.property(
        fc.option(fc.string()),
        fc.option(fc.nat()),
        fc.option(fc.array(fc.string())),
        (refreshToken, expiresIn, scopes) => {
          const merged = mergeTokenReply({ ...options, reply: { ...reply, refreshToken, expiresIn, scopes } });
          expect(merged.refreshToken).toBe(refreshToken ? refreshToken : "kept");
        },
      ),
    );
  });

  it("knows when a login ends that no renewal moves", () => {
    const loginLifetime = 5_000;
    const merge = (before: TokenSet | null, changes: Partial<TokenReply> = {}) =>
      mergeTokenReply({ ...options, loginLifetime, previous: before, reply: { ...reply, ...changes } });
    const login = merge(null);
    expect(login.refreshExpiresAt).toBe(1_005_000);
    // Rotated or kept, again and again.
    expect(merge(login).refreshExpiresAt).toBe(1_005_000);
    expect(merge(merge(login), { refreshToken: null }).refreshExpiresAt).toBe(1_005_000);
    // The platform knows better; without a refresh token there is nothing to end.
    expect(merge(login, { refreshExpiresIn: 60 }).refreshExpiresAt).toBe(1_060_000);
    expect(merge(null, { refreshToken: null }).refreshExpiresAt).toBeNull();
    // Connected before this was known of the platform.
    expect(merge({ ...previous, refreshExpiresAt: null }).refreshExpiresAt).toBeNull();
  });

  it("uses the platform's lifetime when the server says none", () => {
    const merged = mergeTokenReply({ ...options, reply: { ...reply, expiresIn: null }, defaultLifetime: 60 });
    expect(merged.accessExpiresAt).toBe(1_060_000);
    expect(mergeTokenReply({ ...options, reply: { ...reply, expiresIn: null } }).accessExpiresAt).toBeNull();
  });

  it("takes the asked scopes on a first connection without scope in the reply", () => {
    expect(mergeTokenReply({ ...options, previous: null, reply }).scopes).toEqual(["asked"]);
  });
});

describe("lifetimes", () => {
  it.each([
    [7200, 7200],
    ["7200", 7200],
    ["", null],
    [undefined, null],
    [null, null],
  ])("%j is %j", (given, parsed) => {
    expect(parseLifetime(given)).toBe(parsed);
  });

  it.each(["soon", -1, Number.NaN, {}])("refuses %j", (given) => {
    expect(() => parseLifetime(given)).toThrow(Failure);
  });
});
