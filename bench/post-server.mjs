// Takes posts at once: X's `POST /2/tweets` and a Discord webhook, each answered with the least that a client reads.
import { createServer } from "node:http";

let given = 0n;
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    given += 1n;
    const id = String(1_900_000_000_000_000_000n + given);
    const answer = request.url.endsWith("/2/tweets") ? { data: { id, text: "hello" } } : { id, channel_id: "1" };
    response.writeHead(request.url.endsWith("/2/tweets") ? 201 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address().port));
