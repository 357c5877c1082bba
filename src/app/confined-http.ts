/**
 * A platform that somebody declared names its hosts, and nothing goes anywhere else for its accounts: no token, no code, no
 * secret of its app, whatever its file, its server's metadata or a stored address says.
 */
import { Failure } from "../domain/failure.ts";
import { isLoopbackHost } from "../domain/loopback.ts";
import { type Http, HttpFailure } from "../domain/ports/http.ts";
import type { Platform } from "../platforms/platform.ts";
import type { Services } from "./services.ts";

/** What is asked for this platform's accounts goes through this. */
export function httpFor({ http }: Pick<Services, "http">, platform: Pick<Platform, "id" | "name" | "hosts">): Http {
  const { hosts } = platform;
  if (hosts === undefined) return http;
  const refusal = (url: string) => (isDeclared(hosts, url) ? null : notDeclared(platform, url));
  return {
    send: async (request) => {
      const failure = refusal(request.url);
      if (failure) throw new HttpFailure("host_not_declared", failure.message, false, failure);
      return http.send(request);
    },
    browserUrl: async (url) => {
      const failure = refusal(url);
      if (failure) throw failure;
      return http.browserUrl(url);
    },
    close: () => http.close(),
  };
}

/** The same, in all that a use case is given. */
export function confined(services: Services, platform: Platform): Services {
  return platform.hosts === undefined ? services : { ...services, http: httpFor(services, platform) };
}

function isDeclared(hosts: readonly string[], text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, hostname, username, password } = new URL(text);
  const isSafe = protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
  return isSafe && username === "" && password === "" && hosts.includes(host);
}

function notDeclared({ id, name }: Pick<Platform, "id" | "name">, url: string): Failure {
  const place = URL.canParse(url) ? new URL(url).origin : "what is no URL";
  return new Failure("host_not_declared", `${name} does not declare ${place}, so nothing was sent there`, {
    hint: `if it belongs to it, write it under hosts in its file, then: agencyiq platforms add FILE (agencyiq platforms show ${id})`,
  });
}
