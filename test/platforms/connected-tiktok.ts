/** TikTok as a connected account publishes to it: the platform's own functions, over real requests to its twin. */
import { closeSync, copyFileSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { Api, Message, Published, Publishing } from "../../src/platforms/platform.ts";
import { tiktok } from "../../src/platforms/tiktok.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo } from "../conformance/ports.ts";
import { start } from "../sandbox/start.ts";
import { TikTokClient, type TikTokTokens } from "../sandbox/tiktok-client.ts";
import { mediaFile, message, rememberedSteps } from "./connected-x.ts";

export interface ConnectedTikTok {
  readonly client: TikTokClient;
  readonly tokens: TikTokTokens;
  readonly api: Api;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm">>;
  readonly sent: HttpRequest[];
  /** What is never to be shown. */
  readonly secrets: string[];
  /** Seconds that were waited; the sandbox's time went on by as much. */
  readonly waits: number[];
}

export async function connectedTikTok({
  scope,
  clientKey,
  ...options
}: { scope?: string; clientKey?: string } & Partial<SandboxOptions> = {}): Promise<ConnectedTikTok> {
  const client = new TikTokClient(await start(options), clientKey ? { clientKey } : {});
  const tokens = await client.connect(scope ? { scope } : {});
  const [sent, secrets, waits]: [HttpRequest[], string[], number[]] = [[], [], []];
  const http = httpTo(client.url);
  let passed = 0;
  const services: Partial<Services> = {
    http: {
      ...http,
      send: (request) => {
        sent.push(request);
        return http.send(request);
      },
    },
    clock: {
      now: () => clock.now() + passed,
      sleep: async (milliseconds) => {
        waits.push(milliseconds / 1000);
        passed += milliseconds;
        await client.advance(milliseconds / 1000);
      },
    },
    keepSecret: (value) => {
      if (value) secrets.push(value);
    },
  };
  const api = { ...apiOf(tiktok, tokens.access_token, services), handle: "acme" };
  return { client, tokens, api, publishing: tiktok.publish as ConnectedTikTok["publishing"], sent, secrets, waits };
}

/** Where the platform is asked, in order, without what is asked about it. */
export function pathsOf({ sent }: ConnectedTikTok): string[] {
  return sent.map(({ method, url }) => `${method} ${new URL(url).pathname.replace("/v2/post/publish", "")}`);
}

export async function publish(
  { api, publishing }: Pick<ConnectedTikTok, "api" | "publishing">,
  given: Message,
  { step } = rememberedSteps(),
): Promise<Published> {
  const prepared = await publishing.prepare(api, given, step);
  return publishing.commit(api, given, { prepared, idempotencyKey: "key", step });
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`no failure: ${error}`);
}

/** A film that plays, made as long by what players skip; the disk holds nothing of that. */
export function film(bytes?: number): string {
  const folder = mkdtempSync(join(tmpdir(), "tiktok-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "film.mp4");
  copyFileSync(mediaFile("film.mp4"), path);
  if (bytes === undefined) return path;
  const file = openSync(path, "r+");
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

export function video(given: Partial<Message> = {}, bytes?: number): Message {
  return message({ text: "Bread", visibility: "public", video: { file: film(bytes), alt: null }, ...given });
}
