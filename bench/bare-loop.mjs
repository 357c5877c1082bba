// The same requests as a sweep sends, with the same concurrency, and nothing stored: what the machine can do at best.
import { Agent, request } from "undici";

const [url, count, concurrency] = process.argv.slice(2);
const dispatcher = new Agent();
const body = `grant_type=refresh_token&refresh_token=${"x".repeat(64)}&client_id=bench`;
const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
let begun = 0;
const started = performance.now();
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (begun++ < Number(count)) {
      // A connection of its own, as every token request has.
      const response = await request(url, { method: "POST", dispatcher, headers, body, reset: true });
      await response.body.json();
    }
  }),
);
process.send?.({ time: performance.now() - started, peak: process.resourceUsage().maxRSS / 1024 });
await dispatcher.destroy();
