/** A platform's API over the real http port, with a token that is in no vault. */
import { tmpdir } from "node:os";
import { apiForNewToken } from "../../src/app/platform-api.ts";
import type { Services } from "../../src/app/services.ts";
import { signingTokenType } from "../../src/domain/credential.ts";
import type { SigningKeys } from "../../src/oauth/oauth1-signature.ts";
import type { Api, Platform } from "../../src/platforms/platform.ts";
import { createHttp } from "../../src/system/http.ts";
import { mediaFiles } from "../../src/system/media-files.ts";
import { clock, random } from "../conformance/ports.ts";

/** `by`: a bearer token, or the keys that requests are signed with. */
export function apiOf(platform: Platform, by: string | SigningKeys, more: Partial<Services> = {}): Api {
  const http = createHttp({ version: "test", environment: {} });
  const services = {
    http,
    clock,
    random,
    media: mediaFiles(tmpdir()),
    keepSecret: () => {},
    ...more,
  } as unknown as Services;
  const app = { clientId: "client", clientSecret: "secret" };
  const [value, type] = typeof by === "string" ? [by, "Bearer"] : [by.token, signingTokenType];
  const companions = typeof by === "string" ? {} : { signingKeys: async () => by };
  return apiForNewToken(services, platform, {}, { value, type }, companions, app);
}
