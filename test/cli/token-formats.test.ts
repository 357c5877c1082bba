import { expect, test } from "vitest";
import type { HandedToken } from "../../src/app/operations.ts";
import { tokenFormats } from "../../src/cli/tokens/token-formats.ts";
import { Failure } from "../../src/domain/failure.ts";
import type { ConnectedAccount } from "../../src/domain/ports/vault.ts";
import type { Presentation } from "../../src/platforms/platform.ts";

const account = { brand: "default", platform: "dev-to", handle: "acme" } as ConnectedAccount;
const token: HandedToken = {
  accessToken: "ünser:it's",
  tokenType: "Bearer",
  expiresAt: null,
  warning: null,
  method: "key",
  inPlaceOf: null,
};

function written(format: string, presentation?: Presentation): string | undefined {
  try {
    return tokenFormats[format]?.(account, token, presentation);
  } catch (error) {
    return error instanceof Failure ? `${error.code}: ${error.message}` : String(error);
  }
}

const cannot = "platform_cannot: dev-to/acme has no token that another program could present";

test.each<[Presentation | undefined, string, string]>([
  [undefined, "header", "Authorization: Bearer ünser:it's"],
  [{ in: "header", name: "api-key" }, "header", "api-key: ünser:it's"],
  [{ in: "header", name: "Authorization", prefix: "Bot " }, "header", "Authorization: Bot ünser:it's"],
  [{ in: "basic" }, "header", `Authorization: Basic ${Buffer.from("ünser:it's").toString("base64")}`],
  [{ in: "path" }, "header", "platform_cannot: dev-to/acme: its key is a part of the address, not of a header"],
  [{ in: "path" }, "token", "ünser:it's"],
  [{ in: "basic" }, "env", "export DEV_TO_ACCESS_TOKEN='ünser:it'\\''s'"],
  ...["token", "header", "env", "json"].map((format): [Presentation, string, string] => [
    { in: "nothing" },
    format,
    cannot,
  ]),
])("a token presented as %o is written as %s", (presentation, format, expected) => {
  expect(written(format, presentation)).toBe(expected);
});

test("JSON tells how it is presented, and no type of token that it has not", () => {
  expect(JSON.parse(written("json") ?? "")).toMatchObject({ tokenType: "Bearer", presentation: null });
  const key = JSON.parse(written("json", { in: "header", name: "api-key" }) ?? "");
  expect(key).toMatchObject({ tokenType: null, presentation: { in: "header", name: "api-key" } });
});
