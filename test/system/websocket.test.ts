/** Conversations with a real WebSocket server on loopback, by way of the endpoint override. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { Failure } from "../../src/domain/failure.ts";
import { withEndpointOverride } from "../../src/system/endpoint-override.ts";
import { createHttp } from "../../src/system/http.ts";
import { conversations } from "../../src/system/websocket.ts";

const opened: { path: string; closed: Promise<number> }[] = [];
const server = createServer((_request, response) => void response.writeHead(404).end());
const sockets = new WebSocketServer({ noServer: true });
const http = createHttp({ version: "test", environment: {} });
let url = "";

/** By path: what is done with a conversation. */
const manners: Readonly<Record<string, (socket: WebSocket) => void>> = {
  "/relay.example/echo?room=1": (socket) => {
    socket.send("hello");
    socket.send(Buffer.from("not text"));
    socket.on("message", (data) => socket.send(`you said ${data}`));
  },
  "/relay.example/silent": () => {},
  "/relay.example/rude": (socket) => socket.close(1008),
  "/relay.example/endless": (socket) => socket.send("x".repeat(1024 * 1024 + 1)),
};

beforeAll(async () => {
  server.on("upgrade", (request, socket, head) => {
    const manner = manners[request.url ?? ""];
    if (!manner) return void socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (talking) => {
      talking.on("error", () => {});
      opened.push({ path: request.url ?? "", closed: new Promise((resolve) => talking.on("close", resolve)) });
      manner(talking);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await http.close();
  server.close();
  server.closeAllConnections();
});

const never = new AbortController().signal;
const talk = (
  path: string,
  given: { timeout?: number; stopping?: AbortSignal; heard?: (text: string) => boolean; changes?: true } = {},
) =>
  conversations(withEndpointOverride(http, url), given.stopping ?? never)(`wss://relay.example/${path}`, {
    send: ["one", "two"],
    heard: given.heard ?? (() => false),
    timeout: given.timeout ?? 10,
    ...(given.changes ? { changes: true } : {}),
  });

it("goes where the endpoint override leads, says everything at once and hears texts until it has heard enough", async () => {
  const heard: string[] = [];
  await talk("echo?room=1", {
    heard: (text) => {
      heard.push(text);
      return text === "you said two";
    },
  });
  expect(heard).toEqual(["hello", "you said one", "you said two"]);
  // And hangs up.
  expect(opened.at(-1)?.path).toBe("/relay.example/echo?room=1");
  await opened.at(-1)?.closed;
});

it.each([
  ["silent", { timeout: 0.2 }, /no answer in 0.2 s/],
  ["rude", {}, /closed: 1008/],
  ["endless", {}, /Max payload size exceeded/],
  ["nowhere", {}, /403/],
  ["silent", { stopping: AbortSignal.abort() }, /stopped/],
])("fails where it cannot be had: %s %o", async (path, given, why) => {
  const failure = await talk(path, given).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({ code: "network", message: expect.stringMatching(why) });
  expect((failure as Failure).message).toMatch(/^relay\.example could not be talked to/);
});

it.each([
  ["silent", { timeout: 0.2 }, "delivery_unknown"],
  ["rude", {}, "delivery_unknown"],
  ["nowhere", {}, "network"],
  ["silent", { stopping: AbortSignal.abort() }, "network"],
])("does not know of what changes something and left without an answer: %s %o", async (path, given, code) => {
  await expect(talk(path, { ...given, changes: true })).rejects.toMatchObject({ code });
});

it("gives up on a server that never finishes the handshake, in its time", async () => {
  const mute = createTcpServer(() => {});
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  const { port } = mute.address() as AddressInfo;
  const asked = conversations(http, never)(`ws://127.0.0.1:${port}/`, { send: [], heard: () => true, timeout: 0.2 });
  await expect(asked).rejects.toMatchObject({
    code: "network",
    message: expect.stringContaining("no answer in 0.2 s"),
  });
  mute.close();
});

it("does not talk in the clear to another machine", async () => {
  const asked = conversations(http, never)("ws://relay.example/", { send: [], heard: () => true, timeout: 1 });
  await expect(asked).rejects.toMatchObject({ message: expect.stringContaining("ws: is not wss:") });
});
