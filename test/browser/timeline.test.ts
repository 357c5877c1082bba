import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { start } from "../sandbox/start.ts";
import { seen, XClient } from "../sandbox/x-client.ts";
import { chromiumPackage, startChromium } from "./chromium.ts";

describe.skipIf(chromiumPackage.skip)(`the sandbox's timeline in Chromium${chromiumPackage.note}`, () => {
  it("shows a picture with its alt text under its own rules, and the way through a thread", async () => {
    const client = new XClient(await start());
    const tokens = await client.connect();
    const id = await client.upload(tokens, "image/jpeg", new Uint8Array(readFileSync(mediaFile("photo.jpg"))));
    await client.describe(tokens, id, 'A loaf "of rye"');
    const { body } = await seen(await client.post(tokens, { text: "Rye", media: { media_ids: [id] } }));
    await client.post(tokens, { text: "And spelt", reply: { in_reply_to_tweet_id: body.data.id } });
    const { page } = await startChromium();
    const complaints: string[] = [];
    page.on("console", (message) => {
      // Asked for by the browser, not by the page.
      if (!message.location().url.endsWith("/favicon.ico")) complaints.push(message.text());
    });
    await page.goto(`${client.url}/timeline`);
    const picture = page.getByRole("img", { name: 'A loaf "of rye"' });
    await picture.scrollIntoViewIfNeeded();
    await expect
      .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBeGreaterThan(0);
    await page.getByText("in reply to").getByRole("link").click();
    expect(await page.getByRole("article").allInnerTexts()).toEqual([
      expect.stringContaining("thread, part 1 of 2"),
      expect.stringContaining("And spelt"),
    ]);
    expect(complaints).toEqual([]);
  });
});
