// A token endpoint with nothing behind it: a bare Node HTTP server, which is also what the sweep's memory is measured against.
import { createServer } from "node:http";

let given = 0;
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    given += 1;
    const mark = `${String(given).padStart(12, "0")}${"x".repeat(52)}`;
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ access_token: `a${mark}`, refresh_token: `r${mark}`, token_type: "bearer", expires_in: 7200 }),
    );
  });
});
server.listen(0, "127.0.0.1", 1024, () => process.send?.(server.address().port));
