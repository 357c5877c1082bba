/** The daemon's protocol on the wire: one JSON document a line, UTF-8. */
import type { Socket } from "node:net";

/** Of this protocol; another number is another protocol. */
export const agentProtocol = 1;

/** Bytes of a line at most, either way: room for a refresh of a hundred thousand accounts. */
export const lineLimit = 16 * 1024 * 1024;

/** What a line is: an object, whose fields are still to be checked. */
export type Message = Readonly<Record<string, unknown>>;

/**
 * Calls `receive` with every whole line in order. A line that is too long or no JSON object ends the connection:
 * whoever speaks like this is not one of us.
 */
export function receiveLines(socket: Socket, receive: (message: Message) => void, limit = lineLimit): void {
  let parts: Buffer[] = [];
  let length = 0;
  socket.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1 && !socket.destroyed; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]);
      parts = [];
      length = 0;
      from = end + 1;
      const message = line.length > limit ? null : parsed(line);
      if (message === null) return void socket.destroy();
      receive(message);
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > limit) socket.destroy();
  });
}

function parsed(line: Buffer): Message | null {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Message) : null;
  } catch {
    return null;
  }
}

/** @returns null for what is too long to be sent */
export function lineOf(message: Message, limit = lineLimit): Buffer | null {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  return line.length > limit ? null : line;
}
