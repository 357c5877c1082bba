/** A plain client of Facebook, over fetch: what the tests drive the sandbox with. */
import { createHmac } from "node:crypto";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { requestIdIn } from "./x-client.ts";

const redirectUri = "http://localhost:8791/callback/facebook";
export const facebookApp = { clientId: "sandbox-facebook-client", clientSecret: "sandbox-facebook-secret" };
const allScopes =
  "public_profile,pages_show_list,pages_read_engagement,pages_manage_posts,pages_manage_engagement,business_management";

/** Every field of an answer that a test looks at. */
export interface GraphAnswer {
  readonly id: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly data: {
    readonly id: string;
    readonly name: string;
    readonly access_token: string;
    readonly tasks: string[];
  }[];
  readonly error: { readonly code: number; readonly error_subcode?: number; readonly message: string };
  readonly [field: string]: unknown;
}

export class FacebookClient {
  readonly url: string;

  constructor(sandbox: Pick<Sandbox, "url">) {
    this.url = sandbox.url;
  }

  dialog(changes: Record<string, string> = {}): Promise<Response> {
    const url = new URL(`${this.url}/www.facebook.com/v26.0/dialog/oauth`);
    const parameters = {
      client_id: facebookApp.clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      state: "a-state",
      scope: allScopes,
      ...changes,
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return fetch(url, { redirect: "manual" });
  }

  async code({ person = "acme", decision = "approve", ...changes }: Record<string, string> = {}): Promise<URL> {
    const request = requestIdIn(await (await this.dialog(changes)).text());
    const answer = await fetch(`${this.url}/www.facebook.com/v26.0/dialog/oauth`, {
      method: "POST",
      body: new URLSearchParams({ request, person, decision }),
      redirect: "manual",
    });
    return new URL(answer.headers.get("location") ?? "");
  }

  async token(parameters: Record<string, string>): Promise<GraphAnswer> {
    const { clientId: client_id, clientSecret: client_secret } = facebookApp;
    const body = new URLSearchParams({ client_id, client_secret, ...parameters });
    const answer = await fetch(`${this.url}/graph.facebook.com/v26.0/oauth/access_token`, { method: "POST", body });
    return (await answer.json()) as GraphAnswer;
  }

  /** A short-lived token of a person. */
  async login(changes: Record<string, string> = {}): Promise<string> {
    const code = (await this.code(changes)).searchParams.get("code") ?? "";
    return (await this.token({ code, redirect_uri: changes["redirect_uri"] ?? redirectUri })).access_token;
  }

  /** The person's first Page. */
  async page(changes: Record<string, string> = {}): Promise<{ id: string; token: string; user: string }> {
    const user = await this.login(changes);
    const { data } = await this.call("GET", "/me/accounts?fields=id,access_token", user);
    return { id: data[0]?.id ?? "", token: data[0]?.access_token ?? "", user };
  }

  async call(
    method: string,
    path: string,
    token: string,
    form?: Readonly<Record<string, string>>,
    more: RequestInit = {},
  ): Promise<GraphAnswer> {
    return (await (await this.send(method, path, token, form, more)).json()) as GraphAnswer;
  }

  send(
    method: string,
    path: string,
    token: string,
    form?: Readonly<Record<string, string>>,
    more: RequestInit = {},
  ): Promise<Response> {
    const url = new URL(`${this.url}/graph.facebook.com/v26.0${path}`);
    const proof = createHmac("sha256", facebookApp.clientSecret).update(token).digest("hex");
    url.searchParams.set("appsecret_proof", proof);
    return fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, ...more.headers },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      ...(more.body === undefined ? {} : { body: more.body }),
    });
  }

  async control(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/_sandbox${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }

  /** Orders a fault for the next request to this path. */
  fault(target: string, fault: unknown, times = 1): Promise<unknown> {
    const [method, path] = target.split(" ");
    return this.control("/faults", { platform: "facebook", method, path, times, fault });
  }
}
