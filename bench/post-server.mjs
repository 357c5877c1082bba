// Takes posts at once: X's `POST /2/tweets`, its chunked uploads, and a Discord webhook, each answered with the least that a
// client reads.
import { createServer } from "node:http";

let given = 1_900_000_000_000_000_000n;

const answers = [
  { path: "/2/tweets", status: 201, body: (id) => ({ data: { id, text: "hello" } }) },
  { path: "/media/upload/initialize", status: 200, body: (id) => ({ data: { id, expires_after_secs: 86_400 } }) },
  { path: "/append", status: 200, body: () => ({ data: {} }) },
  { path: "/finalize", status: 200, body: (id) => ({ data: { id } }) },
  { path: "", status: 200, body: (id) => ({ id, channel_id: "1" }) },
];

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    given += 1n;
    const { status, body } = answers.find(({ path }) => request.url.endsWith(path));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body(String(given))));
  });
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address().port));
