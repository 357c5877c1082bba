/** A small OAuth 2 server, and X's OAuth 1.0a, whose every secret carries a mark, and whose error answers echo what they were sent. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, type Echo, echoed, type Sent } from "./echo.ts";
import { answersOfFacebook } from "./marked-facebook.ts";
import { answersOfX } from "./marked-x.ts";

/** With characters that look different in a URL. */
export const mark = "PLANTED/7f+3a9c=q";

export interface MarkedServer {
  readonly url: string;
  /** From now on everything is refused. null: no longer. */
  refuse(echo: Echo | null): void;
  /** What came to addresses below `/hook`. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

export async function startMarkedServer(): Promise<MarkedServer> {
  let count = 0;
  let echo: Echo | null = null;
  const secret = (kind: string) => `${mark}-${kind}-${++count}-${"x".repeat(20)}`;
  const tokens = () => ({
    access_token: secret("access"),
    refresh_token: secret("refresh"),
    token_type: "Bearer",
    expires_in: 2,
  });
  const answers: Record<string, (sent: Sent) => Answer> = {
    "/token": (sent) => (echo ? [400, refusal("invalid_grant", sent, echo)] : [200, tokens()]),
    "/userinfo": (sent) =>
      echo
        ? [401, refusal("invalid_token", sent, echo)]
        : [200, { sub: "1", preferred_username: "ann", name: "Ann", url: null }],
    "/revoke": (sent) => (echo ? [503, refusal("temporarily_unavailable", sent, echo)] : [200, {}]),
    ...answersOfFacebook(secret, () => echo),
    ...answersOfX(secret, () => echo),
  };
  const told: string[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/authorize") return redirect(url, secret("code"), response);
    const sent = { url, body: await bodyOf(request), authorization: request.headers.authorization ?? "" };
    if (url.pathname.startsWith("/hook")) {
      told.push(sent.body);
      const said = `${request.url} ${JSON.stringify(request.headers)} ${sent.body}`;
      return response.writeHead(echo ? 500 : 200).end(echo === "cut" ? `${"so ".repeat(35)}${said}` : said);
    }
    const answer = answers[url.pathname]?.(sent) ?? [404, {}];
    if (answer instanceof URL) return response.writeHead(302, { location: answer.href }).end();
    const [status, body] = answer;
    if (typeof body === "string") return response.writeHead(status).end(body);
    return response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    told,
    refuse: (next) => {
      echo = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(error: string, sent: Sent, echo: Echo) {
  const form = new URLSearchParams(sent.body);
  const token =
    form.get("refresh_token") ?? form.get("code") ?? form.get("token") ?? sent.authorization.replace("Bearer ", "");
  return { error, error_description: echoed(sent, token, echo) };
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
