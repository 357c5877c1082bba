import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Http } from "../../src/domain/ports/http.ts";
import type { Clock, Random } from "../../src/domain/ports/machine.ts";
import { withEndpointOverride } from "../../src/system/endpoint-override.ts";
import { createHttp } from "../../src/system/http.ts";

export const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
};

export const random: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};

/** The real http port, to a sandbox. */
export function httpTo(sandboxUrl: string): Http {
  return withEndpointOverride(createHttp({ version: "test", environment: {} }), sandboxUrl);
}
