import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Http, HttpRequest } from "../../src/domain/ports/http.ts";
import { HttpFailure } from "../../src/domain/ports/http.ts";
import { systemClock } from "../../src/system/clock.ts";
import { withTrace } from "../../src/system/http-trace.ts";
import { Redactor } from "../../src/system/redaction.ts";

const secret = 'aB3/x+y=z "quoted\\" ~*ü';

function redactor(...secrets: string[]): Redactor {
  const made = new Redactor();
  for (const one of secrets) made.keep(one);
  return made;
}

describe("a secret is replaced", () => {
  test.each([
    ["as it is", secret],
    ["in JSON", JSON.stringify({ token: secret })],
    ["in a query", `?token=${encodeURIComponent(secret)}&a=b`],
    ["in a query with small letters", `?token=${encodeURIComponent(secret).toLowerCase()}`.replace("ab3", "aB3")],
    ["in a form", new URLSearchParams({ token: secret }).toString()],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    ["in a Basic header", `Basic ${Buffer.from(`client:${secret}`).toString("base64")}`],
    ["in a Basic header of another id", `Basic ${Buffer.from(`client1:${secret}`).toString("base64")}`],
    ["in a Basic header of a third id", `Basic ${Buffer.from(`client12:${secret}`).toString("base64")}`],
  ])("%s", (_name, text) => {
    const told = redactor(secret).redact(`before ${text} after`);
    expect(told).toContain("[secret]");
    expect(told).toMatch(/^before .* after$/);
  });
});

test("in base64 wherever it stands, so little is left that it cannot be had back", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 20 }),
      fc.stringMatching(/^[\x21-\x7e]{8,40}$/),
      fc.uint8Array({ maxLength: 20 }),
      (before, middle, after) => {
        const text = Buffer.concat([before, Buffer.from(middle), after]).toString("base64");
        const told = redactor(middle).redact(text);
        expect(told).toContain("[secret]");
        // Two characters at each end may hold a few of its bits.
        const rest = told.replaceAll("[secret]", "").replaceAll("=", "");
        expect(rest.length).toBeLessThanOrEqual(Math.ceil(((before.length + after.length) * 8) / 6) + 3);
      },
    ),
  );
});

test("the longer of two that overlap is replaced whole", () => {
  expect(redactor("12345678", "12345678-and-more").redact("x 12345678-and-more y")).toBe("x [secret] y");
});

test("short texts, nothing and null are not kept: they could be any word", () => {
  const made = new Redactor();
  for (const text of ["", "x", "publish", null, undefined]) made.keep(text);
  expect(made.redact("publish x")).toBe("publish x");
});

describe("the trace of --debug", () => {
  function traced(send: Http["send"]) {
    const lines: string[] = [];
    const http = withTrace({ send, browserUrl: async (url) => url, close: async () => {} }, systemClock, (line) => {
      lines.push(line);
    });
    return { http, lines };
  }
  const request: HttpRequest = {
    method: "POST",
    url: "https://api.x.com/2/oauth2/token?code=secret-code#part",
    body: "refresh_token=secret-token",
    headers: { authorization: "Bearer secret-header" },
  };

  test("is a line without query, headers or body", async () => {
    const { http, lines } = traced(async () => ({ status: 200, headers: {}, body: Buffer.from("secret-answer") }));
    await http.send(request);
    expect(lines).toEqual([expect.stringMatching(/^POST https:\/\/api\.x\.com\/2\/oauth2\/token 200 \d+ ms$/)]);
  });

  test("tells a failure and whether the request left, and passes it on", async () => {
    const failure = new HttpFailure("ECONNREFUSED", "refused", false);
    const { http, lines } = traced(() => Promise.reject(failure));
    await expect(http.send(request)).rejects.toBe(failure);
    expect(lines).toEqual([expect.stringContaining("ECONNREFUSED, not sent")]);
  });
});
