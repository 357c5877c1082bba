import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // As many as there are cores on the smallest machine; most of the time is spent in the processes that tests start.
    maxWorkers: 2,
    // Processes, sockets and clocks of a loaded machine: what fails twice in a row is broken.
    retry: 1,
    // What a test prints must not depend on the terminal or the place it runs in.
    env: { NO_COLOR: "1", FORCE_COLOR: "0", TZ: "UTC" },
    // What oidc-provider thinks of being run for tests.
    onConsoleLog: (log) => !/^oidc-provider (WARNING|NOTICE): /.test(log),
    reporters: ["default", "./test/skipped-reporter.ts"],
  },
});
