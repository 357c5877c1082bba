/** LinkedIn as a connected account publishes to it: the platform's own functions, over real requests to its twin. */
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { linkedin } from "../../src/platforms/linkedin.ts";
import type { Api, Publishing } from "../../src/platforms/platform.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo } from "../conformance/ports.ts";
import { type AppName, LinkedInClient } from "../sandbox/linkedin-client.ts";
import { start } from "../sandbox/start.ts";
import { message, rememberedSteps } from "./connected-x.ts";

export interface ConnectedLinkedIn {
  readonly client: LinkedInClient;
  readonly token: string;
  /** Of the member, or of the organization that the member administers. */
  readonly api: Api;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm" | "delete" | "comment">>;
  readonly sent: HttpRequest[];
  /** In seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
}

export async function connectedLinkedIn(app: AppName = "member"): Promise<ConnectedLinkedIn> {
  const client = new LinkedInClient(await start());
  const { access_token: token } = await client.connect(app);
  const sent: HttpRequest[] = [];
  const waits: number[] = [];
  const http = httpTo(client.url);
  const bare = apiOf(linkedin, token, {
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
  });
  const identify = linkedin.methods[app === "member" ? 0 : 1];
  const [identity] = identify?.kind === "oauth2" ? ((await identify.identify?.(bare)) ?? []) : [];
  if (!identity) throw new Error("nobody");
  sent.length = 0;
  const api: Api = { ...bare, externalId: identity.externalId, handle: identity.handle };
  return { client, token, api, publishing: linkedin.publish as ConnectedLinkedIn["publishing"], sent, waits };
}

type Given = Parameters<typeof message>[0];

export async function publish(
  { api, publishing }: ConnectedLinkedIn,
  given: Given,
  { step = rememberedSteps().step, doubtedSince = null as number | null } = {},
) {
  const written = message(given);
  const prepared = await publishing.prepare(api, written, step);
  return publishing.commit(api, written, { prepared, idempotencyKey: "key", step, doubtedSince });
}
