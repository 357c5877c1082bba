/** TikTok from the developer's keys to a post, with the built program. */
import { createHash } from "node:crypto";
import { copyFileSync, createReadStream, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { TikTokClient } from "../sandbox/tiktok-client.ts";
import { run, runOnTerminal, start, type Workspace, workspace } from "./command.ts";
import { approve } from "./sandboxed.ts";

interface Space extends Workspace {
  readonly client: TikTokClient;
}

/** A clean vault, and the keys of a developer app in the environment. */
async function space({ app = "client", ...options }: { app?: string } & Partial<SandboxOptions> = {}): Promise<Space> {
  const sandbox = await startSandbox({ port: 0, clock, random, ...options });
  onTestFinished(() => sandbox.close());
  const made = workspace({
    AGENCYIQ_ENDPOINT_URL: sandbox.url,
    AGENCYIQ_TIKTOK_CLIENT_ID: `sandbox-tiktok-${app}`,
    AGENCYIQ_TIKTOK_CLIENT_SECRET: app === "client" ? "sandbox-tiktok-secret" : `sandbox-tiktok-${app}-secret`,
    BROWSER: `${process.execPath} ${approve}`,
  });
  return { ...made, client: new TikTokClient(sandbox) };
}

async function connected(options: { app?: string } & Partial<SandboxOptions> = {}): Promise<Space> {
  const made = await space(options);
  const ended = await run(["connect", "tiktok"], { env: made.env });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return made;
}

interface Answer {
  readonly deliveries: readonly {
    readonly id: string;
    readonly state: string;
    readonly url: string;
    readonly error: { readonly code: string; readonly hint: string } | null;
  }[];
}

const reel = mediaFile("reel.mp4");
const publish = ({ env }: Space, ...args: string[]) =>
  run(["publish", "--platform", "tiktok", ...args], { env, timeout: 60_000 });

/** A reel that plays, and behind it a box of so many bytes that players skip; of those, the disk holds nothing. */
function longReel({ folder }: Space, bytes: number): string {
  const path = join(folder, "reel.mp4");
  copyFileSync(reel, path);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes - readFileSync(path).length);
  head.write("free", 4);
  writeSync(openSync(path, "a"), head);
  truncateSync(path, bytes);
  return path;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

async function count({ client }: Space, what: RegExp): Promise<number> {
  return (await client.asked()).filter((line) => what.test(line)).length;
}

it("connects with any port, tells who it is, refreshes once, and lets go", async () => {
  const made = await space();
  const ended = await run(["connect", "tiktok", "--json"], { env: made.env });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const listed = await run(["accounts", "list", "--json"], { env: made.env });
  expect(listed.stdout).toContain("tiktok/acme");
  const live = await run(["tokens", "status", "--live"], { env: made.env });
  expect(live).toMatchObject({ code: 0, stdout: expect.stringContaining("answers as Acme Bakery") });
  await made.client.advance(7000);
  const refreshed = await run(["tokens", "refresh", "tiktok/acme", "--force"], { env: made.env });
  expect(refreshed, refreshed.stderr).toMatchObject({ code: 0 });
  const gone = await run(["disconnect", "tiktok/acme", "--yes"], { env: made.env });
  expect(gone, gone.stderr).toMatchObject({ code: 0 });
  expect(await count(made, /^POST \/v2\/oauth\/revoke\/ 200$/)).toBeGreaterThan(0);
});

it("connects an app for the Web with the address pasted back", async () => {
  const made = await space();
  const uri = "https://example.com/callback/";
  const keys = { clientId: "web-app", clientSecret: "web-secret" };
  await made.client.control("POST", "/apps", { platform: "tiktok", ...keys, redirectUris: [uri] });
  const env = {
    ...made.env,
    AGENCYIQ_TIKTOK_CLIENT_ID: keys.clientId,
    AGENCYIQ_TIKTOK_CLIENT_SECRET: keys.clientSecret,
  };
  const args = ["connect", "tiktok", "--manual", "--redirect-uri", uri, "--json"];
  const command = await start(args, { env, stdin: null });
  const { url } = JSON.parse(await command.line(/"event":"authorize"/)) as { url: string };
  expect(new URL(url).searchParams.get("redirect_uri")).toBe(uri);
  const page = await (await fetch(url)).text();
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const body = new URLSearchParams({ request, person: "acme", decision: "approve" });
  const answer = await fetch(url.replace(/\?.*/, ""), { method: "POST", body, redirect: "manual" });
  command.child.stdin?.end(`${answer.headers.get("location")}\n`);
  const ended = await command.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("tiktok/acme") });
});

it("says at once that posting takes more than was given, and sends what was given for all the same", {
  timeout: 60_000,
}, async () => {
  const made = await space();
  const less = await run(["connect", "tiktok", "--scope", "user.info.basic,video.upload"], { env: made.env });
  expect(less).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("was not granted video.publish"),
  });
  const refused = await publish(made, "Bread", "--video", reel, "--visibility", "private");
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("was not granted video.publish") });
  expect(await count(made, /oauth\/token/)).toBe(1);
  const draft = await publish(made, "", "--video", reel, "--option", "tiktok.mode=inbox");
  expect(draft, draft.stderr).toMatchObject({ code: 0 });
});

it("tells which redirect URI is to be registered, and what a first post looks like", async () => {
  const { env } = workspace();
  for (const command of [
    ["apps", "show"],
    ["platforms", "show"],
  ]) {
    const { stdout } = await run([...command, "tiktok"], { env });
    expect(stdout).toContain("http://127.0.0.1:*/callback/\n");
  }
});

it("walks through the setup to a first post", { timeout: 60_000 }, async () => {
  const made = await space();
  const { AGENCYIQ_TIKTOK_CLIENT_ID: id = "", AGENCYIQ_TIKTOK_CLIENT_SECRET: secret = "", ...env } = made.env;
  const answers = [
    ...Array.from({ length: 2 }, () => ({ after: /Open https:\/\/developers\.tiktok\.com\/apps\?/, type: "n\r" })),
    { after: /Client ID:/, type: `${id}\r` },
    { after: /[Ss]ecret/, type: `${secret}\r` },
  ];
  const ended = await runOnTerminal(["setup", "tiktok"], answers, { env });
  expect(ended, ended.stdout).toMatchObject({ code: 0 });
  expect(ended.stdout).toContain("http://127.0.0.1:*/callback/");
  const [, first = ""] = /agencyiq (publish --platform tiktok .*)/.exec(ended.stdout) ?? [];
  expect(first.trim()).toBe('publish --platform tiktok "Hello" --video FILE --visibility private');
  const post = await publish({ ...made, env }, "Hello", "--video", reel, "--visibility", "private");
  expect(post, post.stderr).toMatchObject({ code: 0 });
});

it("says why nothing was connected", async () => {
  const made = await space();
  const env = { ...made.env, AGENCYIQ_TIKTOK_CLIENT_SECRET: "mistyped" };
  const ended = await run(["connect", "tiktok"], { env });
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("Client key or secret is incorrect") });
});

it("posts a video at once, with its number of 64 bits in the address", { timeout: 60_000 }, async () => {
  const made = await connected();
  const ended = await publish(made, "Bread", "--video", reel, "--visibility", "public", "--json");
  const [post] = await made.client.timeline();
  expect(ended.json<Answer>().deliveries).toMatchObject([
    { state: "published", url: `https://www.tiktok.com/@acme/video/${post?.["id"]}` },
  ]);
  expect(post).toMatchObject({ platform: "tiktok", text: "Bread", media: [{ sha256: await sha256(reel) }] });
  const page = await (await fetch(`${made.client.url}/timeline`)).text();
  expect(page).toContain("TikTok");
  expect(page).toContain("Bread");
});

it("wants to be told who may see it, and refuses what TikTok would", async () => {
  const made = await connected();
  const unsaid = await publish(made, "Bread", "--video", reel);
  expect(unsaid).toMatchObject({ code: 7, stderr: expect.stringContaining("--visibility public, friends, followers") });
  const branded = ["--visibility", "private", "--option", "tiktok.brand-content=yes"];
  const hidden = await publish(made, "Bread", "--video", reel, ...branded);
  expect(hidden).toMatchObject({ code: 7, stderr: expect.stringContaining("paid partnership") });
  expect((await publish(made, "Only words", "--visibility", "public")).code).toBe(7);
  const small = await publish(made, "Bread", "--video", mediaFile("film.mp4"), "--visibility", "public");
  expect(small.stderr).toContain("lasts 2 s, TikTok takes 3 to 600 s");
  expect(await count(made, /publish/)).toBe(0);
});

it("puts a draft into the inbox", { timeout: 60_000 }, async () => {
  const made = await connected();
  const ended = await publish(made, "", "--video", reel, "--option", "tiktok.mode=inbox", "--json");
  expect(ended.json<Answer>().deliveries, ended.stderr).toMatchObject([{ state: "published" }]);
  expect(await count(made, /inbox\/video\/init\/ 200$/)).toBe(1);
  expect(await made.client.timeline()).toEqual([]);
});

it("posts pictures that TikTok fetches, or says what it needs for that", { timeout: 60_000 }, async () => {
  const made = await connected();
  const args = ["Three days", "--title", "Rye", "--image", mediaFile("square.jpg"), "--visibility", "public"];
  const nowhere = await publish(made, ...args);
  expect(nowhere).toMatchObject({ code: 7, stderr: expect.stringContaining("--media-base-url") });
  const foreign = await publish(made, ...args, "--media-base-url", "https://elsewhere.example/");
  expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining("URL properties") });
  const ended = await publish(made, ...args, "--media-base-url", "https://media.example.com/2026/", "--json");
  const [post] = await made.client.timeline();
  expect(ended.json<Answer>().deliveries).toMatchObject([
    { state: "published", url: `https://www.tiktok.com/@acme/photo/${post?.["id"]}` },
  ]);
  expect(post).toMatchObject({ title: "Rye", media: [{ fetchedFrom: "https://media.example.com/2026/square.jpg" }] });
});

it("goes on where it was after it was killed in the middle of an upload", { timeout: 120_000 }, async () => {
  const made = await connected();
  const path = longReel(made, 330_000_000);
  const args = [
    "publish",
    "--platform",
    "tiktok",
    "--key",
    "reel",
    "Bread",
    "--video",
    path,
    "--visibility",
    "private",
  ];
  await made.client.fault("PUT /video/", { kind: "delay", seconds: 0.2 }, 4);
  const killed = await start(args, { env: made.env, timeout: 60_000 });
  while ((await count(made, /^PUT \/video\/ 206$/)) < 2) await sleep(20);
  killed.kill("SIGKILL");
  expect((await killed.ended).signal).toBe("SIGKILL");
  await made.client.control("DELETE", "/faults");
  expect(await made.client.timeline()).toEqual([]);
  const again = await run(args, { env: made.env, timeout: 60_000 });
  expect(again, again.stderr).toMatchObject({ code: 0 });
  // Five chunks; the one that was under way when it was killed may have come twice.
  expect(await count(made, /^PUT \/video\/ 20[16]$/)).toBe(5);
  expect(await count(made, /video\/init\/ 200$/)).toBe(1);
  expect(await made.client.timeline()).toMatchObject([
    { visibility: "SELF_ONLY", media: [{ bytes: 330_000_000, sha256: await sha256(path) }] },
  ]);
});

it("does not post twice where the answer to the last chunk was lost", { timeout: 60_000 }, async () => {
  const made = await connected();
  await made.client.fault("PUT /video/", { kind: "drop-after" });
  const ended = await publish(made, "Bread", "--video", reel, "--visibility", "public", "--json");
  const posts = await made.client.timeline();
  expect(posts).toHaveLength(1);
  expect(ended.json<Answer>().deliveries, ended.stderr).toMatchObject([{ state: "published" }]);
  expect(await count(made, /video\/init\/ 200$/)).toBe(1);
});

it("says what an app without an audit may do, and does that", { timeout: 60_000 }, async () => {
  const people = [
    { handle: "acme", name: "Acme Bakery" },
    { handle: "globex", name: "Globex Bikes", private: true },
  ];
  const made = await connected({ app: "unaudited", people });
  const refused = await publish(made, "Bread", "--video", reel, "--visibility", "private");
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("TikTok has not audited") });
  expect(refused.stderr).toContain("make the account private in TikTok's app");
  const second = await run(["connect", "tiktok"], { env: { ...made.env, SANDBOX_PERSON: "globex" } });
  expect(second, second.stderr).toMatchObject({ code: 0 });
  const args = ["publish", "--account", "tiktok/globex", "Bread", "--video", reel, "--visibility", "private"];
  const ended = await run(args, { env: made.env, timeout: 60_000 });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
});

it("never shows an upload URL", { timeout: 60_000 }, async () => {
  const made = await connected();
  const ended = await publish(made, "Bread", "--video", reel, "--visibility", "private", "--debug");
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("open-upload.tiktokapis.com");
  expect(ended.stdout + ended.stderr).not.toMatch(/upload_token=\w/);
});
