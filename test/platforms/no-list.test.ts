/** A page that something in between answers with, status 200, in place of a list: it does not say that a post is not there. */
import { expect, it } from "vitest";
import { devto } from "../../src/platforms/devto.ts";
import { pinterest } from "../../src/platforms/pinterest.ts";
import type { Api, Platform, Publishing } from "../../src/platforms/platform.ts";
import { reddit } from "../../src/platforms/reddit.ts";
import { tumblr } from "../../src/platforms/tumblr.ts";
import { wordpress } from "../../src/platforms/wordpress.ts";
import { apiOf } from "../app/platform-client.ts";
import { message, rememberedSteps } from "./connected-x.ts";

const cases: readonly (readonly [string, Platform, object])[] = [
  ["reddit", reddit, { kind: "self", subreddit: "u_acme", flair: null, assets: [], before: [] }],
  ["tumblr", tumblr, { before: [] }],
  ["pinterest", pinterest, { board: "1", section: null, video: null, before: [] }],
  ["devto", devto, { id: 1, existed: false }],
  ["wordpress", wordpress, { images: [], video: null, tags: [], categories: [] }],
];

it.each(cases)("%s", async (_id, platform, prepared) => {
  const publishing = platform.publish as Required<Publishing>;
  const confirm = (answer: unknown) => {
    const bare = apiOf(platform, "any");
    const api: Api = {
      ...bare,
      get: async () => answer,
      app: async () => ({ clientId: "client", clientSecret: null }),
      facts: { username: "acme", blog: "acme" },
      instance: "https://blog.example.com/wp-json",
    };
    const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
    return publishing.confirm(api, message({ title: "Rye", text: "Three days" }), sending, 0);
  };
  // As the API's body is where it is no JSON.
  await expect(confirm(undefined)).rejects.toMatchObject({ code: "platform_fault" });
});

it("wordpress: of posts that were not asked for none is it", async () => {
  const publishing = wordpress.publish as Required<Publishing>;
  const get = async () => [{ id: 1, slug: "hello-world", link: "https://blog.example.com/hello-world/" }];
  const api: Api = { ...apiOf(wordpress, "any"), get, instance: "https://blog.example.com/wp-json" };
  const sending = { prepared: {}, idempotencyKey: "key", step: rememberedSteps().step };
  await expect(publishing.confirm(api, message({ title: "Rye" }), sending, 0)).rejects.toMatchObject({
    code: "platform_fault",
  });
});
