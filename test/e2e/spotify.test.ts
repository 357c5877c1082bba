/** Spotify with the built program: tokens only, kept alive until the login ends by itself. */
import { expect, it } from "vitest";
import { rehearsal } from "./rehearsal.ts";

interface Told {
  readonly accounts: readonly { readonly status: string; readonly renewableUntil: string | null }[];
}

const halfYear = 180 * 86_400_000;

it.each([
  ["without a secret: each refresh brings another refresh token", "sandbox-spotify-client", undefined],
  ["with one: the same goes on", "sandbox-spotify-confidential", "sandbox-spotify-secret"],
])("is connected %s", { timeout: 60_000 }, async (_how, client, secret) => {
  const app = { AGENCYIQ_SPOTIFY_CLIENT_ID: client, ...(secret ? { AGENCYIQ_SPOTIFY_CLIENT_SECRET: secret } : {}) };
  const { done, program, asked, control } = await rehearsal({}, app);
  const before = Date.now();
  expect((await done("connect", "spotify")).stdout).toContain("spotify/acme");
  const end = async () => (await done("tokens", "status", "--json")).json<Told>().accounts[0]?.renewableUntil ?? "";
  const first = await end();
  expect(Date.parse(first) - before).toBeGreaterThanOrEqual(halfYear - 1000);
  expect(Date.parse(first) - before).toBeLessThan(halfYear + 60_000);
  const token = (await done("tokens", "print", "spotify")).stdout;
  for (let count = 1; count <= 2; count += 1) await done("tokens", "refresh", "spotify", "--force");
  expect((await done("tokens", "print", "spotify")).stdout).not.toBe(token);
  expect((await done("tokens", "status", "--live")).stdout).toMatch(/healthy .*live: account acme/);
  // Nothing moves the end of the login.
  expect(await end()).toBe(first);
  expect(await asked("/api/token")).toEqual(["POST 200", "POST 200", "POST 200"]);

  const unknown = { platform: "spotify", path: "/v1/me", fault: { kind: "error", name: "user-not-registered" } };
  await control("POST", "/faults", unknown);
  expect((await program("tokens", "status", "--live")).stdout).toContain("the app does not know this user");
  const published = await program("publish", "--platform", "spotify", "Hello");
  expect(published.code).not.toBe(0);
  // What ends the access is a page of Spotify's.
  expect((await done("disconnect", "spotify/acme", "--yes")).stdout).toContain("https://www.spotify.com/account/apps/");
});

it("says what to register: a redirect URI without a port", { timeout: 30_000 }, async () => {
  const { done } = await rehearsal();
  await done("apps", "set", "spotify", "--client-id", "sandbox-spotify-client", "--public");
  expect((await done("apps", "show", "spotify")).stdout).toMatch(/http:\/\/127\.0\.0\.1\/callback\/spotify/);
});
