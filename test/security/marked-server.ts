/** A small OAuth 2 server whose every secret carries a mark, and whose error answers echo what they were sent. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** With characters that look different in a URL. */
export const mark = "PLANTED/7f+3a9c=q";

/**
 * How a refusal tells the request back: decoded; as it was sent; or so late in the text that a secret is cut in two where
 * the text is shortened.
 */
export type Echo = "decoded" | "raw" | "cut";

export interface MarkedServer {
  readonly url: string;
  /** From now on everything is refused. null: no longer. */
  refuse(echo: Echo | null): void;
  /** What came to addresses below `/hook`. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

type Answer = [status: number, body: unknown];

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
  };
  const told: string[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/authorize") return redirect(url, secret("code"), response);
    const sent = { body: await bodyOf(request), authorization: request.headers.authorization ?? "" };
    if (url.pathname.startsWith("/hook")) {
      told.push(sent.body);
      const said = `${request.url} ${JSON.stringify(request.headers)} ${sent.body}`;
      response.writeHead(echo ? 500 : 200).end(echo === "cut" ? `${"so ".repeat(35)}${said}` : said);
      return;
    }
    const [status, answer] = answers[url.pathname]?.(sent) ?? [404, {}];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
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

interface Sent {
  readonly body: string;
  readonly authorization: string;
}

function refusal(error: string, { body, authorization }: Sent, echo: Echo) {
  const raw = `${authorization} ${body}`;
  const form = new URLSearchParams(body);
  const token =
    form.get("refresh_token") ?? form.get("code") ?? form.get("token") ?? authorization.replace("Bearer ", "");
  const said = { raw, decoded: decodeURIComponent(raw), cut: `${"so ".repeat(57)}${token}` };
  return { error, error_description: said[echo] };
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
