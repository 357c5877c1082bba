/** A receiver of webhooks on a free loopback port; it may hang, fail, or be verified by a library that we did not write. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HookAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HookServer {
  readonly url: string;
  /** Every request that arrived, in order, answered or not. */
  readonly received: readonly Received[];
  /** Resolves once so many have arrived. */
  arrived(count: number): Promise<void>;
}

/** `answer` decides on each request; one that never resolves hangs. */
export async function startHookServer(
  answer: (request: Received) => HookAnswer | Promise<HookAnswer> = () => ({ status: 204 }),
): Promise<HookServer> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => null);
    // Cut off before it was complete: as good as never sent.
    if (body === null) return;
    const one = { path: request.url ?? "", headers: request.headers, body };
    received.push(one);
    for (const look of waiting) look();
    const { status, headers = {}, body: said = "" } = await answer(one);
    response.writeHead(status, headers).end(said);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    arrived: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
