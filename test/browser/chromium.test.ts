import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { callbackPath, publicClient, startOidcServer } from "../real/oidc-server.ts";
import { approveInBrowser, chromiumPackage, startChromium } from "./chromium.ts";

async function start(): Promise<{ authorizeUrl: string; redirectUri: string; issuer: string }> {
  const callback = createServer((_request, response) => response.end("<h1>Connected</h1>")).listen(0, "127.0.0.1");
  await once(callback, "listening");
  const server = await startOidcServer();
  onTestFinished(async () => {
    callback.closeAllConnections();
    callback.close();
    await server.close();
  });
  const redirectUri = `http://127.0.0.1:${(callback.address() as AddressInfo).port}${callbackPath}`;
  const query = new URLSearchParams({
    client_id: publicClient.client_id,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid",
    state: "s",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  });
  return { authorizeUrl: `${server.issuer}/auth?${query}`, redirectUri, issuer: server.issuer };
}

describe.skipIf(chromiumPackage.skip)(`Chromium${chromiumPackage.note}`, () => {
  it("logs in, consents and comes back with a code", async () => {
    const { authorizeUrl, redirectUri, issuer } = await start();
    const { page } = await startChromium();
    const back = new URL(await approveInBrowser(page, authorizeUrl, { login: "dora" }));
    expect(back.href.startsWith(redirectUri)).toBe(true);
    expect(back.searchParams.get("code")).toBeTypeOf("string");
    expect(back.searchParams.get("iss")).toBe(issuer);
    expect(await page.getByRole("heading").textContent()).toBe("Connected");
  });

  it("can say no", async () => {
    const { authorizeUrl } = await start();
    const { page } = await startChromium();
    const back = new URL(await approveInBrowser(page, authorizeUrl, { deny: true }));
    expect(back.searchParams.get("error")).toBe("access_denied");
  });
});
