import { expect, it } from "vitest";
import { nearest } from "../../src/domain/nearest.ts";

it.each([
  ["facbook", "facebook"],
  ["facebok", "facebook"],
  ["linkdin", "linkedin"],
  ["oicd", "oidc"],
  ["face", "facebook"],
  ["zzz", null],
  ["", null],
])("%s → %s", (typed, meant) => {
  expect(nearest(typed, ["facebook", "linkedin", "oidc", "youtube"])).toBe(meant);
});
