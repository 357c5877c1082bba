import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { beforeAll, expect, test } from "vitest";
import { bundled, runProgram } from "./child-program.ts";

let entry = "";
beforeAll(async () => {
  entry = await bundled(`
    import { standardStream } from "system/standard-streams.ts";
    const [, , what] = process.argv;
    const out = standardStream(1);
    const tell = (facts) => standardStream(2).write(JSON.stringify(facts));
    if (what === "facts") tell({ isTTY: out.isTTY, columns: out.columns ?? null });
    // Looking at process.stdout makes a pipe non-blocking: writes then come back unfinished.
    if (what === "much") { process.stdout.isTTY; out.write("ä".repeat(1_000_000)); tell("written"); }
    if (what === "forever") for (;;) out.write("a line\\n");
  `);
});

test("a pipe is no terminal and has no width", async () => {
  const { stderr } = await runProgram(process.execPath, [entry, "facts"]);
  expect(JSON.parse(stderr)).toEqual({ isTTY: false, columns: null });
});

test("a terminal has the width it was given", async () => {
  const command = `stty cols 57; '${process.execPath}' '${entry}' facts`;
  const { stdout } = await runProgram("script", ["-qefc", command, "/dev/null"], {
    PATH: process.env["PATH"] ?? "",
    TERM: "xterm",
    SHELL: "/bin/sh",
  });
  expect(stdout).toContain('{"isTTY":true,"columns":57}');
});

test("much text reaches a slow reader whole, before the process ends", async () => {
  const child = spawn(process.execPath, [entry, "much"], { stdio: ["ignore", "pipe", "pipe"] });
  const [told] = await Promise.race([
    once(child.stderr, "data"),
    new Promise<string[]>((resolve) => setTimeout(() => resolve(["waiting"]), 400)),
  ]);
  expect(String(told)).toBe("waiting");
  const hash = createHash("sha256");
  for await (const chunk of child.stdout) hash.update(chunk as Buffer);
  expect(hash.digest("hex")).toBe(createHash("sha256").update("ä".repeat(1_000_000)).digest("hex"));
});

test("a reader that left ends the process as a shell expects, without a word", async () => {
  const command = `set -o pipefail; '${process.execPath}' '${entry}' forever | head -1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await runProgram("bash", ["-c", command], { PATH: process.env["PATH"] ?? "" });
  expect([stdout, stderr]).toEqual(["a line\n141\n", ""]);
});
