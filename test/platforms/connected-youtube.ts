/** YouTube as a connected channel publishes to it: the platform's own functions, over real requests to its twin. */
import type { Observation, Services } from "../../src/app/services.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { Api, Publishing } from "../../src/platforms/platform.ts";
import { youtube } from "../../src/platforms/youtube.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo } from "../conformance/ports.ts";
import { start } from "../sandbox/start.ts";
import { allScopes, YouTubeClient } from "../sandbox/youtube-client.ts";
import { message, rememberedSteps } from "./connected-x.ts";

export interface ConnectedYouTube {
  readonly client: YouTubeClient;
  readonly api: Api;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm" | "delete" | "comment">>;
  /** What was sent to the platform, as it would have gone to the real one. */
  readonly sent: HttpRequest[];
  readonly observed: Observation[];
  /** Waits that were asked for, in seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
  /** What may never be shown. */
  readonly secrets: Set<string>;
  readonly accessToken: string;
  /** The same with another token. */
  readonly by: (accessToken: string) => Api;
}

export async function connectedYouTube({
  scope = allScopes,
  sandbox: options = {},
}: {
  scope?: string;
  sandbox?: Partial<SandboxOptions>;
} = {}): Promise<ConnectedYouTube> {
  const client = new YouTubeClient(await start(options));
  const { access_token: accessToken } = await client.connect({ scope });
  const sent: HttpRequest[] = [];
  const observed: Observation[] = [];
  const waits: number[] = [];
  const secrets = new Set<string>();
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
        await client.control("POST", "/clock", { advance: milliseconds / 1000 });
      },
    },
    observe: (event) => observed.push(event),
    keepSecret: (value) => secrets.add(String(value)),
  };
  const by = (token: string) => apiOf(youtube, token, services);
  const publishing = youtube.publish as ConnectedYouTube["publishing"];
  return { client, api: by(accessToken), by, publishing, sent, observed, waits, secrets, accessToken };
}

/** What `commit` and `confirm` are given beside the message. */
export function sendingOf(prepared: unknown, step = rememberedSteps().step) {
  return { prepared, idempotencyKey: "key", step };
}

export async function publish(
  { api, publishing }: ConnectedYouTube,
  given: Parameters<typeof message>[0],
  { step } = rememberedSteps(),
) {
  const written = message(given);
  const prepared = await publishing.prepare(api, written, step);
  return publishing.commit(api, written, sendingOf(prepared, step));
}

/** Method, path and what tells a chunk from a question. */
export function linesOf(requests: readonly HttpRequest[]): string[] {
  return requests.map(({ method, url, headers = {} }) => {
    const range = headers["content-range"];
    return `${method} ${new URL(url).pathname.replace("/youtube/v3", "")}${range === undefined ? "" : ` ${range}`}`;
  });
}
