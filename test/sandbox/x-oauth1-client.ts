/** A client of X's OAuth 1.0a, over fetch: signs what it is told to, right or wrong. */
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { type SigningKeys, signed } from "../../src/oauth/oauth1-signature.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { requestIdIn } from "./x-client.ts";

const callback = "http://127.0.0.1:8791/callback/x";

/** What is wrong with a request, beyond its keys. */
export interface Flaw {
  /** Seconds the timestamp is off. */
  readonly skew?: number;
  readonly nonce?: string;
  /** Changes the request after it was signed. */
  readonly tamper?: (request: HttpRequest) => HttpRequest;
}

export type Told = Readonly<Record<string, string>>;

export class XOAuth1Client {
  readonly app = { consumerKey: "sandbox-x-api-key", consumerSecret: "sandbox-x-api-key-secret" };
  readonly url: string;
  #count = 0;

  constructor(sandbox: Sandbox) {
    this.url = sandbox.url;
  }

  keys(changes: Partial<SigningKeys> = {}): SigningKeys {
    return { ...this.app, token: "", tokenSecret: "", ...changes };
  }

  async send(
    request: Partial<HttpRequest> & { readonly path: string },
    keys: SigningKeys,
    parameters: Told = {},
    { skew = 0, nonce = `nonce-${++this.#count}`, tamper = (same) => same }: Flaw = {},
  ): Promise<Response> {
    const { path, method = "POST", headers, body } = request;
    const plain: HttpRequest = {
      method,
      url: `https://api.x.com${path}`,
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
    };
    const stamp = { timestamp: Math.floor(Date.now() / 1000) + skew, nonce };
    const sent = tamper(await signed(plain, keys, stamp, parameters));
    return fetch(sent.url.replace("https://", `${this.url}/`), {
      method: sent.method,
      headers: { ...sent.headers },
      body: (sent.body as string | undefined) ?? null,
    });
  }

  requestToken(oauth_callback = callback, flaw?: Flaw, keys = this.keys(), path = "/oauth/request_token") {
    return this.send({ path }, keys, { oauth_callback }, flaw);
  }

  async begun(oauth_callback = callback, path?: string): Promise<Told> {
    return formIn(await this.requestToken(oauth_callback, {}, this.keys(), path));
  }

  /** What the browser is answered after the person decided. */
  async decide(token: string, decision = "approve", person = "acme"): Promise<Response> {
    const authorize = `${this.url}/api.x.com/oauth/authorize`;
    const page = await (await fetch(`${authorize}?oauth_token=${token}`)).text();
    const body = new URLSearchParams({ request: requestIdIn(page), person, decision });
    return fetch(authorize, { method: "POST", body, redirect: "manual" });
  }

  async consent(token: string, person?: string): Promise<URL> {
    return new URL((await this.decide(token, "approve", person)).headers.get("location") ?? "");
  }

  accessToken(request: Told, verifier: string, flaw?: Flaw): Promise<Response> {
    const keys = this.keys({ token: request["oauth_token"] ?? "", tokenSecret: request["oauth_token_secret"] ?? "" });
    return this.send({ path: "/oauth/access_token" }, keys, { oauth_verifier: verifier }, flaw);
  }

  async connect({ person = "acme", path = "/oauth/request_token" } = {}): Promise<SigningKeys> {
    const request = await this.begun(callback, path);
    const back = await this.consent(request["oauth_token"] ?? "", person);
    const told = formIn(await this.accessToken(request, back.searchParams.get("oauth_verifier") ?? ""));
    const { oauth_token: token = "", oauth_token_secret: tokenSecret = "" } = await told;
    return this.keys({ token, tokenSecret });
  }

  me(keys: SigningKeys, flaw?: Flaw): Promise<Response> {
    return this.send({ method: "GET", path: "/2/users/me?user.fields=created_at%2Cprotected" }, keys, {}, flaw);
  }

  post(keys: SigningKeys, text: string, flaw?: Flaw): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return this.send({ path: "/2/tweets", headers, body: JSON.stringify({ text }) }, keys, {}, flaw);
  }
}

export async function formIn(response: Response): Promise<Told> {
  return Object.fromEntries(new URLSearchParams(await response.text()));
}
