/** The strictness of the sandbox's Spotify. */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { start } from "./start.ts";

const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789";
const challenge = createHash("sha256").update(verifier).digest("base64url");
const redirect = "http://127.0.0.1:49152/callback/spotify";

async function spotify(clientId: string, secret?: string) {
  const { url } = await start();
  const authorize = async (changes: Record<string, string> = {}) => {
    const query = {
      response_type: "code",
      client_id: clientId,
      redirect_uri: redirect,
      scope: "user-read-private",
      state: "s",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...changes,
    };
    const page = await (await fetch(`${url}/accounts.spotify.com/authorize?${new URLSearchParams(query)}`)).text();
    const request = /name="request" value="([^"]+)"/.exec(page)?.[1];
    if (!request) return null;
    const body = new URLSearchParams({ request, person: "acme", decision: "approve" });
    const answer = await fetch(`${url}/accounts.spotify.com/authorize`, { method: "POST", body, redirect: "manual" });
    return new URL(answer.headers.get("location") ?? "").searchParams.get("code");
  };
  const token = async (form: Record<string, string>) => {
    const basic = secret ? { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}` } : null;
    const body = new URLSearchParams({ ...form, ...(basic ? {} : { client_id: clientId }) });
    const answer = await fetch(`${url}/accounts.spotify.com/api/token`, { method: "POST", body, headers: basic ?? {} });
    return (await answer.json()) as Record<string, string>;
  };
  const login = async () =>
    token({
      grant_type: "authorization_code",
      code: (await authorize()) ?? "",
      redirect_uri: redirect,
      code_verifier: verifier,
    });
  const refresh = (refresh_token = "") => token({ grant_type: "refresh_token", refresh_token });
  const advance = (days: number) =>
    fetch(`${url}/_sandbox/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advance: days * 86_400 }),
    });
  return { url, authorize, login, refresh, advance };
}

it("gives another refresh token each time without a secret, until six months after the login", async () => {
  const { authorize, login, refresh, advance, url } = await spotify("sandbox-spotify-client");
  expect(await authorize({ redirect_uri: "http://localhost:49152/callback/spotify" })).toBeNull();
  expect(await authorize({ redirect_uri: "http://127.0.0.1:49152/other" })).toBeNull();
  const first = await login();
  await advance(100);
  const second = await refresh(first["refresh_token"]);
  expect(second["refresh_token"]).not.toBe(first["refresh_token"]);
  const me = (token = "") => fetch(`${url}/api.spotify.com/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await me(second["access_token"])).json()).toMatchObject({ id: "acme", account_id: expect.any(String) });
  expect(await (await me(first["access_token"])).json()).toMatchObject({
    error: { message: "The access token expired" },
  });
  await advance(100);
  // The second is 100 days old, the login 200.
  expect(await refresh(second["refresh_token"])).toMatchObject({ error: "invalid_grant" });
});

it("keeps the refresh token with a secret, and does not name it again", async () => {
  const { login, refresh, advance } = await spotify("sandbox-spotify-confidential", "sandbox-spotify-secret");
  const { refresh_token } = await login();
  for (let count = 0; count < 2; count += 1) {
    expect(await refresh(refresh_token)).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "user-read-private",
    });
  }
  await advance(200);
  expect(await refresh(refresh_token)).toMatchObject({ error: "invalid_grant" });
});
