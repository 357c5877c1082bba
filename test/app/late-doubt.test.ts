/** A try that a platform's quota put off beyond the day that tries take: its lost answer is looked for as any other is. */
import { expect, test } from "vitest";
import { accountOf, credentialOf, tokens } from "../vault/home.ts";
import { published, smallPlatform } from "./small-platform.ts";

test("a lost answer to a try after a quota's wait is looked for, and the post found", async () => {
  let looks = 0;
  const small = await smallPlatform((url) => ({
    publish: {
      commit: (api, { text }) => published(api, `${url}/posts`, text),
      confirm: async () => {
        looks += 1;
        return looks === 1 ? undefined : { remoteId: "1", url: "https://small.example/1" };
      },
    },
  }));
  const credential = { ...credentialOf("acme"), tokens: tokens("acme", { accessExpiresAt: null }) };
  await small.vault.connect(accountOf("acme", { platform: "small" }), credential);
  small.next("/posts", (_asked, response) => response.writeHead(429, { "retry-after": "90000" }).end("{}"));
  const { delivery } = await small.publish({ text: "hi" });
  expect(delivery).toMatchObject({ state: "retrying" });
  small.clock.advance(90_000_000);
  small.next("/posts", (_asked, response) => response.destroy());
  const [result] = await small.posts({ action: "send", ids: [delivery.id], overQuota: false });
  expect(looks).toBeGreaterThan(0);
  expect(result?.delivery.state).toBe("published");
});
