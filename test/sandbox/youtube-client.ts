/** A plain client of Google and YouTube, over fetch: what the tests drive the sandbox with. */
import { createHash } from "node:crypto";
import type { Sandbox } from "../../src/sandbox/options.ts";

export const scopeOf = (name: string) => `https://www.googleapis.com/auth/${name}`;
export const allScopes = ["youtube.upload", "youtube.readonly", "youtube.force-ssl"].map(scopeOf).join(" ");

const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789";
const challenge = createHash("sha256").update(verifier).digest("base64url");

export interface GoogleTokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly refresh_token_expires_in?: number;
  readonly scope: string;
  readonly token_type: string;
  readonly error?: string;
  readonly error_description?: string;
}

export class YouTubeClient {
  readonly url: string;
  readonly clientId: string;

  constructor({ url }: Pick<Sandbox, "url">, { clientId = "sandbox-google-client" } = {}) {
    this.url = url;
    this.clientId = clientId;
  }

  /** Where the browser is sent after `person` approved, or the page that says why not. */
  async consent(changes: Record<string, string> = {}): Promise<URL | string> {
    const { person = "acme", ...parameters } = changes;
    const url = new URL(`${this.url}/accounts.google.com/o/oauth2/v2/auth`);
    const query = {
      response_type: "code",
      client_id: this.clientId,
      redirect_uri: "http://127.0.0.1:49152/callback/youtube",
      scope: allScopes,
      state: "a-state",
      code_challenge: challenge,
      code_challenge_method: "S256",
      access_type: "offline",
      prompt: "consent",
      ...parameters,
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const shown = await fetch(url, { redirect: "manual" });
    if (shown.status === 302) return new URL(shown.headers.get("location") ?? "");
    const page = await shown.text();
    const request = /name="request" value="([^"]+)"/.exec(page)?.[1];
    if (!request) return page;
    const body = new URLSearchParams({ request, person, decision: "approve" });
    const answer = await fetch(`${url.origin}${url.pathname}`, { method: "POST", body, redirect: "manual" });
    return new URL(answer.headers.get("location") ?? "");
  }

  async token(form: Record<string, string>): Promise<GoogleTokens> {
    const body = new URLSearchParams({ client_id: this.clientId, client_secret: "sandbox-google-secret", ...form });
    const answer = await fetch(`${this.url}/oauth2.googleapis.com/token`, { method: "POST", body });
    return (await answer.json()) as GoogleTokens;
  }

  async connect(changes: Record<string, string> = {}): Promise<GoogleTokens> {
    const back = await this.consent(changes);
    const redirect_uri = changes["redirect_uri"] ?? "http://127.0.0.1:49152/callback/youtube";
    const code = typeof back === "string" ? "" : (back.searchParams.get("code") ?? "");
    return this.token({ grant_type: "authorization_code", code, redirect_uri, code_verifier: verifier });
  }

  refresh(refresh_token: string): Promise<GoogleTokens> {
    return this.token({ grant_type: "refresh_token", refresh_token });
  }

  call(
    { access_token }: Pick<GoogleTokens, "access_token">,
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string | Uint8Array<ArrayBuffer> } = {},
  ): Promise<Response> {
    const all = { authorization: `Bearer ${access_token}`, ...headers };
    return fetch(`${this.url}/www.googleapis.com${path}`, {
      method,
      headers: all,
      ...(body === undefined ? {} : { body }),
    });
  }

  async control(method: string, path: string, json?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}/_sandbox${path}`, {
      method,
      ...(json === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(json) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  /** Orders a fault. */
  fault(fault: unknown, more: Record<string, unknown> = {}): Promise<unknown> {
    return this.control("POST", "/faults", { platform: "youtube", fault, ...more });
  }
}
