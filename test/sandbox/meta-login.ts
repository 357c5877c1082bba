/** A login at Instagram or Threads as their documents show it, over fetch: what the tests drive their twins with. */
import type { Sandbox } from "../../src/sandbox/options.ts";

export interface MetaLogin {
  readonly platform: "instagram" | "threads";
  readonly authorize: string;
  readonly token: string;
  readonly exchange: string;
  readonly refresh: string;
  readonly prefix: "ig" | "th";
  readonly scopes: string;
}

export const threadsLogin: MetaLogin = {
  platform: "threads",
  authorize: "threads.net/oauth/authorize",
  token: "graph.threads.net/oauth/access_token",
  exchange: "graph.threads.net/access_token",
  refresh: "graph.threads.net/refresh_access_token",
  prefix: "th",
  scopes: "threads_basic,threads_content_publish,threads_manage_replies,threads_read_replies,threads_delete",
};

export interface MetaTokens {
  readonly access_token: string;
  readonly expires_in: number;
}

export class MetaClient {
  readonly url: string;
  readonly login: MetaLogin;

  constructor({ url }: Pick<Sandbox, "url">, login: MetaLogin) {
    this.url = url;
    this.login = login;
  }

  get app() {
    const { platform } = this.login;
    return { client_id: `sandbox-${platform}-app`, client_secret: `sandbox-${platform}-secret` };
  }

  get redirectUri(): string {
    return `https://localhost:8791/callback/${this.login.platform}`;
  }

  authorizeUrl(changes: Record<string, string> = {}): string {
    const query = new URLSearchParams({
      client_id: this.app.client_id,
      redirect_uri: this.redirectUri,
      scope: this.login.scopes,
      response_type: "code",
      state: "a-state",
      ...changes,
    });
    return `${this.url}/${this.login.authorize}?${query}`;
  }

  /** Where the browser is sent after the consent. */
  async consent({ person = "acme", decision = "approve", ...changes }: Record<string, string> = {}): Promise<URL> {
    const page = await (await fetch(this.authorizeUrl(changes), { redirect: "manual" })).text();
    const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const body = new URLSearchParams({ request, decision, person });
    const answer = await fetch(`${this.url}/${this.login.authorize}`, { method: "POST", body, redirect: "manual" });
    return new URL(answer.headers.get("location") ?? "about:blank");
  }

  /** The answer as its text: a number in it may be larger than JavaScript's are exact. */
  async exchangeCode(code: string, changes: Record<string, string> = {}): Promise<{ status: number; text: string }> {
    const form = { ...this.app, grant_type: "authorization_code", redirect_uri: this.redirectUri, code, ...changes };
    const answer = await fetch(`${this.url}/${this.login.token}`, { method: "POST", body: new URLSearchParams(form) });
    return { status: answer.status, text: await answer.text() };
  }

  longLived(access_token: string, changes: Record<string, string> = {}): Promise<Response> {
    const { client_secret } = this.app;
    const query = { grant_type: `${this.login.prefix}_exchange_token`, client_secret, access_token, ...changes };
    return fetch(`${this.url}/${this.login.exchange}?${new URLSearchParams(query)}`);
  }

  refresh(access_token: string): Promise<Response> {
    const query = { grant_type: `${this.login.prefix}_refresh_token`, access_token };
    return fetch(`${this.url}/${this.login.refresh}?${new URLSearchParams(query)}`);
  }

  async shortLived(changes: Record<string, string> = {}): Promise<string> {
    const code = (await this.consent(changes)).searchParams.get("code") ?? "";
    return /"access_token":\s*"([^"]+)"/.exec((await this.exchangeCode(code)).text)?.[1] ?? "";
  }

  async connect(changes: Record<string, string> = {}): Promise<string> {
    const { access_token } = (await (await this.longLived(await this.shortLived(changes))).json()) as MetaTokens;
    return access_token;
  }

  /** `path` with its host. */
  async call(method: string, path: string, token: string, form?: Record<string, string>): Promise<MetaAnswer> {
    const answer = await fetch(`${this.url}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as MetaAnswer["body"] };
  }

  async control(path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${this.url}/_sandbox${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  advance(seconds: number): Promise<void> {
    return this.control("/clock", { advance: seconds });
  }

  /** Orders a fault for the next request to this path: `POST /v1.0/me/threads`. */
  fault(target: string, fault: unknown, times = 1): Promise<void> {
    const [method, path] = target.split(" ");
    return this.control("/faults", { platform: this.login.platform, method, path, times, fault });
  }
}

export interface MetaAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>> & {
    readonly id: string;
    readonly error: { readonly code: number; readonly error_subcode?: number; readonly message: string };
    readonly data: Readonly<Record<string, unknown>>[];
  };
}

export const instagramLogin: MetaLogin = {
  platform: "instagram",
  authorize: "www.instagram.com/oauth/authorize",
  token: "api.instagram.com/oauth/access_token",
  exchange: "graph.instagram.com/access_token",
  refresh: "graph.instagram.com/refresh_access_token",
  prefix: "ig",
  scopes: "instagram_business_basic,instagram_business_content_publish,instagram_business_manage_comments",
};
