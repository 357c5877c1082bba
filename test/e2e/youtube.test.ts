/** YouTube with the built program: connected, published to, asked and left, as its owner would. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { type Ended, run, runOnTerminal, start, workspace } from "./command.ts";
import { largeFilm, sha256, until, watchMemory } from "./large-film.ts";
import { approve } from "./sandboxed.ts";

const uploads = "/upload/youtube/v3/videos";

/** Nothing is registered at Google, so no port is named either. */
async function youtube({
  client = "sandbox-google-client",
  ...options
}: { client?: string } & Partial<SandboxOptions> = {}) {
  const sandbox = await startSandbox({ port: 0, clock, random, ...options });
  onTestFinished(() => sandbox.close());
  const space = workspace({
    AGENCYIQ_ENDPOINT_URL: sandbox.url,
    AGENCYIQ_YOUTUBE_CLIENT_ID: client,
    AGENCYIQ_YOUTUBE_CLIENT_SECRET: "sandbox-google-secret",
    BROWSER: `${process.execPath} ${approve}`,
  });
  const { env } = space;
  const program = (...args: string[]): Promise<Ended> => run(args, { env, timeout: 60_000 });
  const control = async (method: string, path: string, body?: unknown) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${sandbox.url}/_sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
    });
    return answer.json();
  };
  return {
    ...space,
    sandbox,
    program,
    control,
    fault: (order: Record<string, unknown>) => control("POST", "/faults", { platform: "youtube", ...order }),
    /** Of the requests to a path: method and status. */
    asked: async (path: string): Promise<string[]> => {
      const { requests } = (await control("GET", "/requests?platform=youtube")) as {
        requests: Record<string, unknown>[];
      };
      return requests.filter((one) => one["path"] === path).map((one) => `${one["method"]} ${one["status"]}`);
    },
    timeline: async () => {
      const answer = await fetch(`${sandbox.url}/timeline.json`);
      return ((await answer.json()) as { posts: Record<string, unknown>[] }).posts;
    },
  };
}

type YouTube = Awaited<ReturnType<typeof youtube>>;

async function connected(options: Parameters<typeof youtube>[0] = {}): Promise<YouTube> {
  const space = await youtube(options);
  const ended = await space.program("connect", "youtube");
  if (ended.code !== 0) throw new Error(ended.stdout + ended.stderr);
  return space;
}

const film = mediaFile("film.mp4");

it("is connected, published to with all that it has, asked, and left", { timeout: 60_000 }, async () => {
  const { program, timeline, sandbox } = await connected();
  const status = await program("tokens", "status", "--live");
  expect(status.stdout).toMatch(/youtube\/acme +healthy .*live: channel acme/);
  const words = ["--title", "A film", "What it is about", "--tag", "bread", "--first-comment", "Recipe: example.com"];
  const files = ["--video", film, "--thumbnail", mediaFile("photo.jpg")];
  const options = ["--option", "youtube.category=28", "--option", "youtube.made-for-kids=no"];
  const ended = await program("publish", "--platform", "youtube", ...words, ...files, ...options);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const [, url] = /(https:\/\/www\.youtube\.com\/watch\?v=[\w-]+)/.exec(ended.stdout) ?? [];
  expect(await timeline()).toMatchObject([
    { text: "Recipe: example.com" },
    { url, title: "A film", text: "What it is about", media: [{ sha256: await sha256(film) }] },
  ]);
  const page = await (await fetch(`${sandbox.url}/timeline`)).text();
  expect(page).toContain("<h2>A film</h2>");
  expect(page).toMatch(/<img src="\/i\.ytimg\.com\/vi\/[\w-]+\/hqdefault\.jpg"/);
  expect((await program("disconnect", "youtube/acme", "--yes")).code).toBe(0);
});

it("is set up step by step, with nothing to type at Google but names", { timeout: 60_000 }, async () => {
  const { env } = await youtube();
  const { AGENCYIQ_YOUTUBE_CLIENT_ID: _id, AGENCYIQ_YOUTUBE_CLIENT_SECRET: _secret, ...bare } = env;
  const pages = [/projectcreate\?/, /youtube\.googleapis\.com\?/, /auth\/audience\?/, /auth\/clients\?/];
  const answers = [
    ...pages.map((after) => ({ after, type: "n\r" })),
    { after: /Client ID:/, type: "sandbox-google-client\r" },
    { after: /Client secret/, type: "sandbox-google-secret\r" },
  ];
  const ended = await runOnTerminal(["setup", "youtube"], answers, { env: bare, timeout: 40_000 });
  expect(ended.stdout).not.toContain("Redirect URI to register");
  expect(ended.stdout).not.toContain("sandbox-google-secret");
  for (const text of ["YouTube Data API v3", "Publish app", "Desktop app"]) expect(ended.stdout).toContain(text);
  // Any port is right, so there is none that somebody else could have.
  expect(ended.stdout).toContain("Connected youtube/acme");
  // Words alone are no post there.
  expect(ended.stdout).toMatch(/publish --platform youtube .*--title .*--video/);
});

it("says ahead that a connection of an app in Testing ends after a week", { timeout: 60_000 }, async () => {
  const { program } = await youtube({ client: "sandbox-google-testing" });
  const ended = await program("connect", "youtube");
  expect(ended.stderr).toContain(
    "youtube/acme must be connected again within 7 d: the app's audience is in status Testing",
  );
  const { stdout } = await program("tokens", "status");
  expect(stdout).toMatch(/youtube\/acme +healthy .* ends in 7 d: agencyiq connect youtube/);
});

it("says what to do without a channel", { timeout: 60_000 }, async () => {
  const { program } = await youtube({ people: [{ handle: "acme", name: "Acme", withoutChannel: true }] });
  const ended = await program("connect", "youtube");
  expect(ended.code).toBe(7);
  expect(ended.stderr).toContain("this Google account has no YouTube channel");
  expect(ended.stderr).toContain("https://www.youtube.com/create_channel");
});

it("refuses before anything is sent what YouTube would refuse", { timeout: 60_000 }, async () => {
  const { program, asked } = await connected();
  const publish = (...more: string[]) => program("publish", "--platform", "youtube", ...more);
  const tags = Array.from({ length: 60 }, (_, index) => ["--tag", `number ${index}`]).flat();
  const long = await publish("--title", "a < b", "Text", "--video", film, ...tags);
  expect(long.code).toBe(7);
  expect(long.stderr).toContain('the title has a "<" or ">", which YouTube refuses');
  expect(long.stderr).toMatch(/the tags have \d+ characters/);
  expect((await publish("Only words")).stderr).toContain("YouTube wants a video");
  expect((await publish("--title", "A", "--video", film, "--option", "youtube.category=music")).code).toBe(7);
  expect(await asked(uploads)).toEqual([]);
});

it("says ahead what YouTube makes a Short of", { timeout: 60_000 }, async () => {
  const { program } = await connected();
  const dryRun = (file: string) =>
    program("publish", "--platform", "youtube", "--title", "A", "--video", mediaFile(file), "--dry-run");
  expect((await dryRun("portrait.mp4")).stdout).toContain("YouTube will show it as a Short");
  expect((await dryRun("film.mp4")).stdout).not.toContain("Short");
});

it("is asked for a time that YouTube itself keeps", { timeout: 60_000 }, async () => {
  const { program, timeline, control } = await connected();
  const planned = ["--option", "youtube.publish-at=in 2 hours"];
  const ended = await program("publish", "--platform", "youtube", "--title", "Later", "--video", film, ...planned);
  expect(ended.code).toBe(0);
  expect(await timeline()).toEqual([]);
  await control("POST", "/clock", { advance: 7300 });
  expect(await timeline()).toMatchObject([{ title: "Later" }]);
});

it("sends 200 MB in less than 150 MB; killed half-way, it goes on where it was", { timeout: 120_000 }, async () => {
  const space = await connected();
  const { env, asked, timeline } = space;
  const path = largeFilm(space, 200_000_000);
  const args = ["publish", "--platform", "youtube", "--key", "film", "--title", "How it is made", "--video", path];
  const killed = await start(args, { env, timeout: 60_000 });
  const first = watchMemory(killed);
  const chunks = async () => (await asked(uploads)).filter((one) => one === "PUT 308").length;
  await until(async () => (await chunks()) >= 12);
  killed.kill("SIGKILL");
  expect((await killed.ended).signal).toBe("SIGKILL");
  expect(await timeline()).toEqual([]);
  const before = await chunks();
  expect(before).toBeLessThan(23);
  // The session's address is a right in itself.
  expect(onDisk(space).includes("upload_id=")).toBe(false);
  const again = await start(args, { env, timeout: 60_000 });
  const second = watchMemory(again);
  expect(await again.ended).toMatchObject({ code: 0, stderr: "" });
  // 24 chunks, one session, and one question where to go on; the chunk under way at the kill may have arrived or not.
  const all = await asked(uploads);
  expect(all.filter((one) => one === "POST 200")).toHaveLength(1);
  expect(all.length).toBeLessThanOrEqual(27);
  expect(await timeline()).toMatchObject([
    { title: "How it is made", media: [{ bytes: 200_000_000, sha256: await sha256(path) }] },
  ]);
  for (const peak of [first(), second()]) {
    expect(peak).toBeGreaterThan(30_000_000);
    expect(peak).toBeLessThan(150_000_000);
  }
});

/** Everything below the vault's home, as it is. */
function onDisk({ folder }: { folder: string }): string {
  const home = join(folder, "home");
  const files = readdirSync(home, { recursive: true, encoding: "utf8" }).map((name) => join(home, name));
  return files.map((file) => (statSync(file).isFile() ? readFileSync(file, "latin1") : "")).join("\n");
}

it("ends at once with Ctrl-C in the middle of a chunk, and goes on", { timeout: 60_000 }, async () => {
  const space = await connected();
  const { env, asked, timeline, fault, control, program } = space;
  const path = largeFilm(space, 60_000_000);
  const args = ["publish", "--platform", "youtube", "--key", "film", "--title", "Film", "--video", path];
  const stopped = await start(args, { env });
  await until(async () => (await asked(uploads)).length >= 3);
  await fault({ method: "PUT", path: uploads, fault: { kind: "hang", seconds: 20 } });
  await sleep(300);
  const since = performance.now();
  stopped.kill("SIGINT");
  expect((await stopped.ended).code).toBe(130);
  expect(performance.now() - since).toBeLessThan(5000);
  expect(await timeline()).toEqual([]);
  await control("DELETE", "/faults");
  expect((await program(...args)).code).toBe(0);
  expect((await asked(uploads)).filter((one) => one === "POST 200")).toHaveLength(1);
  expect(await timeline()).toMatchObject([{ media: [{ sha256: await sha256(path) }] }]);
});

it("publishes once though the answer that it is public is lost", { timeout: 60_000 }, async () => {
  const { program, timeline, fault, asked } = await connected();
  await fault({ method: "PUT", path: "/youtube/v3/videos", fault: "drop-after" });
  const ended = await program("publish", "--platform", "youtube", "--title", "Once", "--video", film);
  expect(ended.code).toBe(0);
  expect(await timeline()).toHaveLength(1);
  expect((await asked("/youtube/v3/videos")).filter((one) => one.startsWith("PUT"))).toEqual(["PUT null"]);
});

it("takes up a refused thumbnail without sending the video again", { timeout: 60_000 }, async () => {
  const { program, timeline, fault, asked } = await connected();
  await fault({ path: "/upload/youtube/v3/thumbnails/set", fault: { kind: "error", name: "forbidden" } });
  const thumbnail = ["--thumbnail", mediaFile("photo.jpg")];
  const args = ["publish", "--platform", "youtube", "--key", "a", "--title", "Film", "--video", film, ...thumbnail];
  const refused = await program(...args, "--json");
  expect(refused.code).toBe(7);
  expect(refused.stdout).toContain("private, and is not sent again");
  expect(refused.stdout).toContain("https://www.youtube.com/verify");
  expect(await timeline()).toEqual([]);
  const { deliveries } = refused.json<{ deliveries: { id: string }[] }>();
  expect((await program("posts", "retry", deliveries[0]?.id ?? "")).code).toBe(0);
  expect((await asked(uploads)).filter((one) => one === "POST 200")).toHaveLength(1);
  expect(await timeline()).toHaveLength(1);
});

it("waits for midnight in California when the day's uploads are used up", { timeout: 60_000 }, async () => {
  const { program, fault } = await connected();
  await fault({ path: uploads, fault: { kind: "error", name: "quota-exceeded" } });
  const ended = await program("publish", "--platform", "youtube", "--title", "Film", "--video", film, "--json");
  expect(ended.code).toBe(6);
  const { deliveries } = ended.json<{ deliveries: { state: string; dueAt?: string; retryAt?: string }[] }>();
  expect(deliveries).toMatchObject([{ state: "retrying" }]);
  const shown = new Intl.DateTimeFormat("en-GB", { timeZone: "America/Los_Angeles", timeStyle: "short" });
  const at = Object.values(deliveries[0] ?? {}).filter((value) => /^\d{4}-.*Z$/.test(String(value)));
  expect(at.map((value) => shown.format(Date.parse(String(value))))).toContain("00:00");
});

it("shows a bar at a terminal", { timeout: 60_000 }, async () => {
  const space = await connected();
  const path = largeFilm(space, 40_000_000);
  await space.fault({ method: "PUT", path: uploads, times: 6, fault: { kind: "delay", seconds: 0.3 } });
  const args = ["publish", "--platform", "youtube", "--title", "Film", "--video", path];
  const { code, stdout } = await runOnTerminal(args, [], { env: space.env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/film\.mp4 ━+─+ +\d+ % {2}[\d.]+ of 40 MB/);
  expect(stdout).toContain("film.mp4 is sent (40 MB), the platform processes it");
});
