/** Any OAuth 2 platform as a connected account publishes to it: the protocol and the platform's own functions, over real requests to its twin. */

import { Failure } from "../../src/domain/failure.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { TokenReply } from "../../src/domain/token.ts";
import { beginAuthorization, finishAuthorization } from "../../src/oauth/authorization-code.ts";
import { createParty } from "../../src/oauth/party.ts";
import type { Api, Identity, Message, Platform, Published, Publishing } from "../../src/platforms/platform.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { apiOf } from "../app/platform-client.ts";
import { clock, httpTo, random } from "../conformance/ports.ts";
import { start } from "../sandbox/start.ts";
import { message, rememberedSteps } from "./connected-x.ts";

export interface App {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly redirectUri: string;
}

export interface Connected {
  readonly sandbox: Sandbox;
  readonly reply: TokenReply;
  readonly identities: readonly Identity[];
  readonly api: Api;
  readonly publishing: Required<Pick<Publishing, "prepare" | "commit" | "confirm" | "delete" | "comment">>;
  readonly sent: HttpRequest[];
  /** In seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
}

interface Asked {
  readonly person?: string;
  readonly scopes?: readonly string[];
  /** Its handle; absent: the first one. */
  readonly as?: string;
}

export async function connected(platform: Platform, app: App, asked: Asked = {}): Promise<Connected> {
  const sandbox = await start();
  const reply = await login(sandbox, platform, app, asked);
  const [sent, waits]: [HttpRequest[], number[]] = [[], []];
  const http = httpTo(sandbox.url);
  let passed = 0;
  const bare = apiOf(platform, reply.accessToken, {
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
        await control(sandbox, "/clock", { advance: milliseconds / 1000 });
      },
    },
  });
  const identities = await platform.identify(bare);
  const identity = identities.find(({ handle }) => asked.as === undefined || handle === asked.as);
  if (!identity) throw new Error("nobody");
  sent.length = 0;
  const { externalId, handle, facts = {} } = identity;
  const api: Api = { ...bare, externalId, handle, facts };
  return { sandbox, reply, identities, api, publishing: platform.publish as Connected["publishing"], sent, waits };
}

async function login(sandbox: Sandbox, platform: Platform, app: App, asked: Asked): Promise<TokenReply> {
  const [method] = platform.methods;
  if (method?.kind !== "oauth2") throw new Error("no OAuth 2");
  const party = await createParty({
    method,
    metadata: null,
    ...app,
    dpopKey: null,
    clockSkew: 0,
    http: httpTo(sandbox.url),
    clock,
    readReply: platform.tokens.readReply,
  });
  const { scopes = method.scopes, person = "acme" } = asked;
  const wish = { redirectUri: app.redirectUri, scopes, parameters: method.authorizeParameters ?? {} };
  const request = await beginAuthorization(party, wish, random);
  return finishAuthorization(party, request, await consent(sandbox, request.url, person));
}

/** What the browser ends on. */
async function consent({ url }: Sandbox, authorize: string, person: string): Promise<URL> {
  const address = new URL(authorize.replace("https://", `${url}/`));
  const page = await (await fetch(address)).text();
  const [, request] = /name="request" value="([^"]+)"/.exec(page) ?? [];
  if (request === undefined) throw new Error(page);
  address.search = "";
  const body = new URLSearchParams({ request, person, decision: "approve" });
  const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "");
}

export async function control({ url }: Pick<Sandbox, "url">, path: string, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/_sandbox${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}

export async function publish({ api, publishing }: Connected, given: Partial<Message>): Promise<Published> {
  const { step } = rememberedSteps();
  const whole = message(given);
  const prepared = await publishing.prepare(api, whole, step);
  return publishing.commit(api, whole, { prepared, idempotencyKey: "key", step });
}

/** Its request leaves and nobody hears of it; then it is looked for. */
export async function publishUnheard(
  { sandbox, api, publishing }: Connected,
  fault: { platform: string; method: string; path: string },
  given: Partial<Message>,
  kind: "drop-after" | "drop-before" = "drop-after",
): Promise<Published | null | undefined> {
  const { step } = rememberedSteps();
  const whole = message(given);
  const prepared = await publishing.prepare(api, whole, step);
  await control(sandbox, "/faults", { ...fault, fault: kind });
  const sending = { prepared, idempotencyKey: "key", step };
  const failure = await failureOf(publishing.commit(api, whole, sending));
  if (failure.code !== "delivery_unknown") throw failure;
  return publishing.confirm(api, whole, sending, api.now() - 120_000);
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`no failure: ${error}`);
}

export async function shown({
  sandbox: { url },
}: Pick<Connected, "sandbox">): Promise<readonly Record<string, unknown>[]> {
  return ((await (await fetch(`${url}/timeline.json`)).json()) as { posts: Record<string, unknown>[] }).posts;
}

/** To the twin, as any other client would ask. */
export function ask(
  { sandbox: { url }, reply }: Pick<Connected, "sandbox" | "reply">,
  address: string,
  init: RequestInit & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${reply.accessToken}`, ...init.headers };
  return fetch(address.replace("https://", `${url}/`), { ...init, headers, redirect: "manual" });
}
