/** The harness itself, with small scripts in place of the binary. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, runOnTerminal, start, workspace } from "./command.ts";

function script(code: string): string {
  const path = join(workspace().folder, "program.mjs");
  writeFileSync(path, code);
  return path;
}

const prompts = `
import { createInterface } from "node:readline/promises";
const lines = createInterface({ input: process.stdin, output: process.stderr });
const name = await lines.question("Name? ");
const town = await lines.question("Town? ");
console.log(JSON.stringify({ name, town, terminal: process.stdout.isTTY, columns: process.stdout.columns }));
lines.close();
`;

describe("run", () => {
  it("gives code and both streams, apart", async () => {
    const program = script('console.log(JSON.stringify({ a: 1 })); console.error("oh"); process.exitCode = 7;');
    const ended = await run([], { program });
    expect(ended).toMatchObject({ code: 7, signal: null, stderr: "oh\n" });
    expect(ended.json()).toEqual({ a: 1 });
  });

  it("passes arguments, stdin and the folder", async () => {
    const program = script(`
      let stdin = "";
      for await (const chunk of process.stdin) stdin += chunk;
      console.log(JSON.stringify({ args: process.argv.slice(2), stdin, folder: process.cwd() }));
    `);
    const { folder } = workspace();
    const ended = await run(["a b", "'"], { program, stdin: "ü\n", cwd: folder });
    expect(ended.json()).toEqual({ args: ["a b", "'"], stdin: "ü\n", folder });
  });

  it("hands over no environment but its own", async () => {
    const program = script("console.log(JSON.stringify(Object.keys(process.env).sort()));");
    const names = ["AGENCYIQ_HOME", "AGENCYIQ_KEY_FILE", "HOME", "PATH", "TZ"];
    expect((await run([], { program })).json()).toEqual(names);
    const { env } = workspace({ NO_COLOR: "1" });
    expect((await run([], { program, env })).json()).toEqual([...names, "NO_COLOR"].sort());
  });

  it("ends what hangs, and shows what it had printed", async () => {
    const program = script('console.log("so far"); setInterval(() => {}, 1000);');
    await expect(run([], { program, timeout: 500 })).rejects.toThrow("still running after 500 ms:\nso far");
  });

  it("runs the built binary by default", async () => {
    expect(await run(["--version"])).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe("start", () => {
  const program = () =>
    script(
      'process.on("SIGTERM", () => process.exit(143)); console.error("port 1"); console.log("port 2"); setInterval(() => {}, 1000);',
    );

  it("waits for a line of either stream, signals, and tells the end", async () => {
    const started = await start([], { program: program() });
    expect(await started.line(/port 2/)).toBe("port 2");
    expect(await started.line(/port 1/)).toBe("port 1");
    started.kill("SIGTERM");
    expect(await started.ended).toMatchObject({ code: 143, signal: null });
  });

  it("tells the signal that ended it", async () => {
    const started = await start([], { program: program() });
    await started.line(/port/);
    started.kill("SIGKILL");
    expect(await started.ended).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  it("does not wait for a line that cannot come any more", async () => {
    const started = await start([], { program: script('console.log("no"); process.exitCode = 3;') });
    await expect(started.line(/port/)).rejects.toThrow("ended with 3 before /port/:\nno");
  });
});

describe("runOnTerminal", () => {
  it("is a terminal of 80 columns that answers when asked", async () => {
    const answers = [
      { after: /Name\?/, type: "Ada\r" },
      { after: /Town\?/, type: "Bern\r" },
    ];
    const ended = await runOnTerminal([], answers, { program: script(prompts) });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('{"name":"Ada","town":"Bern","terminal":true,"columns":80}');
  });

  it("sends Ctrl-C", async () => {
    const program = script(`
      process.on("SIGINT", () => process.exit(130));
      console.log("waiting");
      setInterval(() => {}, 1000);
    `);
    expect((await runOnTerminal([], [{ after: /waiting/, type: "\u0003" }], { program })).code).toBe(130);
  });

  it("fails when a question never came", async () => {
    const program = script('console.log("Name?");');
    const answers = [{ after: /Town\?/, type: "Bern\r" }];
    await expect(runOnTerminal([], answers, { program })).rejects.toThrow("nothing like /Town\\?/ was printed");
  });
});

describe("workspace", () => {
  let left: string;

  it("is a folder of the test's own", () => {
    left = workspace().folder;
    expect(existsSync(left)).toBe(true);
  });

  it("is gone after the test", () => {
    expect(existsSync(left)).toBe(false);
  });
});
