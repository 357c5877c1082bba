import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a test prints must not depend on the terminal or the place it runs in.
    env: { NO_COLOR: "1", FORCE_COLOR: "0", TZ: "UTC" },
    // What oidc-provider thinks of being run for tests.
    onConsoleLog: (log) => !/^oidc-provider (WARNING|NOTICE): /.test(log),
    reporters: ["default", "./test/skipped-reporter.ts"],
  },
});
