import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { accountsOf, lastDocument, setting, startConnecting } from "../real/connection.ts";
import { approveInBrowser, chromiumPackage, startChromium } from "./chromium.ts";

describe.skipIf(chromiumPackage.skip)(`connecting in Chromium${chromiumPackage.note}`, () => {
  it("ends on a page without script, at an address without the code", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const { page } = await startChromium();
    const complaints: string[] = [];
    // Of our own page alone: the server's forms have complaints of their own.
    page.on("console", (message) => {
      if (message.location().url.includes("/callback/")) complaints.push(message.text());
    });
    await approveInBrowser(page, connecting.url, { login: "dora" });
    await page.waitForURL(/\/callback\/oidc\/done$/);
    expect(await page.getByRole("heading").textContent()).toBe("OpenID Connect / OAuth 2 is connected");
    expect(await page.getByText("agencyiq can now act for dora").count()).toBe(1);
    expect(await page.locator("script").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.screenshot({ path: process.env["AGENCYIQ_SCREENSHOT"] ?? join(space.folder, "connected.png") });
    expect((await connecting.ended).code).toBe(0);
    expect(await accountsOf(space)).toMatchObject([{ account: "oidc/dora" }]);
  });

  it("tells a refusal in the browser and in the terminal", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const { page } = await startChromium();
    await approveInBrowser(page, connecting.url, { deny: true });
    await page.waitForURL(/\/callback\/oidc\/done$/);
    expect(await page.getByRole("heading").textContent()).toBe("OpenID Connect / OAuth 2 was not connected");
    const ended = await connecting.ended;
    expect(ended.code).toBe(4);
    expect(lastDocument<{ error: { code: string } }>(ended).error.code).toBe("consent_denied");
  });
});
