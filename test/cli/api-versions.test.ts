import { expect, test } from "vitest";
import { apiVersions } from "../../src/cli/api-versions.ts";
import type { Context } from "../../src/cli/context.ts";

const now = Date.parse("2030-01-01T12:00:00Z");

function contextWith(endsOn: string | null, override: string | null = null): Context {
  const version = { name: "v23.0", endsOn, documentation: "https://small.example/versions" };
  const platforms: Readonly<Record<string, object>> = {
    small: { id: "small", name: "Small", version },
    x: { id: "x" },
  };
  return {
    administration: { custody: async () => ({ exists: () => true }) },
    services: {
      clock: { now: () => now },
      vault: async () => ({ accounts: async () => ["x", "small", "small"].map((platform) => ({ platform })) }),
      loadPlatform: async (id: string) => platforms[id] ?? null,
      apiVersion: (id: string) => (id === "small" ? override : null),
    },
  } as unknown as Context;
}

test.each([
  ["no end", null, null, true, "Small is spoken to in version v23.0, no end is announced"],
  ["an end that is far", "2030-03-03", null, true, "Small is spoken to in version v23.0, until 2030-03-03"],
  ["an end within 60 days", "2030-03-01", null, false, "version v23.0 of Small's API ends on 2030-03-01"],
  ["an end that was", "2030-01-01", null, false, "version v23.0 of Small's API ended on 2030-01-01"],
  [
    "another one named",
    "2029-01-01",
    "v24.0",
    true,
    "Small is spoken to in version v24.0 (AGENCYIQ_SMALL_API_VERSION)",
  ],
  ["the same one named", "2029-01-01", "v23.0", false, "version v23.0 of Small's API ended on 2029-01-01"],
])("doctor on %s of a version", async (_what, endsOn, override, ok, message) => {
  const checks = await apiVersions(contextWith(endsOn, override));
  expect(checks).toMatchObject([{ id: "api-version", ok, message }]);
  if (!ok) expect(checks[0]?.fix).toMatch(/^update agencyiq; until then, AGENCYIQ_SMALL_API_VERSION=/);
});
