/** A plain client of X, over fetch: what the tests drive the sandbox with. */
import { createHash } from "node:crypto";
import type { Sandbox } from "../../src/sandbox/options.ts";

const redirectUri = "http://127.0.0.1:8791/callback/x";
export const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789";
const challenge = createHash("sha256").update(verifier).digest("base64url");
export const allScopes = "tweet.read tweet.write users.read media.write offline.access";

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly token_type: string;
}

interface AnswerPost {
  readonly id: string;
  readonly text: string;
  readonly edit_history_post_ids: string[];
  readonly [field: string]: unknown;
}

/** Every field of an answer that a test looks at; which of them are there is what the test is about. */
export interface Answer extends Tokens {
  readonly refresh_token: string;
  readonly error: string;
  readonly error_description: string;
  readonly title: string;
  readonly detail: string;
  readonly type: string;
  readonly data: AnswerPost;
  readonly errors: { readonly code: number; readonly message: string }[];
  readonly meta: { readonly result_count: number; readonly next_token: string };
  readonly faults: unknown[];
  readonly requests: Record<string, unknown>[];
  readonly posts: { readonly text: string }[];
}

export class XClient {
  readonly url: string;
  readonly confidential: boolean;

  constructor(sandbox: Sandbox, { confidential = true } = {}) {
    this.url = sandbox.url;
    this.confidential = confidential;
  }

  authorizeUrl(changes: Record<string, string | null> = {}): string {
    const parameters: Record<string, string | null> = {
      response_type: "code",
      client_id: this.confidential ? "sandbox-x-client" : "sandbox-x-public",
      redirect_uri: redirectUri,
      scope: allScopes,
      state: "a-state",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...changes,
    };
    const url = new URL(`${this.url}/x.com/i/oauth2/authorize`);
    for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
    return url.href;
  }

  authorize(changes: Record<string, string | null> = {}): Promise<Response> {
    return fetch(this.authorizeUrl(changes), { redirect: "manual" });
  }

  /** Approves (or denies) on the consent page; where the browser is sent. */
  async consent({ decision = "approve", person = "acme", ...changes }: Record<string, string> = {}): Promise<URL> {
    const page = await (await this.authorize(changes)).text();
    const answer = await this.decide(requestIdIn(page), decision, person);
    return new URL(answer.headers.get("location") ?? "");
  }

  decide(request: string, decision: string, person: string): Promise<Response> {
    return fetch(`${this.url}/x.com/i/oauth2/authorize`, {
      method: "POST",
      body: new URLSearchParams({ request, decision, person }),
      redirect: "manual",
    });
  }

  async code(changes: Record<string, string> = {}): Promise<string> {
    return (await this.consent(changes)).searchParams.get("code") ?? "";
  }

  tokenRequest(form: Record<string, string>, { secret = "sandbox-x-secret" } = {}, path = "token"): Promise<Response> {
    const basic = `Basic ${Buffer.from(`sandbox-x-client:${secret}`).toString("base64")}`;
    return fetch(`${this.url}/api.x.com/2/oauth2/${path}`, {
      method: "POST",
      headers: this.confidential ? { authorization: basic } : {},
      body: new URLSearchParams(this.confidential ? form : { client_id: "sandbox-x-public", ...form }),
    });
  }

  exchange(code: string, changes: Record<string, string> = {}): Promise<Response> {
    return this.tokenRequest({
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...changes,
    });
  }

  refresh(token: string | undefined): Promise<Response> {
    return this.tokenRequest({ grant_type: "refresh_token", refresh_token: token ?? "" });
  }

  async connect(changes: Record<string, string> = {}): Promise<Tokens> {
    return (await this.exchange(await this.code(changes))).json() as Promise<Tokens>;
  }

  call(
    method: string,
    path: string,
    { access_token }: Pick<Tokens, "access_token">,
    json?: unknown,
  ): Promise<Response> {
    return fetch(`${this.url}/api.x.com${path}`, {
      method,
      headers: {
        authorization: `Bearer ${access_token}`,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }

  me(tokens: Pick<Tokens, "access_token">, query = ""): Promise<Response> {
    return this.call("GET", `/2/users/me${query}`, tokens);
  }

  post(tokens: Pick<Tokens, "access_token">, body: unknown): Promise<Response> {
    return this.call("POST", "/2/tweets", tokens, body);
  }

  initialize(tokens: Pick<Tokens, "access_token">, body: unknown): Promise<Response> {
    return this.call("POST", "/2/media/upload/initialize", tokens, body);
  }

  append(
    { access_token }: Pick<Tokens, "access_token">,
    id: string,
    index: number | string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const form = new FormData();
    form.set("segment_index", String(index));
    form.set("media", new Blob([bytes]));
    return fetch(`${this.url}/api.x.com/2/media/upload/${id}/append`, {
      method: "POST",
      headers: { authorization: `Bearer ${access_token}` },
      body: form,
    });
  }

  finalize(tokens: Pick<Tokens, "access_token">, id: string): Promise<Response> {
    return this.call("POST", `/2/media/upload/${id}/finalize`, tokens, {});
  }

  status(tokens: Pick<Tokens, "access_token">, id: string): Promise<Response> {
    return this.call("GET", `/2/media/upload?command=STATUS&media_id=${id}`, tokens);
  }

  describe(tokens: Pick<Tokens, "access_token">, id: string, text: string): Promise<Response> {
    return this.call("POST", "/2/media/metadata", tokens, { id, metadata: { alt_text: { text } } });
  }

  /** A whole file, in segments of 1 MiB; its id. A video is not processed yet. */
  async upload(tokens: Pick<Tokens, "access_token">, type: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
    const begun = await seen(await this.initialize(tokens, { media_type: type, total_bytes: content.length }));
    const { id } = begun.body.data;
    for (let at = 0; at < content.length; at += 1_048_576) {
      await this.append(tokens, id, at / 1_048_576, content.slice(at, at + 1_048_576));
    }
    const finalized = await this.finalize(tokens, id);
    if (!finalized.ok) throw new Error(await finalized.text());
    return id;
  }

  async control(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}/_sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    return response.json() as Promise<Answer>;
  }

  /** Orders a fault for the next request to this endpoint. */
  fault(target: string, fault: unknown, times = 1): Promise<Answer> {
    const [method, path] = target.split(" ");
    return this.control("POST", "/faults", { platform: "x", method, path, times, fault });
  }
}

export function requestIdIn(page: string): string {
  return /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

export async function seen(response: Response): Promise<{ status: number; body: Answer }> {
  return { status: response.status, body: (await response.json()) as Answer };
}
