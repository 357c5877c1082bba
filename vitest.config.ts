import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a test prints must not depend on the terminal it runs in.
    env: { NO_COLOR: "1", TZ: "UTC" },
    reporters: ["default", "./test/skipped-reporter.ts"],
  },
});
