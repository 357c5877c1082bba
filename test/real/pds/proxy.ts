/** Stands before a PDS and hands everything on; an answer can be kept back, and what waits for it killed. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Proxy {
  readonly url: string;
  /** Called once, when the server answered a request at this path; the answer is not given. */
  swallow(path: string, then: () => void): void;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<Proxy> {
  let order: { path: string; then: () => void } | null = null;
  const server = createServer(async (request, response) => {
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? "GET",
      headers: headersOf(request),
      ...(request.method === "POST" ? { body: await buffer(request) } : {}),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (order && request.url?.startsWith(order.path)) {
      const { then } = order;
      order = null;
      then();
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallow: (path, then) => {
      order = { path, then };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const kept = ["authorization", "content-type", "dpop"];
  return Object.fromEntries(kept.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
}
