import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeAll, expect, test } from "vitest";
import { CriticalWork } from "../../src/system/critical-work.ts";
import { bundled } from "./child-program.ts";

let entry = "";
beforeAll(async () => {
  entry = await bundled(`
    import { writeSync } from "node:fs";
    import { CriticalWork, endOnSignals } from "system/critical-work.ts";
    const say = (text) => writeSync(1, text + "\\n");
    const critical = new CriticalWork();
    const interrupted = new AbortController();
    interrupted.signal.addEventListener("abort", () => say("asked to stop: " + interrupted.signal.reason.message));
    endOnSignals({ exitCodes: { SIGINT: 130, SIGTERM: 143 }, interrupted, critical, exit: process.exit });
    setInterval(() => {}, 1000);
    const [, , milliseconds] = process.argv;
    if (milliseconds) critical.run(() => new Promise((resolve) => setTimeout(resolve, Number(milliseconds)))).then(() => say("stored"));
    say("ready");
  `);
});

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

async function started(...args: string[]) {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const saying = async (word: string) => {
    while (!said.includes(word)) await once(child.stdout, "data");
  };
  const end = once(child, "close").then(([code]) => ({ code: code as number, said: said.split("\n").slice(1, -1) }));
  await saying("ready");
  return { child, saying, end };
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s ends an idle command at once, with %i", async (signal, code) => {
  const { child, end } = await started();
  child.kill(signal);
  expect(await end).toEqual({ code, said: ["asked to stop: stopped"] });
});

test("what must not be cut short is waited for", async () => {
  const { child, end } = await started("400");
  child.kill("SIGTERM");
  expect(await end).toEqual({ code: 143, said: ["asked to stop: stopped", "stored"] });
});

test("a second signal does not wait for it", async () => {
  const { child, saying, end } = await started("20000");
  child.kill("SIGINT");
  await saying("asked to stop");
  child.kill("SIGINT");
  expect(await end).toEqual({ code: 130, said: ["asked to stop: stopped"] });
});

test("work that fails has ended too, and its caller is told; work begun meanwhile is waited for", async () => {
  const critical = new CriticalWork();
  const events: string[] = [];
  const failing = critical.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    void critical.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      events.push("second");
    });
    throw new Error("no answer");
  });
  failing.catch(() => events.push("first failed"));
  await critical.ended();
  expect(events).toEqual(["first failed", "second"]);
  await expect(failing).rejects.toThrow("no answer");
});
