/** Instagram or Threads as a connected account publishes to it: the platform's own functions, over real requests to its twin. */
import type { Services } from "../../src/app/services.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { MediaFile } from "../../src/domain/post.ts";
import type { Api, Platform, Published, Publishing } from "../../src/platforms/platform.ts";
import type { Person } from "../../src/sandbox/options.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo } from "../conformance/ports.ts";
import { MetaClient, type MetaLogin } from "../sandbox/meta-login.ts";
import { start } from "../sandbox/start.ts";
import { mediaFile, message, rememberedSteps } from "./connected-x.ts";
import { type MediaServer, mediaServer } from "./media-server.ts";

export interface ConnectedMeta {
  readonly client: MetaClient;
  readonly token: string;
  readonly api: Api;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm" | "delete">> & Publishing;
  readonly media: MediaServer;
  /** What was sent to the platform, as it would have gone to the real one. */
  readonly sent: HttpRequest[];
  /** Waits that were asked for, in seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
}

export async function connectedMeta(
  platform: Platform,
  login: MetaLogin,
  { scope = login.scopes, people }: { scope?: string; people?: readonly Person[] } = {},
): Promise<ConnectedMeta> {
  const client = new MetaClient(await start(people ? { people } : {}), login);
  const token = await client.connect({ scope });
  const sent: HttpRequest[] = [];
  const waits: number[] = [];
  const http = httpTo(client.url);
  let ahead = 0;
  const services: Partial<Services> = {
    http: {
      ...http,
      send: (request) => {
        sent.push(request);
        return http.send(request);
      },
    },
    clock: {
      now: () => clock.now() + ahead,
      sleep: async (milliseconds) => {
        waits.push(milliseconds / 1000);
        ahead += milliseconds;
        await client.advance(milliseconds / 1000);
      },
    },
  };
  const method = platform.methods[0];
  const endpoints = method?.kind === "oauth2" && method.endpoints !== "discovery" ? method.endpoints : {};
  const unknown = { ...apiOf(platform, token, services), endpoints };
  const [identity] = await platform.identify(unknown);
  const api = { ...unknown, handle: "acme", externalId: identity?.externalId ?? null };
  sent.length = 0;
  const publishing = platform.publish as ConnectedMeta["publishing"];
  return { client, token, api, publishing, media: await mediaServer(), sent, waits };
}

export async function publishOn(
  { api, publishing }: ConnectedMeta,
  given: Parameters<typeof message>[0],
  { step } = rememberedSteps(),
): Promise<Published> {
  const written = message(given);
  const prepared = await publishing.prepare(api, written, step);
  return publishing.commit(api, written, { prepared, idempotencyKey: "key", step: (_name, work) => work() });
}

/** A file of test/media, where the platform can fetch it. */
export function served({ media }: ConnectedMeta, name: string, alt: string | null = null): MediaFile {
  return { file: mediaFile(name), alt, url: `${media.url}/${name}` };
}

/** `POST /me/threads`, with ids as ID. */
export const pathsOf = (requests: readonly HttpRequest[]): string[] =>
  requests.map(
    ({ method, url }) => `${method} ${new URL(url).pathname.replace(/^\/v[\d.]+/, "").replace(/\d{12,}/g, "ID")}`,
  );

export const formsOf = (requests: readonly HttpRequest[]): Record<string, string>[] =>
  requests
    .filter(({ method }) => method === "POST")
    .map(({ body }) => Object.fromEntries(new URLSearchParams(typeof body === "string" ? body : "")));
