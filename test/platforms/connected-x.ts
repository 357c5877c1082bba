/** X as a connected account publishes to it: the platform's own functions, over real requests to its twin. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Observation, Services } from "../../src/app/services.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { draftOf, type PostPart } from "../../src/domain/post.ts";
import type { Api, Message, Publishing, Step } from "../../src/platforms/platform.ts";
import { x } from "../../src/platforms/x.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo } from "../conformance/ports.ts";
import { start } from "../sandbox/start.ts";
import { allScopes, XClient } from "../sandbox/x-client.ts";
import { XOAuth1Client } from "../sandbox/x-oauth1-client.ts";

export interface ConnectedX {
  /** Drives the sandbox by itself. */
  readonly client: XClient;
  readonly api: Api;
  /** The same, connected once more. */
  readonly reconnected: () => Promise<Api>;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm" | "delete">>;
  /** What was sent to the platform, as it would have gone to the real one. */
  readonly sent: HttpRequest[];
  readonly observed: Observation[];
  /** Waits that were asked for, in seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
}

/** `by`: how the account was connected. */
export async function connectedX({
  scope = allScopes,
  by = "oauth2",
}: {
  scope?: string;
  by?: "oauth1" | "oauth2";
} = {}): Promise<ConnectedX> {
  const sandbox = await start();
  const client = new XClient(sandbox);
  const connect = async () =>
    by === "oauth1" ? new XOAuth1Client(sandbox).connect() : (await client.connect({ scope })).access_token;
  const sent: HttpRequest[] = [];
  const observed: Observation[] = [];
  const waits: number[] = [];
  const http = httpTo(client.url);
  const services: Partial<Services> = {
    http: {
      ...http,
      send: (request) => {
        sent.push(request);
        return http.send(request);
      },
    },
    clock: {
      ...clock,
      sleep: async (milliseconds) => {
        waits.push(milliseconds / 1000);
        await client.control("POST", "/clock", { advance: milliseconds / 1000 });
      },
    },
    observe: (event) => observed.push(event),
  };
  const reconnected = async () => ({ ...apiOf(x, await connect(), services), handle: "acme" });
  const publishing = x.publish as ConnectedX["publishing"];
  return { client, api: await reconnected(), reconnected, publishing, sent, observed, waits };
}

export function message(given: Partial<Message & PostPart>): Message {
  const { thread: _thread, variants: _variants, ...first } = draftOf(given);
  return first;
}

/** Steps that outlive a try, as text: what is on disk is not what was in memory. */
export function rememberedSteps(): { step: Step; done: Map<string, string> } {
  const done = new Map<string, string>();
  const step: Step = async (name, work) => {
    const known = done.get(name);
    if (known !== undefined) return JSON.parse(known);
    const result = await work();
    done.set(name, JSON.stringify(result));
    return result;
  };
  return { step, done };
}

/** A file that begins as its type does; removed after the test. */
export function fileOf(name: string, head: string, size = 3000): string {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-x-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  const content = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) content[at] = (at * 31 + (at >> 8)) % 256;
  content.write(head, "latin1");
  writeFileSync(path, content);
  return path;
}

/** Of those in test/media. */
export function mediaFile(name: string): string {
  return fileURLToPath(new URL(`../media/${name}`, import.meta.url));
}

/** One pixel, as far as its head says. */
export const pngHead = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\x02\0IDAT";
export const mp4Head = "\0\0\0\x18ftypmp42\0\0\0\0mp42isom";

export interface ShownPost {
  readonly id: string;
  readonly text: string;
  readonly replyTo: string | null;
  readonly quotes: string | null;
  readonly poll: { readonly options: readonly string[] } | null;
  readonly media: readonly { readonly kind: string; readonly sha256: string; readonly alt: string | null }[];
}

/** Newest first. */
export async function timelineOf({ url }: Pick<XClient, "url">): Promise<ShownPost[]> {
  return ((await (await fetch(`${url}/timeline.json`)).json()) as { posts: ShownPost[] }).posts;
}
