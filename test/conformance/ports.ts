import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Http, HttpFailure } from "../../src/domain/ports/http.ts";
import type { Clock, Random } from "../../src/domain/ports/machine.ts";

export const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
};

export const random: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};

/** The http port over fetch, to a sandbox. */
export function httpTo(sandboxUrl: string): Http {
  const rewritten = (url: string) => url.replace(/^https:\/\//, `${sandboxUrl}/`);
  return {
    send: async ({ method, url, headers, body }) => {
      try {
        const response = await fetch(rewritten(url), {
          method,
          headers: { ...headers },
          body: body ?? null,
          redirect: "manual",
        });
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: new Uint8Array(await response.arrayBuffer()),
        };
      } catch (error) {
        throw new HttpFailure("fetch", error instanceof Error ? error.message : "failed", true, error);
      }
    },
    browserUrl: async (url) => rewritten(url),
    close: async () => {},
  };
}
