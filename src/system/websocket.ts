/** Conversations over WebSockets (RFC 6455), with undici's implementation. */
import { Failure } from "../domain/failure.ts";
import type { Converse } from "../domain/ports/conversation.ts";
import type { Http } from "../domain/ports/http.ts";
import { seconds } from "../domain/time.ts";

/** By way of the endpoint override, where there is one: it is `http`'s to say where a URL leads. */
export function conversations(http: Http, stopping: AbortSignal): Converse {
  return async (url, { send, heard, timeout }) => {
    const { WebSocket } = await import("undici");
    const place = await http.browserUrl(url.replace(/^ws/, "http"));
    const { host } = new URL(url);
    const signal = AbortSignal.any([AbortSignal.timeout(seconds(timeout)), stopping]);
    const socket = new WebSocket(place.replace(/^http/, "ws"));
    try {
      await new Promise<void>((resolve, reject) => {
        const fail = (why: string) =>
          reject(new Failure("network", `${host} could not be talked to (${why})`, { hint: "run it again later" }));
        signal.addEventListener("abort", () => fail(stopping.aborted ? "stopped" : `no answer in ${timeout} s`));
        socket.addEventListener("error", ({ message }) => fail(message || "no connection"));
        socket.addEventListener("close", ({ code }) => fail(`closed: ${code}`));
        socket.addEventListener("open", () => {
          for (const message of send) socket.send(message);
        });
        socket.addEventListener("message", ({ data }) => {
          if (typeof data === "string" && heard(data)) resolve();
        });
      });
    } finally {
      socket.close();
    }
  };
}
