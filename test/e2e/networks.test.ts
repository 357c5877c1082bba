/** One command for seven networks, from a clean vault: each connected in its own way, one post file, one timeline. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { pagesOf } from "../../src/sandbox/facebook/pages.ts";
import { defaultPeople } from "../../src/sandbox/options.ts";
import type { SandboxPost } from "../../src/sandbox/posts.ts";
import { chromiumPackage, startChromium } from "../browser/chromium.ts";
import { mediaServer } from "../platforms/media-server.ts";
import { freePort, run } from "./command.ts";
import { connectMeta, type MetaSpace } from "./meta.ts";
import { type Sandboxed, sandboxed } from "./sandboxed.ts";

const networks = ["facebook", "instagram", "threads", "linkedin", "youtube", "tiktok", "x"];
const [acme] = defaultPeople;
const [bakery] = acme ? pagesOf(acme) : [];

/** A sandbox that knows the redirect URIs of one port, and the environment that it tells itself. */
async function rehearsal(): Promise<Sandboxed> {
  const port = await freePort();
  const hosts = ["http://127.0.0.1", "http://localhost", "https://localhost"];
  const uris = networks.flatMap((id) => hosts.map((host) => `${host}:${port}/callback/${id}`));
  const space = await sandboxed({ registerRedirectUris: uris });
  onTestFinished(() => space.sandbox.close());
  const lines = await (await fetch(`${space.sandbox.url}/environment`)).text();
  const told = [...lines.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
  return { ...space, env: { ...space.env, ...Object.fromEntries(told) }, port };
}

/** In its own way, by a person who approves in a browser. */
async function connectEach(space: MetaSpace): Promise<void> {
  const port = ["--port", String(space.port)];
  const ways: Record<string, readonly string[]> = {
    facebook: [...port, "--select", bakery?.id ?? ""],
    linkedin: port,
    youtube: [],
    tiktok: [],
    x: port,
  };
  for (const [platform, flags] of Object.entries(ways)) {
    const ended = await run(["connect", platform, ...flags], { env: space.env });
    expect(ended, `${platform}: ${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0 });
  }
  for (const platform of ["instagram", "threads"] as const) {
    const ended = await connectMeta({ ...space, platform });
    expect(ended, `${platform}: ${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0 });
  }
}

const example = fileURLToPath(new URL("../../examples/loaf", import.meta.url));

it("one command posts a video with variants to seven networks", { timeout: 240_000 }, async () => {
  const media = await mediaServer();
  const space: MetaSpace = { ...(await rehearsal()), platform: "instagram", media };
  media.files.set("loaf.mp4", readFileSync(join(example, "loaf.mp4")));
  await connectEach(space);

  const statuses = (await run(["tokens", "status", "--json"], { env: space.env })).json<{
    accounts: readonly { account: string; status: string }[];
  }>();
  expect(statuses.accounts.map(({ account }) => account.split("/")[0])).toEqual([...networks].sort());
  expect(statuses.accounts.every(({ status }) => status === "healthy")).toBe(true);

  const line = ["publish", "--platform", networks.join(","), "--file", "post.md", "--media-base-url", media.url];
  const dry = await run([...line, "--dry-run"], { env: space.env, cwd: example });
  expect(dry, `${dry.stdout}${dry.stderr}`).toMatchObject({ code: 0 });
  const ended = await run([...line, "--json"], { env: space.env, cwd: example, timeout: 120_000 });
  expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0 });
  const { deliveries } = ended.json<{ deliveries: readonly { platform: string; state: string; url: string }[] }>();
  expect(deliveries.map(({ platform }) => platform).sort()).toEqual([...networks].sort());
  expect(deliveries.every(({ state, url }) => state === "published" && url.startsWith("https://"))).toBe(true);

  const { posts } = (await (await fetch(`${space.sandbox.url}/timeline.json`)).json()) as { posts: SandboxPost[] };
  const films = posts.filter((each) => each.media.some(({ kind }) => kind === "video"));
  expect(films.map(({ platform }) => platform).sort()).toEqual([...networks].sort());
  expect(posts.find(({ platform, replyTo }) => platform === "facebook" && replyTo !== null)?.text).toBe(
    "The recipe is on our page.",
  );
  expect(films.find(({ platform }) => platform === "x")?.text).toBe("A loaf in three steps.");
  if (!chromiumPackage.skip) await seenInChromium(`${space.sandbox.url}/timeline`);
});

async function seenInChromium(url: string): Promise<void> {
  const { page } = await startChromium();
  await page.goto(url);
  const shown = (await page.getByRole("article").allInnerTexts()).join("\n");
  for (const name of ["Facebook", "Instagram", "Threads", "LinkedIn", "YouTube", "TikTok", "X"]) {
    expect(shown).toContain(name);
  }
}
