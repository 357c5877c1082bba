/** Mastodon as a connected account publishes to it: the platform's own functions, over real requests to its twin. */
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { mastodon } from "../../src/platforms/mastodon.ts";
import type { Api, Publishing } from "../../src/platforms/platform.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo } from "../conformance/ports.ts";
import { MastodonClient, today } from "../sandbox/mastodon-client.ts";
import { message, rememberedSteps } from "./connected-x.ts";

export interface ConnectedMastodon {
  readonly client: MastodonClient;
  readonly token: string;
  readonly api: Api;
  /** Before anybody signed in. */
  readonly bare: Api;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm" | "delete">>;
  readonly sent: HttpRequest[];
  /** In seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
}

export async function connectedMastodon(sandbox: Sandbox, host = today): Promise<ConnectedMastodon> {
  const client = new MastodonClient(sandbox, host);
  const { access_token: token } = await client.connect(await client.register());
  const sent: HttpRequest[] = [];
  const waits: number[] = [];
  const http = httpTo(client.url);
  const services = {
    http: {
      ...http,
      send: (request: HttpRequest) => {
        sent.push(request);
        return http.send(request);
      },
    },
    clock: {
      ...clock,
      sleep: async (milliseconds: number) => {
        waits.push(milliseconds / 1000);
        await client.control("POST", "/clock", { advance: milliseconds / 1000 });
      },
    },
  };
  const bare = apiOf(mastodon, "", services);
  const placed: Api = { ...apiOf(mastodon, token, services), instance: `https://${host}` };
  const [identity] = await mastodon.identify(placed);
  if (!identity) throw new Error("nobody");
  sent.length = 0;
  const { externalId, handle, facts = {} } = identity;
  const publishing = mastodon.publish as ConnectedMastodon["publishing"];
  return { client, token, api: { ...placed, externalId, handle, facts }, bare, publishing, sent, waits };
}

type Given = Parameters<typeof message>[0];

export async function publish(
  { api, publishing }: ConnectedMastodon,
  given: Given,
  { step = rememberedSteps().step, idempotencyKey = crypto.randomUUID() as string } = {},
) {
  const written = message(given);
  const prepared = await publishing.prepare(api, written, step);
  return publishing.commit(api, written, { prepared, idempotencyKey, step });
}
