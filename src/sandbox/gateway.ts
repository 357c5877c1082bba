/** `/HOST/PATH` → the twin that plays HOST, with the faults that were ordered on the way. */
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { toTimestamp } from "../domain/time.ts";
import { FaultedExchange } from "./faulted-exchange.ts";
import { harmlessFieldsOf } from "./requests.ts";
import type { Twin } from "./twin.ts";
import type { World } from "./world.ts";

type GatewayContext = Context<{ Bindings: HttpBindings }>;

const bodyLimit = 8 * 1024 * 1024;

interface Destination {
  readonly host: string;
  /** The platform's true URL. */
  readonly url: URL;
}

export function gateway(world: World, twins: readonly Twin[], ending: AbortSignal) {
  return async (context: GatewayContext): Promise<Response> => {
    const destination = destinationOf(context.req.url);
    const players = twins.filter(({ hosts }) => destination !== null && Object.hasOwn(hosts, destination.host));
    if (!destination || players.length === 0) return unknownHost(twins, context);
    const { host, url } = destination;
    const streams = context.req.method !== "GET" && players.some((twin) => twin.streams?.(url) === true);
    const body = streams ? new Uint8Array() : new Uint8Array(await context.req.arrayBuffer());
    const shown = { headers: context.req.raw.headers, form: formOf(context.req.raw, body) };
    const twin = players.find(({ claims }) => claims?.(url, shown) ?? true);
    if (!twin) return unknownHost(twins, context);
    if (body.byteLength > (twin.largestBody ?? bodyLimit)) return context.text("too large for the sandbox\n", 413);
    const path = twin.shownPath?.(url.pathname) ?? url.pathname;
    const fault = world.faults.take({ platform: twin.id, method: context.req.method, path });
    const request = streams ? streamedRequest(context.req.raw, url) : trueRequest(context.req.raw, url, body);
    const exchange = new FaultedExchange({ world, twin, fault, request, body, ending });
    const at = world.clock.now();
    const response = await exchange.run();
    world.requests.add({
      at: toTimestamp(at),
      platform: twin.id,
      method: request.method,
      host,
      path,
      status: response?.status ?? null,
      fields: { ...harmlessFieldsOf(url.searchParams), ...harmlessFieldsOf(formOf(request, body)) },
      fault: fault?.kind ?? null,
    });
    if (response) return response;
    context.env.incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  };
}

/** The first path segment is the host; the rest is kept letter by letter, as the platform would get it. */
function destinationOf(url: string): Destination | null {
  const match = /^https?:\/\/[^/]+\/([^/?#]+)([^#]*)/.exec(url);
  const host = match?.[1]?.toLowerCase() ?? "";
  const address = `https://${host}${match?.[2] || "/"}`;
  return URL.canParse(address) ? { host, url: new URL(address) } : null;
}

function unknownHost(twins: readonly Twin[], context: GatewayContext): Response {
  const hosts = twins.flatMap((twin) => Object.keys(twin.hosts));
  return context.text(
    `The sandbox plays no such host. It serves, as the first part of the path:\n${hosts.map((host) => `  /${host}\n`).join("")}`,
    404,
  );
}

function trueRequest(original: Request, url: URL, body: Uint8Array<ArrayBuffer>): Request {
  const { method } = original;
  const headers = new Headers(original.headers);
  headers.delete("host");
  return new Request(url, { method, headers, ...(method === "GET" || method === "HEAD" ? {} : { body }) });
}

/** The body as it comes in: a file of any size, and half of one where the connection is cut. */
function streamedRequest(original: Request, url: URL): Request {
  const headers = new Headers(original.headers);
  headers.delete("host");
  const init = { method: original.method, headers, body: original.body, duplex: "half" };
  return new Request(url, init as RequestInit);
}

function formOf(request: Request, body: Uint8Array): URLSearchParams {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers.get("content-type") ?? "");
  return new URLSearchParams(isForm ? new TextDecoder().decode(body) : "");
}
