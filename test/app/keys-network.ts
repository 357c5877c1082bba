/**
 * A network that gives out keys by hand, on loopback: they are presented in a header of its own, as user and password, or in the
 * address. It refuses what it does not know, and echoes what it was sent in doing so. Knows nothing of agencyiq.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export type Place = "header" | "basic" | "path";

export class KeysNetwork {
  url = "";
  /** Key → the id of whose it is. Deleted ones are refused. */
  readonly keys = new Map<string, string>();
  readonly posts: { by: string; text: string }[] = [];
  readonly asked: string[] = [];
  /** It answers nothing but errors of its own. */
  broken = false;
  close: () => void = () => {};

  /** `[status, body]` of one request. */
  answer(request: IncomingMessage, body: string): readonly [number, unknown] {
    const { pathname } = new URL(request.url ?? "/", "http://keys");
    const [, place = "", ...rest] = pathname.split("/");
    const key = keyOf(place as Place, request, rest);
    const action = rest.at(-1) ?? "";
    this.asked.push(`${request.method} ${place} ${action}`);
    if (this.broken) return [503, { code: "down", message: "come back later" }];
    const owner = this.keys.get(key);
    if (owner === undefined) {
      const told = `${request.url} ${JSON.stringify(request.headers)} ${body} ${key}`;
      return [place === "path" ? 404 : 401, { code: "unknown_key", message: `unknown key: ${told}` }];
    }
    if (action === "me") return [200, { id: owner, name: `Account ${owner}` }];
    if (action === "posts" && request.method === "POST") {
      this.posts.push({ by: owner, text: (JSON.parse(body) as { text: string }).text });
      return [201, { id: String(this.posts.length) }];
    }
    if (action === "key" && request.method === "DELETE") {
      this.keys.delete(key);
      return [200, {}];
    }
    return [405, { code: "no_such_call", message: "there is no such call" }];
  }
}

function keyOf(place: Place, { headers }: IncomingMessage, rest: readonly string[]): string {
  if (place === "path") return decodeURIComponent(rest.slice(0, -1).join("/").replace(/^bot/, ""));
  if (place === "header") return /^Key (.+)$/.exec(String(headers["api-key"] ?? ""))?.[1] ?? "";
  const [, basic = ""] = /^Basic (.+)$/.exec(headers.authorization ?? "") ?? [];
  return Buffer.from(basic, "base64").toString("utf8");
}

export async function startKeysNetwork(): Promise<KeysNetwork> {
  const network = new KeysNetwork();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const [status, told] = network.answer(request, body);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(told));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  network.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  network.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return network;
}
