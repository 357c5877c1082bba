/** WebSockets of the platforms that are spoken to so: `/HOST/PATH`, as everything here. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Conversation, Twin } from "./twin.ts";

const longestMessage = 1024 * 1024;

export function answerConversations(server: Server, twins: readonly Twin[]): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longestMessage });
  server.on("upgrade", (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    const host = /^\/([^/?#]+)/.exec(request.url ?? "")?.[1]?.toLowerCase() ?? "";
    const begin = twins.find(({ conversations = {} }) => Object.hasOwn(conversations, host))?.conversations?.[host];
    if (!begin || !isFromThisMachine(request)) {
      connection.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, connection, head, (socket) => begin(conversationOver(socket)));
  });
}

/** No web page's: those send where they are from. */
function isFromThisMachine({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? "") && headers.origin === undefined;
}

function conversationOver(socket: WebSocket): Conversation {
  // Whoever leaves in the middle of a message is no fault of the sandbox's.
  socket.on("error", () => socket.terminate());
  return {
    hear: (heard) => {
      socket.on("message", (data, isBinary) => {
        if (!isBinary) heard(String(data));
      });
    },
    say: (message) => socket.send(JSON.stringify(message)),
    cut: () => socket.terminate(),
  };
}
