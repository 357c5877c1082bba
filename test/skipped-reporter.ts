import type { Reporter, TestCase, TestModule } from "vitest/node";

/** The one kind of skip that is no failure under CI: descriptions of other people's APIs are not part of this project. */
const excusable = "AGENCYIQ_API_DESCRIPTIONS";

/**
 * The last lines of a run. What was skipped is named: a skip nobody sees is a test nobody has. The very last line counts:
 * `N passed, N failed, N skipped`.
 */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = inState("skipped");
    for (const line of skippedLines(skipped)) process.stdout.write(`${line}\n`);
    // A file that fails to load has no failed test, nor has an error outside of every test.
    const broken = modules.filter((module) => !module.ok() && [...module.children.allTests("failed")].length === 0);
    const failed = inState("failed").length + broken.length + errors.length;
    process.stdout.write(`${inState("passed").length} passed, ${failed} failed, ${skipped.length} skipped\n`);
    if (process.env["CI"] && skipped.some(isFailure)) process.exitCode = 1;
  }
}

function isFailure(test: TestCase): boolean {
  return !test.fullName.includes(excusable);
}

function skippedLines(skipped: readonly TestCase[]): string[] {
  const lines = skipped.map((test) => `skipped: ${test.module.relativeModuleId}: ${test.fullName}`);
  if (!skipped.some(isFailure)) return lines;
  const rule = process.env["CI"] ? ["with CI set, a skip is a failure"] : [];
  return [...lines, ...rule, "as root, this installs what is missing: bash scripts/install-test-packages.sh"];
}
