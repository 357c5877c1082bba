/** Conversations over WebSockets (RFC 6455). */
import { Failure } from "../domain/failure.ts";
import { isLoopbackHost } from "../domain/loopback.ts";
import type { Converse } from "../domain/ports/conversation.ts";
import type { Http } from "../domain/ports/http.ts";
import { seconds } from "../domain/time.ts";

/** No message of a relay is longer than this (bytes): one that is ends the conversation. */
const longestMessage = 1024 * 1024;

/** By way of the endpoint override, where there is one: it is `http`'s to say where a URL leads. */
export function conversations(http: Http, stopping: AbortSignal): Converse {
  return async (url, { send, heard, timeout, changes = false }) => {
    const { WebSocket } = await import("ws");
    const { host, hostname, protocol } = new URL(url);
    if (protocol !== "wss:" && !isLoopbackHost(hostname)) throw failed(host, `${protocol} is not wss:`);
    const place = await http.browserUrl(url.replace(/^ws/, "http"));
    const socket = new WebSocket(place.replace(/^http/, "ws"), { maxPayload: longestMessage });
    const limit = AbortSignal.timeout(seconds(timeout));
    const signal = AbortSignal.any([limit, stopping]);
    let left = false;
    try {
      await new Promise<void>((resolve, reject) => {
        const fail = (why: string) => reject(left && changes ? doubtful(host, why) : failed(host, why));
        const end = () => fail(stopping.aborted ? "stopped" : `no answer in ${timeout} s`);
        if (signal.aborted) end();
        signal.addEventListener("abort", end);
        socket.on("error", ({ message }) => fail(message));
        socket.on("close", (code) => fail(`closed: ${code}`));
        socket.on("open", () => {
          left = true;
          for (const message of send) socket.send(message);
        });
        socket.on("message", (data, isBinary) => {
          if (!isBinary && heard(String(data))) resolve();
        });
      });
    } finally {
      // Whoever does not answer is not waited for.
      socket.terminate();
    }
  };
}

function failed(host: string, why: string): Failure {
  return new Failure("network", `${host} could not be talked to (${why})`, { hint: "run it again later" });
}

function doubtful(host: string, why: string): Failure {
  return new Failure("delivery_unknown", `no answer came back from ${host} (${why}); it may have been done`);
}
