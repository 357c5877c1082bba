import { expect, test } from "vitest";
import type { Http } from "../../src/domain/ports/http.ts";
import { withEndpointOverride } from "../../src/system/endpoint-override.ts";

function overridden(endpoint: string) {
  const sent: string[] = [];
  const inner: Http = {
    send: async ({ url }) => {
      sent.push(url);
      return { status: 200, headers: {}, body: new Uint8Array() };
    },
    browserUrl: async (url) => url,
    close: async () => {},
  };
  return { http: withEndpointOverride(inner, endpoint), sent };
}

test.each([
  ["https://api.x.com/2/tweets?a=b%20c", "http://127.0.0.1:8790/api.x.com/2/tweets?a=b%20c"],
  ["https://mastodon.example:8443/api", "http://127.0.0.1:8790/mastodon.example:8443/api"],
  ["https://x.com", "http://127.0.0.1:8790/x.com/"],
  ["http://127.0.0.1:3000/token", "http://127.0.0.1:3000/token"],
  ["http://localhost:3000/token", "http://localhost:3000/token"],
  ["http://[::1]:3000/token", "http://[::1]:3000/token"],
])("%s goes to %s, in the browser too", async (url, expected) => {
  for (const endpoint of ["http://127.0.0.1:8790", "http://127.0.0.1:8790/"]) {
    const { http, sent } = overridden(endpoint);
    await http.send({ method: "GET", url });
    expect(sent).toEqual([expected]);
    expect(await http.browserUrl(url)).toBe(expected);
  }
});

test.each([
  "https://evil.example",
  "http://127.0.0.1.evil.example:8790",
  "http://localhost.evil.example",
  "http://127.0.0.1@evil.example",
  "http://0.0.0.0:8790",
  "http://10.0.0.1",
  "file:///tmp/socket",
  "ftp://127.0.0.1/",
  "127.0.0.1:8790",
  "not a url",
])("%s is refused", (endpoint) => {
  expect(() => overridden(endpoint)).toThrow(expect.objectContaining({ code: "endpoint_not_loopback" }));
});
