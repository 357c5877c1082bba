/** A small OAuth 2 server whose every secret carries a mark, and whose error answers echo what they were sent. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const mark = "PLANTED7f3a9c";

export interface MarkedServer {
  readonly url: string;
  /** From now on the token endpoint refuses, echoing the request in its description. */
  refuse(): void;
  close(): Promise<void>;
}

export async function startMarkedServer(): Promise<MarkedServer> {
  let count = 0;
  let refusing = false;
  const secret = (kind: string) => `${mark}-${kind}-${++count}-${"x".repeat(20)}`;
  const answers: Record<string, (body: string, url: URL) => [number, unknown]> = {
    "/token": (body) =>
      refusing
        ? [400, { error: "invalid_grant", error_description: `no longer valid: ${decodeURIComponent(body)}` }]
        : [
            200,
            { access_token: secret("access"), refresh_token: secret("refresh"), token_type: "Bearer", expires_in: 2 },
          ],
    "/userinfo": () =>
      refusing ? [401, { error: "invalid_token" }] : [200, { sub: "1", preferred_username: "ann", name: "Ann" }],
    "/revoke": (body) => (refusing ? [503, { error: "temporarily_unavailable", error_description: body }] : [200, {}]),
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/authorize") return redirect(url, secret("code"), response);
    const [status, answer] = answers[url.pathname]?.(await bodyOf(request), url) ?? [404, {}];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    refuse: () => {
      refusing = true;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function redirect(url: URL, code: string, response: ServerResponse): void {
  const to = new URL(url.searchParams.get("redirect_uri") ?? "");
  to.searchParams.set("code", code);
  to.searchParams.set("state", url.searchParams.get("state") ?? "");
  response.writeHead(302, { location: to.href }).end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
