/** Large files with the built program: memory, a kill in the middle, Ctrl-C, and how far it is. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { startDaemon } from "./agent-daemon.ts";
import { run, runOnTerminal, start } from "./command.ts";
import { largeFilm, sha256, until, watchMemory } from "./large-film.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

async function connected(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  return space;
}

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
}

async function requests({ sandbox }: Sandboxed, ending: string): Promise<number> {
  const answer = await fetch(`${sandbox.url}/_sandbox/requests?platform=x`);
  const { requests: all } = (await answer.json()) as { requests: Seen[] };
  return all.filter(({ path, status }) => path.endsWith(ending) && status === 200).length;
}

async function shown({ sandbox }: Sandboxed): Promise<{ text: string; media: { sha256: string; bytes: number }[] }[]> {
  const { posts } = (await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: never[] };
  return posts;
}

it("uploads 200 MB in less than 150 MB; killed half-way, it goes on where it was", { timeout: 120_000 }, async () => {
  const space = await connected();
  const path = largeFilm(space, 200_000_000);
  const args = ["publish", "--platform", "x", "--key", "film", "How it is made", "--video", path];
  const killed = await start(args, { env: space.env, timeout: 60_000 });
  const first = watchMemory(killed);
  await until(async () => (await requests(space, "/append")) >= 24);
  killed.kill("SIGKILL");
  expect((await killed.ended).signal).toBe("SIGKILL");
  expect(await shown(space)).toEqual([]);
  const before = await requests(space, "/append");
  const again = await start(args, { env: space.env, timeout: 60_000 });
  const second = watchMemory(again);
  expect(await again.ended).toMatchObject({ code: 0, stderr: "" });
  // 48 parts. The one that was under way when it was killed may be there twice.
  expect(before).toBeLessThan(48);
  expect(await requests(space, "/append")).toBeLessThanOrEqual(49);
  expect(await requests(space, "/initialize")).toBe(1);
  expect(await shown(space)).toMatchObject([
    { text: "How it is made", media: [{ bytes: 200_000_000, sha256: await sha256(path) }] },
  ]);
  for (const peak of [first(), second()]) {
    expect(peak).toBeGreaterThan(30_000_000);
    expect(peak).toBeLessThan(150_000_000);
  }
});

it("ends at once with Ctrl-C, publishes nothing, and goes on when it is run again", { timeout: 60_000 }, async () => {
  const space = await connected();
  const path = largeFilm(space, 60_000_000);
  const args = ["publish", "--platform", "x", "--key", "film", "How it is made", "--video", path];
  const stopped = await start(args, { env: space.env });
  await until(async () => (await requests(space, "/append")) >= 3);
  await orderFault(space.sandbox, { method: "POST", path: "/2/media/upload/*", fault: { kind: "hang", seconds: 20 } });
  await sleep(300);
  const asked = performance.now();
  stopped.kill("SIGINT");
  expect((await stopped.ended).code).toBe(130);
  expect(performance.now() - asked).toBeLessThan(5000);
  expect(await shown(space)).toEqual([]);
  await fetch(`${space.sandbox.url}/_sandbox/faults`, { method: "DELETE" });
  expect((await run(args, { env: space.env })).code).toBe(0);
  expect(await requests(space, "/initialize")).toBe(1);
  expect(await shown(space)).toMatchObject([{ media: [{ sha256: await sha256(path) }] }]);
});

interface Progress {
  readonly event: string;
  readonly account: string;
  readonly file: string;
  readonly done: number;
  readonly total: number;
}

function read(stdout: string): { progress: Progress[]; result: { deliveries: { state: string }[] } } {
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { progress: lines.slice(0, -1), result: lines.at(-1) };
}

const slow = { method: "POST", path: "/2/media/upload/*", times: 6, fault: { kind: "delay", seconds: 0.3 } };

it("tells programs how far it is, line by line, and the result as the last one", { timeout: 60_000 }, async () => {
  const space = await connected();
  const path = largeFilm(space, 20_000_000);
  const args = ["publish", "--platform", "x", "Film", "--video", path, "--json"];
  await orderFault(space.sandbox, slow);
  const { progress, result } = read((await run([...args, "--progress"], { env: space.env })).stdout);
  expect(result.deliveries).toMatchObject([{ state: "published" }]);
  expect(progress.length).toBeGreaterThan(3);
  for (const line of progress) {
    expect(line).toMatchObject({ event: "progress", account: "x/acme", file: path, total: 20_000_000 });
  }
  expect(progress.at(-1)?.done).toBe(20_000_000);
  const another = ["publish", "--platform", "x", "Once more", "--video", path, "--json"];
  expect((await run(another, { env: space.env })).json()).toMatchObject({ deliveries: [{ state: "published" }] });
});

it("shows a bar at a terminal", { timeout: 60_000 }, async () => {
  const space = await connected();
  const path = largeFilm(space, 20_000_000);
  await orderFault(space.sandbox, slow);
  const { code, stdout } = await runOnTerminal(["publish", "--platform", "x", "Film", "--video", path], [], {
    env: space.env,
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/film\.mp4 ━+─+ +\d+ % {2}[\d.]+ of 20 MB/);
  expect(stdout).toContain("film.mp4 is sent (20 MB), the platform processes it");
  expect(stdout).toMatch(/published\S* x\/acme/);
});

it("tells the same while the daemon does it", { timeout: 60_000 }, async () => {
  const space = await connected();
  const path = largeFilm(space, 20_000_000);
  const runtime = join(space.folder, "runtime");
  mkdirSync(runtime, { mode: 0o700 });
  const env = { ...space.env, XDG_RUNTIME_DIR: runtime };
  await startDaemon(env);
  await orderFault(space.sandbox, slow);
  const args = ["publish", "--platform", "x", "Film", "--video", path, "--json", "--progress", "--debug"];
  const ended = await run(args, { env });
  expect(ended.stderr).toContain("asking the daemon: publish");
  const { progress, result } = read(ended.stdout);
  expect(result.deliveries).toMatchObject([{ state: "published" }]);
  expect(progress.at(-1)).toMatchObject({ account: "x/acme", file: path, done: 20_000_000 });
});
