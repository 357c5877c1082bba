import { finalizeEvent } from "nostr-tools/pure";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { secretOf } from "../../src/sandbox/nostr/people.ts";
import { clock } from "../conformance/ports.ts";
import { start } from "./start.ts";

/** One message, and the first answer to it. */
function say(url: string, message: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/relay.example.com`, { headers });
    socket.on("error", reject);
    socket.on("open", () => socket.send(JSON.stringify(message)));
    socket.on("message", (data) => {
      resolve(JSON.parse(String(data)));
      socket.close();
    });
  });
}

it("takes an event that is whole, signed and of now, once; and no web page's", async () => {
  const { url } = await start();
  const key = secretOf({ handle: "acme", name: "Acme Bakery" });
  const now = Math.floor(clock.now() / 1000);
  const event = finalizeEvent({ kind: 1, created_at: now, tags: [], content: "Bread" }, key);
  const other = finalizeEvent({ kind: 1, created_at: now, tags: [], content: "Cake" }, key);
  const early = finalizeEvent({ kind: 1, created_at: now + 3600, tags: [], content: "Bread" }, key);
  const long = finalizeEvent({ kind: 1, created_at: now, tags: [], content: "x".repeat(8193) }, key);
  const answers: [object, boolean, string][] = [
    [{ ...event, content: "Buns" }, false, "invalid: event id does not match"],
    [{ ...event, sig: other.sig }, false, "invalid: bad signature"],
    [{ ...event, tags: [1] }, false, "invalid: the event is malformed"],
    [early, false, "invalid: created_at too far in the future"],
    [long, false, "invalid: content is too long"],
    [event, true, ""],
    [event, true, "duplicate: already have this event"],
  ];
  for (const [given, taken, words] of answers) {
    expect(await say(url, ["EVENT", given])).toEqual(["OK", (given as { id: string }).id, taken, words]);
  }
  expect(await say(url, ["REQ", "s", { ids: [event.id] }])).toMatchObject(["EVENT", "s", { content: "Bread" }]);
  await expect(say(url, ["REQ", "s", {}], { origin: "https://evil.example" })).rejects.toThrow("404");
});
