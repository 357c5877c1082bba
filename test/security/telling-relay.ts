/** Stands before the sandbox, and can answer in its place with a secret that it was sent: as a platform that says too much. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";

export interface TellingRelay {
  readonly url: string;
  /** From now on whatever brings a token, or one of these, is told back with this status; null: all gets through. */
  tell(status: number | null, secrets?: readonly string[]): void;
  close(): Promise<void>;
}

export async function startTellingRelay(target: string): Promise<TellingRelay> {
  const { hostname, port } = new URL(target);
  let telling: number | null = null;
  let told: readonly string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const { method, url, headers } = incoming;
    const words = wordsOf(incoming, body);
    const isSecret = headers.authorization !== undefined || told.some((secret) => words.includes(secret));
    if (telling !== null && isSecret) return toldBack(outgoing, telling, words);
    // A connection each: one that is kept may be closed just when it is used again.
    const onward = request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once("error", () => outgoing.destroy());
    return void onward.end(body);
  });
  // A WebSocket, byte for byte.
  server.on("upgrade", ({ method, url, rawHeaders }, socket, head) => {
    const onward = connect(Number(port), hostname, () => {
      const fields = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
      onward.write(`${[`${method} ${url} HTTP/1.1`, ...fields].join("\r\n")}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const [one, other] of [
      [onward, socket],
      [socket, onward],
    ] as const)
      one.once("error", () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    tell: (status, secrets = []) => {
      telling = status;
      told = secrets;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** What it was sent, and what that is in the clear. */
function wordsOf({ headers, url = "" }: IncomingMessage, body: Buffer): string {
  const { authorization = "", "api-key": apiKey = "" } = headers;
  const [scheme, credentials = ""] = authorization.split(" ");
  const decoded = scheme === "Basic" ? Buffer.from(credentials, "base64").toString() : "";
  return `${authorization} ${apiKey} ${decoded} ${url} ${body}`;
}

/** In every field that one of the platforms reads its words from. */
function toldBack(outgoing: ServerResponse, status: number, words: string): void {
  const body = { ok: false, error: words, message: words, description: words, code: "told", error_code: status };
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
