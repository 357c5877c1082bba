/** GitHub from a token, a code or a device to a gist, a release and a discussion, with the built program. */
import { expect, it, onTestFinished } from "vitest";
import { personalToken } from "../../src/sandbox/github/access.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import type { SandboxPost } from "../../src/sandbox/posts.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { run, start, workspace } from "./command.ts";
import { approve, orderFault } from "./sandboxed.ts";

const token = personalToken({ handle: "acme", name: "Acme Bakery" });
const inBakery = ["--option", "github.repository=acme/bakery"];

async function space(more: Record<string, string> = {}, options: Partial<SandboxOptions> = {}) {
  const sandbox = await startSandbox({ port: 0, clock, random, ...options });
  onTestFinished(() => sandbox.close());
  const { env } = workspace({
    AGENCYIQ_ENDPOINT_URL: sandbox.url,
    BROWSER: `${process.execPath} ${approve}`,
    ...more,
  });
  const publish = (...args: string[]) => run(["publish", "--platform", "github", "--json", ...args], { env });
  const posts = async () =>
    ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: SandboxPost[] }).posts;
  return { sandbox, env, publish, posts };
}

async function byToken() {
  const made = await space();
  const ended = await run(["connect", "github", "--credential", "token", "--token-stdin"], {
    env: made.env,
    stdin: token,
  });
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("Connected github/acme") });
  return made;
}

it("posts gists, releases with files, and discussions", async () => {
  const { publish, posts, env } = await byToken();
  const live = await run(["tokens", "status", "--live", "--json"], { env });
  expect(JSON.parse(live.stdout)).toMatchObject({
    accounts: [{ status: "healthy", expiresAt: "2027-11-01T10:00:00Z", live: { detail: "signed in as acme" } }],
  });
  const gist = await publish("# Rolls", "--title", "Recipe", "--visibility", "secret");
  expect(gist, gist.stdout).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("https://gist.github.com/acme/"),
  });
  const release = ["--option", "github.as=release", "--option", "github.tag=v1.0", ...inBakery];
  const first = await publish("What is new", "--title", "Spring", ...release, "--image", mediaFile("photo.jpg"));
  expect(first, first.stdout).toMatchObject({ code: 0, stdout: expect.stringContaining("/releases/tag/v1.0") });
  const again = await publish("What is newer", "--title", "Summer", ...release);
  expect(again, again.stdout).toMatchObject({
    code: 7,
    stdout: expect.stringContaining("a release of this tag already"),
  });
  const discussion = ["--option", "github.as=discussion", "--title", "Opening hours", ...inBakery];
  expect(await publish("From Monday on", ...discussion)).toMatchObject({ code: 0 });
  const wrong = await publish("From Monday on", ...discussion, "--option", "github.category=news");
  expect(wrong).toMatchObject({ code: 7, stdout: expect.stringContaining("announcements, general") });
  const [said, spring, recipe] = await posts();
  expect(said).toMatchObject({ title: "Opening hours", text: "From Monday on" });
  expect(spring).toMatchObject({ title: "Spring", text: "What is new", media: [{ kind: "picture" }] });
  expect(recipe).toMatchObject({ title: "Recipe", visibility: "secret" });
  for (const { stdout } of [gist, first]) {
    const [delivery] = (JSON.parse(stdout) as { deliveries: { id: string }[] }).deliveries;
    expect(await run(["posts", "delete", delivery?.id ?? "", "--yes"], { env })).toMatchObject({ code: 0 });
  }
  expect(await posts()).toHaveLength(1);
  const bare = await publish("Hello", "--option", "github.as=release");
  expect(bare).toMatchObject({ code: 7, stdout: expect.stringMatching(/repository=OWNER\/NAME.*tag=TAG/) });
});

it("knows what became of a post whose answer was lost", async () => {
  const { sandbox, publish, posts } = await byToken();
  const lose = (method: string, path: string) =>
    orderFault(sandbox, { platform: "github", method, path, fault: "drop-after" });
  await lose("POST", "/gists");
  const lost = await publish("# Rolls", "--key", "gist");
  const found = await publish("# Rolls", "--key", "gist");
  expect([lost.code, found.code]).toContain(0);
  await lose("PATCH", "/repos/*");
  const release = ["--option", "github.as=release", "--option", "github.tag=v1.0", ...inBakery, "--key", "release"];
  const once = await publish("New", ...release);
  const twice = await publish("New", ...release);
  expect([once.code, twice.code]).toContain(0);
  expect(await posts()).toHaveLength(2);
});

it("connects by code, and lets go at GitHub", async () => {
  const { env, publish } = await space({
    AGENCYIQ_GITHUB_CLIENT_ID: "sandbox-github-client",
    AGENCYIQ_GITHUB_CLIENT_SECRET: "sandbox-github-secret",
  });
  const ended = await run(["connect", "github"], { env });
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("Connected github/acme") });
  expect(await publish("Hello")).toMatchObject({ code: 0 });
  const gone = await run(["disconnect", "github", "--yes"], { env });
  expect(gone, gone.stderr).toMatchObject({ code: 0 });
});

it("connects a device with a GitHub App, and renews what it got without a secret", async () => {
  const { sandbox, env } = await space({ AGENCYIQ_GITHUB_CLIENT_ID: "Iv23sandboxgithubapp" });
  const connecting = await start(["connect", "github", "--device", "--json"], { env });
  const told = await connecting.line(/"userCode":"([A-Z-]+)"/);
  const code = /"userCode":"([A-Z-]+)"/.exec(told)?.[1] ?? "";
  await approveDevice(`${sandbox.url}/github.com/login/device?user_code=${code}`);
  expect(await connecting.ended).toMatchObject({ code: 0 });
  const refreshed = await run(["tokens", "refresh", "github", "--force", "--json"], { env });
  expect(JSON.parse(refreshed.stdout)).toMatchObject({ results: [{ outcome: "refreshed" }] });
});

/** As a person types the code at the page, and approves. */
async function approveDevice(address: string): Promise<void> {
  const request = /name="request" value="([^"]+)"/.exec(await (await fetch(address)).text())?.[1] ?? "";
  const form = new URLSearchParams({ request, person: "acme", decision: "approve" });
  const [page] = address.split("?");
  expect((await fetch(page ?? "", { method: "POST", body: form })).status).toBe(200);
}
