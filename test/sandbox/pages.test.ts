import { expect, test } from "vitest";
import { start } from "./start.ts";
import { XClient } from "./x-client.ts";

test("the timeline shows posts newest first, escaped, with a link to each", async () => {
  const client = new XClient(await start());
  const tokens = await client.connect();
  await client.post(tokens, { text: "First <script>alert(1)</script>" });
  await client.post(tokens, { text: 'Second https://example.com/?a="b&c' });
  const page = await (await fetch(`${client.url}/timeline`)).text();
  expect(page.indexOf("Second")).toBeLessThan(page.indexOf("First"));
  expect(page).toContain("First &lt;script&gt;");
  expect(page).not.toContain("<script");
  const link = /href="(\/x\.com\/acme\/status\/\d+)"/.exec(page)?.[1];
  expect(await (await fetch(`${client.url}${link}`)).text()).toContain("Second");
  const json = await (await fetch(`${client.url}/timeline.json`)).json();
  expect(json).toMatchObject({
    posts: [
      { platform: "x", author: { handle: "acme", name: "Acme Bakery" }, url: /^https:\/\/x\.com\/acme\/status\/\d+$/ },
      { text: "First <script>alert(1)</script>", replyTo: null },
    ].map((post) => ({ ...post, ...("url" in post ? { url: expect.stringMatching(post.url as RegExp) } : {}) })),
  });
  expect(await (await fetch(`${client.url}/timeline?platform=other`)).text()).toContain("Nothing published yet");
});

test("the overview gives the lines to export", async () => {
  const { url } = await start();
  const page = await (await fetch(url)).text();
  for (const line of [
    `export AGENCYIQ_ENDPOINT_URL=${url}`,
    "export AGENCYIQ_X_CLIENT_ID=sandbox-x-client",
    "export AGENCYIQ_X_CLIENT_SECRET=sandbox-x-secret",
  ]) {
    expect(page).toContain(line);
  }
});
