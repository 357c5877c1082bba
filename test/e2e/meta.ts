/** Instagram and Threads with the built program: the developer app, the login by https, and files where they can be fetched. */
import { request } from "node:https";
import { expect, onTestFinished } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { type MediaServer, mediaServer } from "../platforms/media-server.ts";
import { type Ended, freePort, run, start } from "./command.ts";
import { type Sandboxed, sandboxed } from "./sandboxed.ts";

export interface MetaSpace extends Sandboxed {
  readonly platform: "instagram" | "threads";
  readonly media: MediaServer;
}

/** The app from the environment, its redirect URI at a free port. */
export async function metaSpace(
  platform: MetaSpace["platform"],
  options: Partial<SandboxOptions> = {},
): Promise<MetaSpace> {
  const port = await freePort();
  const uri = `https://localhost:${port}/callback/${platform}`;
  const space = await sandboxed({ registerRedirectUris: [uri], ...options });
  onTestFinished(() => space.sandbox.close());
  const name = platform.toUpperCase();
  const env = {
    ...space.env,
    [`AGENCYIQ_${name}_CLIENT_ID`]: `sandbox-${platform}-app`,
    [`AGENCYIQ_${name}_CLIENT_SECRET`]: `sandbox-${platform}-secret`,
  };
  return { ...space, env, port, platform, media: await mediaServer() };
}

/** Approves at the consent page, and goes past the browser's warning at the way back. */
export async function connectMeta(space: MetaSpace, ...more: readonly string[]): Promise<Ended> {
  const { env, port, platform } = space;
  const args = ["connect", platform, "--https", "--no-browser", "--port", String(port), "--json", ...more];
  const command = await start(args, { env });
  const { url } = JSON.parse(await command.line(/"event":"authorize"/)) as { url: string };
  const page = await (await fetch(url)).text();
  const id = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const answer = await fetch(url.replace(/\?.*/, ""), {
    method: "POST",
    body: new URLSearchParams({ request: id, person: "acme", decision: "approve" }),
    redirect: "manual",
  });
  await visit(answer.headers.get("location") ?? "");
  return command.ended;
}

function visit(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, (response) => {
      response.resume();
      response.on("end", resolve);
    })
      .on("error", reject)
      .end();
  });
}

export async function connected(platform: MetaSpace["platform"]): Promise<MetaSpace> {
  const space = await metaSpace(platform);
  const ended = await connectMeta(space);
  expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ code: 0 });
  return space;
}

export const publish = ({ env, platform, media }: MetaSpace, ...args: string[]): Promise<Ended> =>
  run(["publish", "--platform", platform, "--media-base-url", media.url, ...args], { env, timeout: 60_000 });

export async function advance({ sandbox }: Sandboxed, seconds: number): Promise<void> {
  await fetch(`${sandbox.url}/_sandbox/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advance: seconds }),
  });
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
}

/** Those of them that reached the platform, oldest first. */
export async function requestsTo({ sandbox, platform }: MetaSpace): Promise<readonly Sent[]> {
  const answer = await fetch(`${sandbox.url}/_sandbox/requests?platform=${platform}`);
  return ((await answer.json()) as { requests: Sent[] }).requests;
}

interface Shown {
  readonly id: string;
  readonly text: string;
  readonly url: string;
  readonly replyTo: string | null;
  readonly quotes: string | null;
  readonly poll: { readonly options: readonly string[] } | null;
  readonly media: readonly { readonly kind: string; readonly sha256: string; readonly alt: string | null }[];
}

/** Newest first. */
export async function timeline({ sandbox }: Sandboxed): Promise<Shown[]> {
  return ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: Shown[] }).posts;
}

export interface Deliveries {
  readonly deliveries: readonly {
    readonly id: string;
    readonly state: string;
    readonly url: string;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}
