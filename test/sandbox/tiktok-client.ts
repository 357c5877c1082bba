/** A plain client of TikTok, over fetch: what the tests drive the sandbox with. */
import { createHash } from "node:crypto";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { requestIdIn } from "./x-client.ts";

export const redirectUri = "http://127.0.0.1:43210/callback/";
const verifier = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789";
export const challenge = createHash("sha256").update(verifier).digest("hex");
const allScopes = "user.info.basic,user.info.profile,video.publish,video.upload";

export interface TikTokTokens {
  readonly open_id: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly refresh_expires_in: number;
  readonly scope: string;
  readonly token_type: string;
}

/** Every field of an answer that a test looks at. */
export interface TikTokAnswer extends TikTokTokens {
  readonly data: {
    readonly user: Readonly<Record<string, unknown>>;
    readonly publish_id: string;
    readonly upload_url: string;
    readonly status: string;
    readonly fail_reason: string;
    readonly uploaded_bytes: number;
    readonly privacy_level_options: readonly string[];
  };
  readonly error: string & { readonly code: string; readonly message: string };
  readonly error_description: string;
}

export interface Answered {
  readonly status: number;
  readonly body: TikTokAnswer;
  readonly text: string;
}

export const directInfo = { title: "Bread", privacy_level: "PUBLIC_TO_EVERYONE" };

export class TikTokClient {
  readonly url: string;
  readonly clientKey: string;

  constructor({ url }: Pick<Sandbox, "url">, { clientKey = "sandbox-tiktok-client" } = {}) {
    this.url = url;
    this.clientKey = clientKey;
  }

  authorizeUrl(changes: Record<string, string | null> = {}): string {
    const parameters: Record<string, string | null> = {
      client_key: this.clientKey,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: allScopes,
      state: "a-state",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...changes,
    };
    const url = new URL(`${this.url}/www.tiktok.com/v2/auth/authorize/`);
    for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
    return url.href;
  }

  async consent({
    person = "acme",
    decision = "approve",
    ...changes
  }: Record<string, string | null> = {}): Promise<URL> {
    const page = await fetch(this.authorizeUrl(changes), { redirect: "manual" });
    if (page.status === 302) return new URL(page.headers.get("location") ?? "");
    const request = requestIdIn(await page.text());
    const answer = await fetch(`${this.url}/www.tiktok.com/v2/auth/authorize/`, {
      method: "POST",
      body: new URLSearchParams({ request, decision: decision ?? "", person: person ?? "" }),
      redirect: "manual",
    });
    return new URL(answer.headers.get("location") ?? "");
  }

  async token(form: Record<string, string>, path = "/v2/oauth/token/"): Promise<Answered> {
    const body = { client_key: this.clientKey, client_secret: secretOf(this.clientKey), ...form };
    return seen(
      await fetch(`${this.url}/open.tiktokapis.com${path}`, { method: "POST", body: new URLSearchParams(body) }),
    );
  }

  exchange(code: string, changes: Record<string, string> = {}): Promise<Answered> {
    const usual = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier };
    return this.token({ ...usual, ...changes });
  }

  refresh(refresh_token: string): Promise<Answered> {
    return this.token({ grant_type: "refresh_token", refresh_token });
  }

  async connect(changes: Record<string, string> = {}): Promise<TikTokTokens> {
    const { body } = await this.exchange((await this.consent(changes)).searchParams.get("code") ?? "");
    if (!body.access_token) throw new Error(JSON.stringify(body));
    return body;
  }

  async get(path: string, { access_token }: Pick<TikTokTokens, "access_token">): Promise<Answered> {
    const headers = { authorization: `Bearer ${access_token}` };
    return seen(await fetch(`${this.url}/open.tiktokapis.com${path}`, { headers }));
  }

  async post(
    path: string,
    { access_token }: Pick<TikTokTokens, "access_token">,
    json: unknown = {},
    type = "application/json; charset=UTF-8",
  ): Promise<Answered> {
    const headers = { authorization: `Bearer ${access_token}`, "content-type": type };
    const body = JSON.stringify(json);
    return seen(
      await fetch(`${this.url}/open.tiktokapis.com/v2/post/publish/${path}`, { method: "POST", headers, body }),
    );
  }

  /** As TikTok wants it: the account looked at first. */
  async init(tokens: TikTokTokens, bytes: number, post_info: unknown = directInfo): Promise<Answered> {
    await this.post("creator_info/query/", tokens);
    return this.post("video/init/", tokens, { post_info, source_info: fileOf(bytes) });
  }

  status(tokens: TikTokTokens, publish_id: string): Promise<Answered> {
    return this.post("status/fetch/", tokens, { publish_id });
  }

  /** To the true URL, as the endpoint override would send it. */
  put(
    uploadUrl: string,
    bytes: Uint8Array<ArrayBuffer>,
    range: string,
    type = "video/mp4",
  ): Promise<{ status: number; range: string | null }> {
    const url = uploadUrl.replace("https://", `${this.url}/`);
    const headers = { "content-type": type, "content-range": range };
    return fetch(url, { method: "PUT", headers, body: bytes }).then(({ status, headers: told }) => {
      return { status, range: told.get("content-range") };
    });
  }

  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/_sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  fault(target: string, fault: unknown, times = 1): Promise<unknown> {
    const [method, path] = target.split(" ");
    return this.control("POST", "/faults", { platform: "tiktok", method, path, times, fault });
  }

  advance(seconds: number): Promise<unknown> {
    return this.control("POST", "/clock", { advance: seconds });
  }

  async timeline(): Promise<readonly Record<string, unknown>[]> {
    return ((await (await fetch(`${this.url}/timeline.json`)).json()) as { posts: Record<string, unknown>[] }).posts;
  }

  async asked(): Promise<string[]> {
    const { requests } = (await this.control("GET", "/requests?platform=tiktok")) as {
      requests: { method: string; path: string; status: number }[];
    };
    return requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
  }
}

const secretOf = (clientKey: string): string => `${clientKey.replace("-client", "")}-secret`;

/** A small file in one chunk. */
export function fileOf(bytes: number, chunk_size = bytes, total_chunk_count = 1) {
  return { source: "FILE_UPLOAD", video_size: bytes, chunk_size, total_chunk_count };
}

/** What looks like an MP4 of this size. */
export function filmOf(bytes: number): Uint8Array<ArrayBuffer> {
  const film = new Uint8Array(bytes);
  film.set(new TextEncoder().encode("ftypisom"), 4);
  return film;
}

async function seen(response: Response): Promise<Answered> {
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as TikTokAnswer };
}
