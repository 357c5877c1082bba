/** A platform of a few lines on loopback, with a real vault and real requests: for what no platform of ours shows yet. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { DeliveryResult } from "../../src/app/deliver.ts";
import { changePosts, type PostsRequest } from "../../src/app/posts.ts";
import { publishPost } from "../../src/app/publish-post.ts";
import type { Services } from "../../src/app/services.ts";
import { utf16Units } from "../../src/domain/counting/units.ts";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { draftOf, type PostDraft } from "../../src/domain/post.ts";
import type { Api, Platform, Published } from "../../src/platforms/platform.ts";
import { x } from "../../src/platforms/x.ts";
import { createHttp } from "../../src/system/http.ts";
import { mediaFiles } from "../../src/system/media-files.ts";
import { random } from "../conformance/ports.ts";
import { accountOf, credentialOf, type Home, newVault } from "../vault/home.ts";

/** What the server was asked: `POST /posts`, and the text of its body. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (asked: Asked, response: ServerResponse) => unknown;

export interface SmallPlatform extends Home {
  readonly vault: Vault;
  readonly services: Services;
  readonly platform: Platform;
  /** Every request there was, oldest first. */
  readonly asked: Asked[];
  /** What was never to be shown. */
  readonly kept: string[];
  /** Answers the next request for this path in its own way, once. */
  next(path: string, answer: Answer): void;
  publish(draft: Partial<PostDraft>): Promise<DeliveryResult>;
  posts(request: PostsRequest): Promise<DeliveryResult[]>;
}

/** `describe`: what is special about the platform, told where its server is. */
export async function smallPlatform(describe: (url: string) => Partial<Platform> = () => ({})): Promise<SmallPlatform> {
  const home = await newVault();
  const { vault, clock, folder } = home;
  const asked: Asked[] = [];
  const kept: string[] = [];
  const orders: { path: string; answer: Answer }[] = [];
  const server = createServer(async (request, response) => {
    const one = await readRequest(request);
    asked.push(one);
    const index = orders.findIndex(({ path }) => path === one.path);
    const [order] = index < 0 ? [] : orders.splice(index, 1);
    if (order) await order.answer(one, response);
    else response.setHeader("content-type", "application/json").end(JSON.stringify({ id: `id-${asked.length}` }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const platform: Platform = {
    ...x,
    id: "small",
    name: "Small",
    // A vault of tests names scopes of its own.
    methods: x.methods.map((method) => (method.kind === "oauth2" ? { ...method, neededToPublish: ["write"] } : method)),
    limits: { text: { max: 100, unit: "characters", measure: utf16Units }, thread: true },
    publish: { commit: (api, { text }) => published(api, `${url}/posts`, text) },
    ...describe(url),
  };
  const http = createHttp({ version: "test", environment: {} });
  onTestFinished(() => http.close());
  const services = {
    clock: { ...clock, sleep: async (milliseconds: number) => clock.advance(milliseconds) },
    random,
    http,
    media: mediaFiles(folder),
    vault: async () => vault,
    loadPlatform: async () => platform,
    platformIds: [platform.id],
    uninterrupted: <T>(work: () => Promise<T>) => work(),
    keepSecret: (secret: string | null | undefined) => void (secret && kept.push(secret)),
    appFromEnvironment: () => ({ clientId: "client", clientSecret: "the app's secret" }),
  } as unknown as Services;
  // It does not expire while a test lasts.
  const account = await vault.connect(accountOf("acme", { platform: platform.id }), credentialOf("acme"));
  const publish = async (draft: Partial<PostDraft>) => {
    const id = random.uuid();
    const request = { id, draft: draftOf(draft), brand: "default", key: null, accounts: [account] };
    const { results } = await publishPost(services, { ...request, overQuota: false, schedule: null });
    return results[0] as DeliveryResult;
  };
  return {
    ...home,
    services,
    platform,
    asked,
    kept,
    next: (path, answer) => void orders.push({ path, answer }),
    publish,
    posts: (request) => changePosts(services, request),
  };
}

export async function published(api: Api, url: string, text: string): Promise<Published> {
  const { id } = (await api.post(url, { json: { text } })) as { id: string };
  return { remoteId: id, url: `https://small.example/${id}` };
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://small.example");
  return {
    method: request.method ?? "",
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
