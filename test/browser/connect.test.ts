import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { accountsOf, lastDocument, setting, startConnecting } from "../real/connection.ts";
import { approveInBrowser, chromiumPackage, startChromium } from "./chromium.ts";

describe.skipIf(chromiumPackage.skip)(`connecting in Chromium${chromiumPackage.note}`, () => {
  it("ends on a page without script, at an address without the code", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const { page } = await startChromium({ script: false });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const complaints: string[] = [];
    // Of our own page alone: the server's forms have complaints of their own.
    page.on("console", (message) => {
      if (message.location().url.includes("/callback/")) complaints.push(message.text());
    });
    await approveInBrowser(page, connecting.url, { login: "dora" });
    await page.waitForURL(/\/callback\/oidc\/done$/);
    expect(await page.getByRole("heading").textContent()).toBe("OpenID Connect / OAuth 2 is connected");
    expect(await page.getByText("agencyiq can now act for dora").count()).toBe(1);
    expect(page.url()).toBe(`${connecting.redirectUri}/done`);
    expect(complaints).toEqual([]);
    // The page fetches nothing: after the callback comes only the address it is shown at.
    const callback = asked.findIndex((url) => url.startsWith(`${connecting.redirectUri}?`));
    expect(callback).toBeGreaterThan(0);
    expect(asked.slice(callback + 1)).toEqual([page.url()]);
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

  it("leaves no code in the browser's history", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const { page } = await startChromium();
    await approveInBrowser(page, connecting.url);
    await page.waitForURL(/\/callback\/oidc\/done$/);
    expect((await connecting.ended).code).toBe(0);
    const session = await page.context().newCDPSession(page);
    const { entries } = await session.send("Page.getNavigationHistory");
    expect(entries.at(-1)?.url).toBe(`${connecting.redirectUri}/done`);
    expect(entries.filter(({ url }) => /[?&]code=/.test(url))).toEqual([]);
  });

  it("can be read in light and in dark", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const { page } = await startChromium();
    await approveInBrowser(page, connecting.url);
    await page.waitForURL(/\/callback\/oidc\/done$/);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const [paper = "", ...inks] = await page.evaluate<readonly string[]>(
        `[getComputedStyle(document.body).backgroundColor, ...["h1", "p", "footer"].map((name) => getComputedStyle(document.querySelector(name)).color)]`,
      );
      expect(luminance(paper) > 0.5).toBe(colorScheme === "light");
      for (const ink of inks) expect(contrast(paper, ink)).toBeGreaterThanOrEqual(4.5);
    }
  });
});

/** WCAG 2.2: the relative luminance of `rgb(r, g, b)`. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [...colour.matchAll(/\d+/g)].map(([digits]) => {
    const part = Number(digits) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
