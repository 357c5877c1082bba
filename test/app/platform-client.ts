/** A platform's API over the real http port, with a token that is in no vault. */
import { tmpdir } from "node:os";
import { apiForNewToken } from "../../src/app/platform-api.ts";
import type { Services } from "../../src/app/services.ts";
import { endpointsInForce } from "../../src/oauth/endpoints.ts";
import { createParty } from "../../src/oauth/party.ts";
import type { Api, Platform } from "../../src/platforms/platform.ts";
import { createHttp } from "../../src/system/http.ts";
import { mediaFiles } from "../../src/system/media-files.ts";
import { clock, random } from "../conformance/ports.ts";

export async function apiOf(platform: Platform, token: string, more: Partial<Services> = {}): Promise<Api> {
  const http = createHttp({ version: "test", environment: {} });
  const services = {
    http,
    clock,
    random,
    media: mediaFiles(tmpdir()),
    keepSecret: () => {},
    ...more,
  } as unknown as Services;
  const [method] = platform.methods;
  if (method?.kind !== "oauth2") throw new Error(`${platform.id} has no OAuth 2`);
  const party = await createParty({
    method,
    metadata: null,
    clientId: "c",
    clientSecret: null,
    dpopKey: null,
    clockSkew: 0,
    http: services.http,
    clock,
  });
  return apiForNewToken(
    services,
    platform,
    endpointsInForce(method, null),
    { value: token, type: "Bearer" },
    { party: async () => party },
  );
}
