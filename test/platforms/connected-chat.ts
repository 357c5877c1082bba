/** Chat platforms as an account connected by a key publishes to them: the platforms' own functions, over real requests to their twins. */
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { Api, Facts, Identity, Message, Platform, Published } from "../../src/platforms/platform.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo } from "../conformance/ports.ts";
import { message, rememberedSteps } from "./connected-x.ts";

/** What a person pastes and answers. */
export interface Pasted {
  readonly method: string;
  readonly key: string;
  readonly answers?: Facts;
}

export interface ConnectedChat {
  readonly sandbox: Sandbox;
  readonly identity: Identity;
  readonly api: Api;
  readonly sent: HttpRequest[];
  readonly secrets: string[];
  readonly publish: (given: Partial<Message>, idempotencyKey?: string) => Promise<Published>;
  /** Newest first. */
  readonly timeline: () => Promise<readonly Record<string, unknown>[]>;
  readonly fault: (order: Readonly<Record<string, unknown>>) => Promise<unknown>;
}

/** @throws Failure where the key cannot be used */
export async function connectedChat(
  platform: Platform,
  sandbox: Sandbox,
  { method: id, key, answers = {} }: Pasted,
): Promise<ConnectedChat> {
  const method = platform.methods.find((each) => each.id === id);
  if (method?.kind !== "key") throw new Error(`no key ${id}`);
  const [sent, secrets]: [HttpRequest[], string[]] = [[], []];
  const http = httpTo(sandbox.url);
  const send = (request: HttpRequest) => {
    sent.push(request);
    return http.send(request);
  };
  const only = { ...platform, methods: [method] };
  const bare = apiOf(only, (await method.read?.(key, answers)) ?? key, {
    http: { ...http, send },
    // What platforms take their time over is there at once.
    clock: { ...clock, sleep: async () => {} },
    keepSecret: (value) => {
      if (value) secrets.push(value);
    },
  });
  const [identity] = await (method.identify ?? platform.identify)({ ...bare, facts: answers });
  if (!identity) throw new Error("nobody");
  sent.length = 0;
  const { externalId, handle, facts = answers } = identity;
  const api: Api = { ...bare, externalId, handle, facts };
  return {
    sandbox,
    identity,
    api,
    sent,
    secrets,
    publish: async (given, idempotencyKey = "key") => {
      const { step } = rememberedSteps();
      const written = message(given);
      const prepared = await platform.publish?.prepare?.(api, written, step);
      if (!platform.publish) throw new Error("tokens only");
      return platform.publish.commit(api, written, { prepared, idempotencyKey, step });
    },
    timeline: async () => {
      const answer = await fetch(`${sandbox.url}/timeline.json?platform=${platform.id}`);
      return ((await answer.json()) as { posts: Record<string, unknown>[] }).posts;
    },
    fault: (order) =>
      fetch(`${sandbox.url}/_sandbox/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ platform: platform.id, ...order }),
      }),
  };
}

/** The bytes of a body as they went out. */
export async function bodyText({ body = "" }: HttpRequest): Promise<string> {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString("latin1");
  const pieces: Uint8Array[] = [];
  for await (const piece of body.open()) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}
