/** Debian's Chromium without a window, for what only a real browser shows. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { needsPackages } from "../system/debian-package.ts";

/** For `describe.skipIf(chromiumPackage.skip)`; the note belongs into the name. */
export const chromiumPackage = needsPackages("chromium");

const switches = [
  // Tests run as root in containers, where the sandbox cannot be set up; only loopback pages are opened.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-default-browser-check",
  // Nothing outside this machine is looked up, whatever a page asks for.
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

export interface Browser {
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts a browser with an empty profile and one page; it is closed after the test at the latest. */
export async function startChromium({ script = true }: { readonly script?: boolean } = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "agencyiq-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: switches,
    javaScriptEnabled: script,
    viewport: { width: 1024, height: 768 },
  });
  context.setDefaultTimeout(20_000);
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  onTestFinished(close);
  return { page: context.pages()[0] ?? (await context.newPage()), close };
}

/**
 * Logs in and consents on oidc-provider's pages (test/real/oidc-server.ts).
 * @returns the address the browser is sent back to, once that page has answered
 */
export async function approveInBrowser(
  page: Page,
  authorizeUrl: string,
  { login = "alice", deny = false }: { login?: string; deny?: boolean } = {},
): Promise<string> {
  const { origin } = new URL(authorizeUrl);
  await page.goto(authorizeUrl);
  if (deny) {
    await page.getByText("[ Cancel ]").click();
  } else {
    await page.getByPlaceholder("Enter any login").fill(login);
    await page.getByPlaceholder("and password").fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
  }
  await page.waitForURL((url) => url.origin !== origin);
  return page.url();
}
