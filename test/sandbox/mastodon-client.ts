/** A plain client of the sandbox's Mastodon servers, over fetch. */
import type { Sandbox } from "../../src/sandbox/options.ts";

export const today = "mastodon.social";
export const old = "social.bakers.example";
export const redirectUri = "http://127.0.0.1:8791/callback/mastodon";
const scopes = "profile read:statuses write:statuses write:media";
export const olderScopes = "read:accounts read:statuses write:statuses write:media";

export interface App {
  readonly client_id: string;
  readonly client_secret: string;
}

/** Every field of an answer that a test looks at; which of them are there is what the test is about. */
export interface Answer {
  readonly id: string;
  readonly url: string | null;
  readonly error: string;
  readonly error_description: string;
  readonly access_token: string;
  readonly [field: string]: unknown;
}

export class MastodonClient {
  readonly url: string;
  readonly host: string;

  constructor(sandbox: Pick<Sandbox, "url">, host = today) {
    this.url = sandbox.url;
    this.host = host;
  }

  json(method: string, path: string, token: string | null, json?: unknown, headers: Record<string, string> = {}) {
    return fetch(`${this.url}/${this.host}${path}`, {
      method,
      headers: {
        ...headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }

  async register(more: Record<string, unknown> = {}): Promise<App> {
    const wish = { client_name: "a test", redirect_uris: redirectUri, scopes: this.scopes(), ...more };
    return (await this.json("POST", "/api/v1/apps", null, wish)).json() as Promise<App>;
  }

  scopes(): string {
    return this.host === old ? olderScopes : scopes;
  }

  authorize(app: App, changes: Record<string, string> = {}): Promise<Response> {
    const url = new URL(`${this.url}/${this.host}/oauth/authorize`);
    const parameters = {
      response_type: "code",
      client_id: app.client_id,
      redirect_uri: redirectUri,
      scope: this.scopes(),
      state: "a-state",
    };
    for (const [name, value] of Object.entries({ ...parameters, ...changes })) url.searchParams.set(name, value);
    return fetch(url, { redirect: "manual" });
  }

  async code(app: App, changes: Record<string, string> = {}, person = "acme"): Promise<string> {
    const page = await (await this.authorize(app, changes)).text();
    const [, request = ""] = /name="request" value="([^"]+)"/.exec(page) ?? [];
    const answer = await fetch(`${this.url}/${this.host}/oauth/authorize`, {
      method: "POST",
      body: new URLSearchParams({ request, decision: "approve", person }),
      redirect: "manual",
    });
    return new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
  }

  form(path: string, app: App, fields: Record<string, string>): Promise<Response> {
    const { client_id, client_secret } = app;
    return fetch(`${this.url}/${this.host}/oauth/${path}`, {
      method: "POST",
      body: new URLSearchParams({ client_id, client_secret, ...fields }),
    });
  }

  async connect(app: App, person = "acme"): Promise<Answer> {
    const fields = {
      grant_type: "authorization_code",
      code: await this.code(app, {}, person),
      redirect_uri: redirectUri,
    };
    return (await this.form("token", app, fields)).json() as Promise<Answer>;
  }

  control(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}/_sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  }
}
