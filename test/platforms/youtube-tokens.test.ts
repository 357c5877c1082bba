import { expect, it } from "vitest";
import { tokenInfo } from "../../src/platforms/google/token-info.ts";
import { youtube } from "../../src/platforms/youtube.ts";
import { connectedYouTube } from "./connected-youtube.ts";

it("says what Google says of a token: a good one, and one that it does not know", async () => {
  const { api, by } = await connectedYouTube();
  expect(await youtube.check(api)).toMatchObject({
    say: "channel acme",
    scopes: expect.any(Array),
  });
  // tokeninfo's word for it, and not the API's.
  await expect(tokenInfo(by("ya29.unknown"))).rejects.toMatchObject({
    code: "needs_reauth",
    message: expect.stringContaining("Invalid Value"),
  });
});
