/** Files on a loopback server, as a person would have them on one of their own: what platforms fetch. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { onTestFinished } from "vitest";
import { mediaFile } from "./connected-x.ts";

export interface MediaServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Files by name beside those of test/media. */
  readonly files: Map<string, Buffer>;
}

export async function mediaServer(): Promise<MediaServer> {
  const asked: string[] = [];
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "/").slice(1));
    asked.push(`/${name}`);
    const content = files.get(name) ?? fileIn(name);
    if (content === null) return response.writeHead(404).end("nothing here");
    return response.writeHead(200, { "content-length": content.length }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return { url: `http://127.0.0.1:${address.port}`, asked, files };
}

function fileIn(name: string): Buffer | null {
  if (!/^[\w.-]+$/.test(name)) return null;
  try {
    return readFileSync(mediaFile(name));
  } catch {
    return null;
  }
}
