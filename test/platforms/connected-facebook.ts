/** A Page as a connected account publishes to it: the platform's own functions, over real requests to its twin. */
import { tmpdir } from "node:os";
import { apiForNewToken } from "../../src/app/platform-api.ts";
import type { Services } from "../../src/app/services.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { facebook } from "../../src/platforms/facebook.ts";
import type { Api, Message, Published, Publishing } from "../../src/platforms/platform.ts";
import { mediaFiles } from "../../src/system/media-files.ts";
import { clock, httpTo, random } from "../conformance/ports.ts";
import { FacebookClient, facebookApp } from "../sandbox/facebook-client.ts";
import { start } from "../sandbox/start.ts";
import { message, rememberedSteps } from "./connected-x.ts";

export interface ConnectedFacebook {
  /** Drives the sandbox by itself. */
  readonly client: FacebookClient;
  /** Of the Page, and of the person who signed in. */
  readonly api: Api;
  readonly login: Api;
  readonly page: string;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm" | "delete" | "comment">>;
  /** What was sent to the platform, as it would have gone to the real one. */
  readonly sent: HttpRequest[];
  /** Waits that were asked for, in seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
  publish(given: Partial<Message>): Promise<Published>;
}

export async function connectedFacebook(changes: Record<string, string> = {}): Promise<ConnectedFacebook> {
  const client = new FacebookClient(await start());
  const { id: page, token, user } = await client.page(changes);
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
        await client.control("/clock", { advance: milliseconds / 1000 });
      },
    },
    random,
    media: mediaFiles(tmpdir()),
    keepSecret: () => {},
  } as unknown as Services;
  const apiBy = (value: string) => apiForNewToken(services, facebook, {}, { value, type: "Bearer" }, {}, facebookApp);
  const api = { ...apiBy(token), externalId: page };
  const publishing = facebook.publish as ConnectedFacebook["publishing"];
  const publish = async (given: Partial<Message>) => {
    const written = message(given);
    const prepared = await publishing.prepare(api, written, rememberedSteps().step);
    return publishing.commit(api, written, { prepared, idempotencyKey: "key", step: (_name, work) => work() });
  };
  return { client, api, login: apiBy(user), page, publishing, sent, waits, publish };
}
