import type { Reporter, TestModule } from "vitest/node";

/** Names what was skipped in the last lines of the run: a skip nobody sees is a test nobody has. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === "skipped");
    for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}\n`);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A module that failed to load has no tests, but is a failure.
    const broken = modules.filter(
      (module) => module.state() === "failed" && [...module.children.allTests("failed")].length === 0,
    );
    process.stdout.write(
      `${count("passed")} passed, ${count("failed") + broken.length} failed, ${skipped.length} skipped\n`,
    );
    const excusable = skipped.filter((test) => test.fullName.includes("AGENCYIQ_API_DESCRIPTIONS"));
    if (process.env["CI"] && skipped.length > excusable.length) process.exitCode = 1;
  }
}
